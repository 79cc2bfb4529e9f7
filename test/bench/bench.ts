/**
 * `npm run bench -- [PART…] [ROUNDS]`: what ovngw costs, beside what a user knows: bare Node, kubectl, a bare HTTPS client, the two calls of the
 * upstream document. Parts (all when none is named): start, check, addresses, annotate, scale. Prints Markdown for docs/performance.md.
 */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { addresses } from './addresses.ts'
import { annotate } from './annotate.ts'
import { check } from './check.ts'
import { say } from './measure.ts'
import { scale } from './scale.ts'
import { start } from './start.ts'

/** Whether there is a kubectl to compare with, and how many rounds. */
export interface Bench {
  readonly kubectl: boolean
  readonly rounds: number
}

const PARTS = { start, check, addresses, annotate, scale }
type Part = keyof typeof PARTS
const isPart = (text: string): text is Part => Object.hasOwn(PARTS, text)

const args = process.argv.slice(2)
const rounds = args.map(Number).find(Number.isInteger) ?? 3
const named = args.filter((a) => !Number.isInteger(Number(a)))
const wrong = named.find((a) => !isPart(a))
if (wrong !== undefined) throw new Error(`no such part: ${wrong}; there are ${Object.keys(PARTS).join(', ')}`)

const [cpu] = cpus()
const load = (): string =>
  loadavg()
    .map((l) => l.toFixed(1))
    .join(' ')
say(`ovngw bench, ${new Date().toISOString()}`)
say(
  `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}; load before ${load()}\n`,
)
const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0
if (!kubectl) say('kubectl is not on this machine: not compared with\n')
for (const part of named.length === 0 ? Object.keys(PARTS).filter(isPart) : named.filter(isPart)) await PARTS[part]({ kubectl, rounds })
say(`load after ${load()}`)
