/**
 * `ovngw check` on a healthy practice cluster of two nodes, with packets to pods: with ten pods, and with 2,000, of which ten have a network
 * (those that are asked by packet) and the others are in the API server and in OVN only. The stand-in is held still then; KWOK is not, it plays the kubelets.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { type BenchLab, benchLab, must } from './bench-lab.ts'
import { fill } from './fill.ts'
import { markdown, medianOf, ms, say, type Weighed, weighed } from './measure.ts'
import { assignmentsOf, POOL_OF_ALL } from './synthetic.ts'

const REAL = 10
const PODS = 2_000
/** Real pods come first in every list. */
const [FIRST, REST] = ['a-real', 'b-rest']
const GOALS: Readonly<Record<string, string>> = { [`${REAL} pods`]: '≤ 1 s', [`${PODS} pods`]: '≤ 3 s' }

export async function check({ rounds }: Bench): Promise<void> {
  await using bench = await benchLab()
  const probe = { outside: [{ exec: ['ip', 'netns', 'exec', bench.lab.outside] }], target: ['172.56.0.1'] }
  await bench.site({ probe })
  must([bench.ovngw, 'install', '--site', 'bench', '--yes', '--state-dir', join(bench.cwd, 'state')], bench.cwd)
  for (const i of Array(REAL).keys()) await bench.lab.addPod(realPod(bench, i))
  const few = await checked(bench, `${REAL} pods`, rounds)
  await bench.hold('standin')
  await fill(bench, { namespace: REST, pods: PODS - REAL, routed: true })
  const pools = [{ name: POOL_OF_ALL.name, ranges: POOL_OF_ALL.ranges.map(({ first, last }) => `${first}-${last}`) }]
  const assignments = assignmentsOf(REST, PODS - REAL).map(({ target, ...gives }) => ({ ...target, ...gives }))
  await bench.site({ probe, pools, assignments })
  const many = await checked(bench, `${PODS} pods`, rounds)
  const head = ['with', 'median', 'min', 'max', 'runs', 'goal', 'peak RSS', 'asked']
  say(`## \`ovngw check\` on a healthy cluster of two nodes\n\n${markdown(head, [few, many])}\n`)
}

const realPod = ({ nodes }: BenchLab, i: number) => ({
  ...{ namespace: FIRST, name: `web-${i}`, node: nodes[i % nodes.length] ?? 'node1' },
  annotations: { 'ovn.kubernetes.io/eip': `172.56.0.${200 + i}` },
})

/** A row of the table; every run must find nothing wrong. */
async function checked({ ovngw, cwd }: BenchLab, name: string, rounds: number): Promise<readonly string[]> {
  const argv = [ovngw, 'check', '--site', 'bench']
  must([...argv, '--wait', '20s'], cwd)
  const asked = spawnSync(ovngw, [...argv.slice(1), '-v'], { cwd, encoding: 'utf8' })
    .stderr.trim()
    .replace('asked: ', '')
  const runs: Weighed[] = []
  for (let n = 0; n < rounds * 2 + 1; n++) runs.push(await weighed(argv, { cwd }))
  const times = runs.map((r) => r.ms)
  const peak = Math.max(...runs.map((r) => r.mib))
  return [name, ms(medianOf(times)), ms(Math.min(...times)), ms(Math.max(...times)), `${runs.length}`, GOALS[name] ?? '', `${peak.toFixed(0)} MiB`, asked]
}
