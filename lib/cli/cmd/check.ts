/**
 * `ovngw check`: runs checks, all or some; never writes. Exit 0, or 3 when one failed or could not look; with a baseline 3 only when something
 * fails that did not then.
 */
import type { Ctx } from '../../define.ts'
import { pause } from '../../gateway/pause.ts'
import type { BoundCheck, Finding } from '../../kernel/check.ts'
import { runChecks } from '../../kernel/checks.ts'
import { OvngwError } from '../../kernel/errors.ts'
import type { RunEvent } from '../../kernel/events.ts'
import { compare, fails, isWorse } from '../../report/compare.ts'
import { stamp } from '../../report/json.ts'
import type { Grouped } from '../../report/junit.ts'
import { harmless, under } from '../../report/style.ts'
import { findingText, tally } from '../../report/words.ts'
import { type App, QUIET, type World } from '../app.ts'
import type { Baseline } from '../baseline.ts'
import type { Globals } from '../globals.ts'
import { type AnyCheck, pick } from '../registry.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'

export interface CheckOptions {
  readonly ids: readonly string[]
  readonly waitMs?: number | undefined
  /** What an earlier `check -o json` said: only what differs is shown, and only what got worse fails. */
  readonly baseline?: string | undefined
}

const ROUND_MS = 1000

export async function check(app: App, globals: Globals, { ids, waitMs, baseline: file }: CheckOptions): Promise<number> {
  const registry = await app.registry()
  const all = registry.checks.map((c) => c.check)
  const wanted = ids.length === 0 ? all : ids.map((id) => pick('check', id, all, (c) => c.id))
  const before = file === undefined ? undefined : await baselineOf(app, globals, file)
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const until = waitMs === undefined ? 0 : app.now().getTime() + waitMs
    for (;;) {
      const findings = await look(world, wanted, signal)
      const { bad, show } = judged({ app, globals, world, wanted, findings, before })
      const left = until - app.now().getTime()
      if (!bad || left <= 0) {
        await show()
        return bad ? 3 : 0
      }
      const [first = ''] = findings.filter(fails).map(findingText)
      if (globals.output === 'text') app.err.write(`${under('waiting:', harmless(first), app.err.columns).join('\n')}\n`)
      await pause(Math.min(ROUND_MS, left), signal)
    }
  })
}

interface Judged {
  readonly app: App
  readonly globals: Globals
  readonly world: World
  readonly wanted: readonly AnyCheck[]
  readonly findings: readonly Finding[]
  readonly before: Baseline | undefined
}

function judged({ app, globals, world, wanted, findings, before }: Judged): { readonly bad: boolean; readonly show: () => Promise<void> } {
  if (before === undefined) return { bad: findings.some(fails), show: () => report(app, globals, world, wanted, findings) }
  const compared = compare(before.findings, findings, wanted)
  const bad = isWorse(compared)
  return { bad, show: async () => (await import('../baseline.ts')).showCompared(app, globals, compared, before, bad ? 3 : 0) }
}

async function baselineOf(app: App, { output }: Globals, file: string): Promise<Baseline> {
  if (output === 'junit')
    throw new OvngwError('USAGE', { what: '-o junit is not for --baseline', why: 'a difference is no test case', hint: '-o json, or -o markdown' })
  return (await import('../baseline.ts')).readBaseline(app.cwd, file)
}

/** One moment's view: all checks of a round share one context and so read each source once; contexts of the same `moment` share it too. */
export async function look(world: World, wanted: readonly AnyCheck[], signal: AbortSignal, moment?: object): Promise<readonly Finding[]> {
  const ctx = world.context(signal, QUIET, moment)
  const bound = wanted.map((c): BoundCheck<Ctx> => ({ check: c as BoundCheck<Ctx>['check'], args: {} }))
  const findings = await runChecks(bound, ctx, world.accepted)
  signal.throwIfAborted()
  return findings
}

export const grouped = (wanted: readonly AnyCheck[], findings: readonly Finding[]): readonly Grouped[] => {
  const groups = [...new Set(wanted.map((c) => c.group))]
  const idsOf = (group: string): ReadonlySet<string> => new Set(wanted.filter((c) => c.group === group).map((c) => c.id))
  return groups.map((group) => ({ group, findings: findings.filter((f) => idsOf(group).has(f.id)) })).filter((g) => g.findings.length > 0)
}

async function report(app: App, globals: Globals, world: World, wanted: readonly AnyCheck[], findings: readonly Finding[]): Promise<void> {
  const exit = findings.some(fails) ? 3 : 0
  const groups = grouped(wanted, findings)
  const at = app.now()
  if (globals.output === 'junit') app.out.write((await import('../../report/junit.ts')).junitText(groups, at))
  else if (globals.output === 'markdown') app.out.write((await import('../../report/markdown.ts')).markdownText(groups, world.site.name, at))
  else if (globals.output === 'json')
    app.out.write(
      events(findings, exit)
        .map((e) => `${JSON.stringify(stamp(e, at))}\n`)
        .join(''),
    )
  else await text(app, globals, groups, findings)
}

async function text(app: App, globals: Globals, groups: readonly Grouped[], findings: readonly Finding[]): Promise<void> {
  const { checksBlock } = await import('../../report/sections.ts')
  const look = { width: app.out.columns ?? 100, color: app.out.color, verbose: globals.verbose }
  for (const { group, findings: some } of groups) app.out.write(checksBlock(group, some, look))
  app.out.write(` ${tally(findings)}\n`)
}

/** The same events a run has, so that one reader understands both. */
const events = (findings: readonly Finding[], exit: number): readonly RunEvent[] => [
  ...findings.map((finding): RunEvent => ({ ev: 'finding', step: 'check', finding })),
  { ev: 'run-ended', run: 'check', ending: exit === 0 ? 'nothing-to-do' : 'refused', exit, summary: tally(findings), left: [] },
]
