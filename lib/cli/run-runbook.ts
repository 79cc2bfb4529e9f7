/** One run from the command line: site, world, journal, plan, question, lock, steps, ending. */
import { type Site, siteJson } from '../inventory/site.ts'
import { localEngine } from '../journal/engine.ts'
import type { Journal } from '../journal/file.ts'
import { thisProcess } from '../journal/process.ts'
import { endRun, findRun, newRun, openRun } from '../journal/store.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Emit, RunEvent } from '../kernel/events.ts'
import type { Json } from '../kernel/json.ts'
import { drive, type Result, rollBack } from '../kernel/run.ts'
import { UNPROVED } from '../report/words.ts'
import { undoAfresh } from './afresh.ts'
import { complete } from './answers.ts'
import type { App, World } from './app.ts'
import { busy } from './busy.ts'
import { type Answers, type Flag, flagsOf, parseAnswers } from './flags.ts'
import { gateOf } from './gate.ts'
import type { Globals } from './globals.ts'
import { lazyJournal } from './lazy-journal.ts'
import { listenerOf } from './listener-of.ts'
import { lockOf } from './lock.ts'
import { refuseUnderNewer } from './newer-runs.ts'
import { recorderOf } from './recorder.ts'
import type { AnyRunbook } from './registry.ts'
import { siteOf, withFlags } from './site.ts'
import { runbookOf } from './source.ts'
import { stateDir } from './state-dir.ts'
import { version } from './version.ts'
import { withWorld } from './with-world.ts'
import { writePlan } from './write-plan.ts'

export interface Job {
  readonly runbook: AnyRunbook
  /** How another process finds the runbook again: `runbook:install`, `task:annotate`, `file:/home/me/mine.ts`. */
  readonly source: string
  /** What was typed, for hints: `install`, `run mine.ts`. */
  readonly command: string
  readonly planOnly: boolean
  /** Where the plan is written to. */
  readonly out?: string | undefined
  readonly flags: readonly Flag[]
  readonly answers: Answers
}

type Mode = 'fresh' | 'resume' | 'rollback'

/** A world that several runs of one command share, and the moment they speak of until something is written. */
export interface Shared {
  readonly world: World
  readonly signal: AbortSignal
  readonly moment?: object | undefined
}

export async function runFresh(app: App, globals: Globals, job: Job, shared?: Shared): Promise<number> {
  const help = `ovngw ${job.command} --help`
  const raw = await complete(app, globals, job.runbook.args, job.flags, job.answers, help)
  const args = parseAnswers(job.runbook.args, job.flags, raw, help)
  const site = await siteOf(globals, app.cwd)
  const run = async ({ world, signal, moment }: Shared): Promise<number> => {
    const cluster = await reached(app, globals, world, signal)
    const { context, server } = world.kube.where
    const name = await newRun(stateDir(app, globals), cluster, job.runbook.name, app.now)
    const header = { run: name, runbook: job.runbook.name, source: job.source, args: raw, site: siteJson(site), cluster, context, server }
    const journal = lazyJournal(stateDir(app, globals), header, thisProcess(version), app.now)
    const { runbook, planOnly } = job
    const exit = await runSession({ app, globals, world, signal, moment, journal, keep: journal.keep, runbook, args, mode: 'fresh', planOnly })
    if (job.out !== undefined && (exit === 0 || exit === 7)) await writePlan(app.cwd, job.out, journal)
    return exit
  }
  return shared === undefined ? withWorld(app, globals, site, (world, signal) => run({ world, signal })) : run(shared)
}

/** `resume` and `rollback`: everything needed is in the journal. */
export async function runAgain(app: App, globals: Globals, name: string, mode: 'resume' | 'rollback'): Promise<number> {
  const summary = await findRun(stateDir(app, globals), name)
  if (summary.state === undefined)
    throw new OvngwError('PARSE', { what: `cannot read run ${summary.run}`, why: summary.problem, hint: `look into ${summary.file}` })
  if (mode === 'rollback') await refuseUnderNewer(stateDir(app, globals), summary)
  const { header, end } = summary.state
  if (mode === 'resume' && end !== undefined && end.ending !== 'broken') throw ended(summary.run, end)
  const runbook = await runbookOf(app, header)
  const args = parseAnswers(runbook.args, flagsOf(runbook.args), header.args as Answers, `ovngw show ${summary.run}`)
  return withWorld(app, globals, withFlags(header.site as unknown as Site, globals), async (world, signal) => {
    const cluster = await reached(app, globals, world, signal)
    if (cluster !== header.cluster) {
      throw new OvngwError('USAGE', {
        what: `${summary.run} was on another cluster`,
        why: `it ran at ${header.server} (context ${header.context}, kube-system uid ${header.cluster}); this is ${world.kube.where.server} (${cluster})`,
        hint: 'name the right one with --context or --kubeconfig',
      })
    }
    const journal = undoAfresh(await openRun(summary, mode, thisProcess(version), app.now), summary.state?.end?.ending)
    return runSession({ app, globals, world, signal, journal, keep: async () => undefined, runbook, args, mode, planOnly: false })
  })
}

