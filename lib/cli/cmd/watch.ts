/**
 * `ovngw watch`: tells when a pod stops being served as the inventory says, and with `--repair` puts it back. Each repair is a run like any
 * other: journaled, under the cluster's lock, so a second copy beside it does no harm.
 */
import type { Line } from '../../addresses/agreement.ts'
import { readAddresses } from '../../addresses/facts.ts'
import { pause } from '../../gateway/pause.ts'
import { podName } from '../../gateway/pods.ts'
import { asError, OvngwError } from '../../kernel/errors.ts'
import { type App, QUIET, type World } from '../app.ts'
import { flagsOf } from '../flags.ts'
import type { Globals } from '../globals.ts'
import { pick } from '../registry.ts'
import { runFresh } from '../run-runbook.ts'
import { siteOf } from '../site.ts'
import { untilStopped, withWorld } from '../with-world.ts'

export interface WatchOptions {
  readonly repair: boolean
  readonly everyMs: number
}

/** After a repair that failed: longer each time. */
const PATIENCE_MS = 60_000

export async function watch(app: App, globals: Globals, options: WatchOptions): Promise<number> {
  return withWorld(app, globals, await siteOf(globals, app.cwd), (world, signal, interrupted) =>
    untilStopped(interrupted, () => watching(app, globals, options, world, signal)),
  )
}

async function watching(app: App, globals: Globals, { repair, everyMs }: WatchOptions, world: World, signal: AbortSignal): Promise<never> {
  const tell = (text: string): void => app.out.write(`${app.now().toISOString().slice(0, 19)}Z ${text}\n`)
  let before: Seen = new Map()
  let wait = everyMs
  tell(`watching the pods of site ${world.site.name}${repair ? ', repairing what is lost' : ''}`)
  for (;;) {
    const looked = await look(world, signal).catch(asError)
    signal.throwIfAborted()
    const lines = looked instanceof OvngwError ? unseen(looked, tell) : looked
    const now = seen(lines ?? [], before, app.now())
    if (lines !== undefined) report(before, now, app.now(), tell)
    // Seen twice: what the controller is about to do by itself is nobody's loss.
    const lost = (lines ?? []).filter((l) => isLost(l) && before.has(podName(l.pod)))
    const ok = !repair || lost.length === 0 || (await mend(app, globals, lost, tell))
    wait = ok ? everyMs : Math.min(wait * 2, PATIENCE_MS)
    if (lines !== undefined) before = now
    await pause(wait, signal)
  }
}

async function look(world: World, signal: AbortSignal): Promise<readonly Line[]> {
  const { lines } = await readAddresses(world.context(signal, QUIET).look(), false)
  return lines
}

/** A cluster that does not answer for a while is no reason to stop watching. */
function unseen(error: OvngwError, tell: (text: string) => void): undefined {
  if (error.code === 'CANCELLED' || error.code === 'BUG' || error.code === 'FORBIDDEN') throw error
  tell(`could not look: ${error.message}`)
}

/** What is not as wanted, by pod, and since when. */
type Seen = ReadonlyMap<string, { readonly text: string; readonly since: Date }>

const seen = (lines: readonly Line[], before: Seen, at: Date): Seen =>
  new Map(
    lines.flatMap((l) => {
      const name = podName(l.pod)
      return l.verdict === 'agrees' ? [] : [[name, { text: textOf(l), since: before.get(name)?.since ?? at }] as const]
    }),
  )

const textOf = ({ verdict, act, why }: Line): string => `${act ?? verdict}${why === undefined ? '' : `: ${why}`}`

/** What was there and is no more: the rows or the next hop (R31, R32), or the annotation of a pod that was made again; and what is left over (R12, R17). */
const isLost = ({ act }: Line): boolean => act === 'again' || act === 'new' || act === 'stray'

/** So many are told one by one. */
const TOLD = 10

/** The seconds are those between two looks: how long a pod made again was without its address. */
function report(before: Seen, now: Seen, at: Date, tell: (text: string) => void): void {
  const fresh = [...now].filter(([name, { text }]) => before.get(name)?.text !== text)
  const gone = [...before].filter(([name]) => !now.has(name))
  const seconds = gone.map(([, { since }]) => (at.getTime() - since.getTime()) / 1000)
  for (const [name, { text }] of fresh.slice(0, TOLD)) tell(`${name} ${text}`)
  if (fresh.length > TOLD) tell(`and ${fresh.length - TOLD} more pods`)
  if (gone.length === 0) return
  const who = gone.length > TOLD ? `${gone.length} pods` : gone.map(([name]) => name).join(', ')
  tell(`${who} as wanted again after ${Math.max(...seconds).toFixed(1)} s`)
}

/** One run for what OVN lost, one for annotations that are missing and rows that are too many. True when both are done. */
async function mend(app: App, globals: Globals, lost: readonly Line[], tell: (text: string) => void): Promise<boolean> {
  const [again, rest] = [lost.filter((l) => l.act === 'again'), lost.filter((l) => l.act !== 'again')]
  const repaired = again.length === 0 || (await run(app, globals, 'repair', {}, tell))
  const pods = rest.map((l) => podName(l.pod))
  return (pods.length === 0 || (await run(app, globals, 'apply', { pod: pods, wave: '100%' }, tell))) && repaired
}

async function run(
  app: App,
  globals: Globals,
  name: string,
  answers: Readonly<Record<string, string | string[]>>,
  tell: (text: string) => void,
): Promise<boolean> {
  const runbook = pick('runbook', name, (await app.registry()).runbooks, (r) => r.name)
  const job = { runbook, source: `runbook:${name}`, command: name, planOnly: false, flags: flagsOf(runbook.args), answers }
  try {
    return (await runFresh(app, { ...globals, yes: true }, job)) === 0
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    tell(`${name} did not work: ${error.message}`)
    return false
  }
}