const ended = (run: string, { ending: how, at }: { readonly ending: string; readonly at: string }): OvngwError =>
  new OvngwError('USAGE', {
    what: `there is nothing to resume in ${run}`,
    why: `it ended ${how} at ${at}`,
    hint: how === 'done' ? `ovngw rollback ${run} undoes it` : 'run the same command again: it makes a new plan',
  })

/** The first question to the API: it may take its time, so a person is told what is being waited for. */
function reached(app: App, { output }: Globals, world: World, signal: AbortSignal): Promise<string> {
  const uid = world.clusterUid(signal)
  return output === 'text' ? busy(app.out, `waiting for ${world.kube.where.server}`, uid) : uid
}

export interface Session extends Shared {
  readonly app: App
  readonly globals: Globals
  readonly journal: Journal
  keep(): Promise<void>
  readonly runbook: AnyRunbook
  readonly args: Json
  readonly mode: Mode
  readonly planOnly: boolean
}

async function runSession(session: Session): Promise<number> {
  const { app, globals, world, journal, runbook, args, mode } = session
  const listener = await listenerOf(app, globals)
  const recorder = recorderOf(app, listener, journal)
  const run = journal.state.header.run
  const tell = (text: string): void => recorder.emit({ ev: 'step-progress', step: 'lock', text })
  const lock = lockOf(world, run, tell)
  const lost = AbortSignal.any([session.signal, lock.signal])
  const engine = recorder.guard(
    localEngine({
      journal,
      signal: lost,
      gate: gateOf(session, listener, lock),
      forRollback: () => lock.take(new AbortController().signal),
      retrying: (id, error) => recorder.emit({ ev: 'step-progress', step: stepOf(id), text: `${error.message}; trying again` }),
    }),
  )
  recorder.emit({ ev: 'run-started', run, runbook: runbook.name, summary: runbook.summary, mode })
  const emit: Emit = (event) => recorder.emit(warned(event, world.warning))
  const at = (moment: object | undefined): object | undefined => (moment === undefined ? undefined : (session.moment ?? moment))
  const host = {
    context: (signal: AbortSignal, step: string, moment?: object) => world.context(signal, recorder.hooks(step), at(moment)),
    emit,
    accepted: world.accepted,
  }
  let result: Result | undefined
  try {
    result = await (mode === 'rollback' ? rollBack(runbook, args, engine, host) : drive(runbook, args, engine, host))
    const exit = exitOf(session, result)
    recorder.emit({
      ev: 'run-ended',
      run,
      ending: result.ending,
      exit,
      summary: recorder.unproved() ? UNPROVED : result.ending,
      left: result.left,
      error: viewOf(result),
    })
  } finally {
    await lock.release({ resumed: mode !== 'fresh' })
    await listener.close()
    await (result === undefined ? journal.close() : endRun(journal, result))
  }
  return ending(session, result)
}

const warned = (event: RunEvent, warning: string | undefined): RunEvent =>
  event.ev === 'planned' && warning !== undefined && event.steps.some((s) => s.effect === 'write') ? { ...event, effects: [...event.effects, warning] } : event

const exitOf = ({ planOnly }: Session, { ending, exit }: Result): number => (planOnly && ending === 'planned' ? 7 : exit)

const stepOf = (id: string): string => id.slice(id.indexOf(':') + 1)

const viewOf = ({ error, ending }: Result): { code: string; what: string; why?: string | undefined; hint?: string | undefined } | undefined =>
  error === undefined || ending === 'planned' ? undefined : { code: error.code, what: error.what, why: error.why, hint: error.hint }

/** The exit code, or the error that main prints with it. */
function ending(session: Session, result: Result): number {
  const { journal, mode } = session
  const { ending: how, exit, error } = result
  if (how === 'planned') return exitOf(session, result)
  if (error === undefined || exit === 0) return exit
  const hint = how === 'broken' ? `ovngw rollback ${journal.state.header.run} tries again; the journal is ${journal.file}` : error.hint
  if (mode === 'rollback' && error.code === 'CANCELLED') throw new OvngwError('CANCELLED', { what: 'the rollback did not put everything back', hint, exit })
  throw new OvngwError(error.code, { what: error.what, why: error.why, hint, cause: error.code === 'BUG' ? error.cause : error, exit })
}
