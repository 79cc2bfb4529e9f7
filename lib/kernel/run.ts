/**
 * The runner: facts → plan → reading steps → gate → per step before, apply, proof → done; on failure every begun step is undone, last
 * first, the failing one included, every undo attempted, and the end is decided by the runbook's `restored` checks. Knows no domain,
 * no terminal, no disk.
 */
import type { BoundCheck, Finding } from './check.ts'
import { runChecks } from './checks.ts'
import type { Engine } from './engine.ts'
import { asError, isError, OvngwError } from './errors.ts'
import type { Emit, Ending, ErrorView, Phase } from './events.ts'
import { type Json, sameJson } from './json.ts'
import { describe, type Plan, planJson, planOf, type Runbook, samePlan } from './runbook.ts'
import { type Call, type FinalTask, type ReadTask, type Step, type WriteTask, writes } from './task.ts'

/** What surrounds a run: the context tasks work in, the listeners, and which findings are accepted by name. */
export interface Host<Ctx> {
  context(signal: AbortSignal): Ctx
  readonly emit: Emit
  accepted(finding: Finding): string | undefined
}

export interface Result {
  readonly ending: Ending
  readonly exit: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130
  readonly left: readonly string[]
  readonly error?: OvngwError
}

type Write<Ctx> =
  | WriteTask<Ctx, Json, Record<string, Json>, string, string, Json, Json>
  | FinalTask<Ctx, Json, Record<string, Json>, string, string, Json, Json>
type Read<Ctx> = ReadTask<Ctx, Json, Record<string, Json>, string, string, Json>

interface Begun<Ctx> {
  readonly step: Step<Ctx>
  readonly before: Json
}

interface Run<Ctx> {
  readonly engine: Engine
  readonly host: Host<Ctx>
  readonly given: Record<string, Json>
}

const DEFAULT_TIMEOUT = 60_000
export const view = (error: OvngwError): ErrorView => ({ code: error.code, what: error.what, why: error.why, hint: error.hint })

/** One engine step of one task, with its events and its deadline told apart from a cancel. */
async function perform<Ctx>(run: Run<Ctx>, step: Step<Ctx>, phase: Phase, body: (ctx: Ctx, call: Call<Record<string, Json>>) => Promise<Json>): Promise<Json> {
  const { engine, host } = run
  const id = `${phase}:${step.id}`
  const title = step.task.title(step.input)
  const timeoutMs = typeof step.task.timeoutMs === 'function' ? step.task.timeoutMs(step.input) : (step.task.timeoutMs ?? DEFAULT_TIMEOUT)
  const replayed = engine.recorded(id)?.value !== undefined
  let last: string | undefined
  const progress = (text: string): void => {
    last = text
    host.emit({ ev: 'step-progress', step: step.id, text })
  }
  if (!replayed) host.emit({ ev: 'step-started', step: step.id, title, phase })
  try {
    const value = await engine.step(id, (signal) => body(host.context(signal), { given: run.given, key: `${engine.runId}/${id}`, progress }), {
      timeoutMs,
      retry: phase !== 'apply' && phase !== 'undo',
    })
    host.emit({ ev: 'step-done', step: step.id, title, phase, value, replayed })
    return value
  } catch (thrown) {
    const error = withReason(asError(thrown), last)
    host.emit({ ev: 'step-failed', step: step.id, title, phase, error: view(error) })
    throw error
  }
}

const withReason = (error: OvngwError, last: string | undefined): OvngwError =>
  isError(error, 'TIMED_OUT') && error.why === undefined && last !== undefined
    ? new OvngwError('TIMED_OUT', { what: error.what, why: `last seen: ${last}`, hint: error.hint, cause: error })
    : error

async function forward<Ctx>(run: Run<Ctx>, step: Step<Ctx>, begun: Begun<Ctx>[]): Promise<void> {
  if (!writes(step)) {
    const task = step.task as Read<Ctx>
    const value = await perform(run, step, 'run', (ctx, call) => task.run(ctx, step.input, call))
    if (task.gives !== undefined) run.given[task.gives] = value
    return
  }
  const task = step.task as Write<Ctx>
  const before = await perform(run, step, 'before', (ctx, call) => task.before(ctx, step.input, call))
  begun.push({ step, before })
  const value = await perform(run, step, 'apply', (ctx, call) => applyOnce(task, ctx, step.input, before, call))
  if (task.gives !== undefined) run.given[task.gives] = value
}

async function applyOnce<Ctx>(task: Write<Ctx>, ctx: Ctx, input: Json, before: Json, call: Call<Record<string, Json>>): Promise<Json> {
  if (task.gives === undefined && (await task.holds(ctx, input, before))) return null
  const value = await task.apply(ctx, input, before, call)
  if (!(await task.holds(ctx, input, before)))
    throw new OvngwError('STALE', {
      what: `${task.title(input)} did not take effect`,
      why: 'it was done, and a moment later it was not so',
      hint: 'someone else is changing the same thing: `ovngw check`',
    })
  return value
}

/** Runs a runbook to its end. Never rejects for what a task did: the result says how it ended. */
export async function drive<Ctx, A extends Json, F extends Json>(runbook: Runbook<Ctx, A, F>, args: A, engine: Engine, host: Host<Ctx>): Promise<Result> {
  const run: Run<Ctx> = { engine, host, given: {} }
  const begun: Begun<Ctx>[] = []
  let restored: readonly BoundCheck<Ctx>[] = []
  try {
    const readFacts = (signal: AbortSignal): Promise<Json> => runbook.facts(host.context(signal), args)
    const facts = (await engine.step('facts', readFacts, { timeoutMs: DEFAULT_TIMEOUT, retry: true })) as F
    const plan = planOf(runbook, args, facts)
    restored = runbook.restored?.(args, facts) ?? []
    await keepPlan(engine, plan)
    host.emit({ ev: 'planned', steps: plan.steps.map(describe), changes: plan.changes, effects: plan.effects })
    let gated = false
    for (const step of plan.steps) {
      if (writes(step) && !gated) {
        await engine.gate('confirm')
        await stillTrue(runbook, args, plan, engine, readFacts)
        gated = true
      }
      await forward(run, step, begun)
    }
    return { ending: gated ? 'done' : 'nothing-to-do', exit: 0, left: [] }
  } catch (thrown) {
    const error = asError(thrown)
    if (engine.stop(error) === undefined) throw error
    if (begun.length === 0) return { ending: isError(error, 'DECLINED') ? 'planned' : 'refused', exit: refusal(error), left: [], error }
    await engine.beginRollback({ ...view(error) })
    return compensate(begun, restored, error, run)
  }
}

/** Exit code of a run that ended before its first write. */
const refusal = (error: OvngwError): Result['exit'] => (error.exit === 4 || error.exit === 5 || error.exit === 7 ? 3 : error.exit)

async function keepPlan<Ctx>(engine: Engine, plan: Plan<Ctx>): Promise<void> {
  const kept = await engine.step('plan', async () => planJson(plan), { timeoutMs: DEFAULT_TIMEOUT, retry: true })
  if (!sameJson(kept, planJson(plan))) {
    throw new OvngwError('STALE', {
      what: 'the definition of this runbook changed since the run began',
      why: 'its plan differs from the journaled one',
      hint: `use the ovngw version that started it, or \`ovngw rollback ${engine.runId}\` with it`,
    })
  }
}

/** After the gate the lock is ours: what the plan was made from must still be so. */
async function stillTrue<Ctx, A extends Json, F extends Json>(
  runbook: Runbook<Ctx, A, F>,
  args: A,
  plan: Plan<Ctx>,
  engine: Engine,
  readFacts: (signal: AbortSignal) => Promise<Json>,
): Promise<void> {
  const now = (await engine.step('facts-again', readFacts, { timeoutMs: DEFAULT_TIMEOUT, retry: true })) as F
  if (samePlan(planOf(runbook, args, now), plan)) return
  throw new OvngwError('STALE', {
    what: 'the cluster changed between the plan and the go-ahead',
    why: 'a plan made now would be another one',
    hint: 'run the same command again and read the new plan',
  })
}

/** Undo begun steps last first, attempt all, then let the `restored` checks decide. */
async function compensate<Ctx>(begun: readonly Begun<Ctx>[], restored: readonly BoundCheck<Ctx>[], why: OvngwError, run: Run<Ctx>): Promise<Result> {
  run.host.emit({ ev: 'rollback-started', why: view(why), steps: begun.length })
  const left: string[] = []
  for (const { step, before } of [...begun].reverse()) {
    const task = step.task as Write<Ctx>
    if (!('undo' in task)) {
      left.push(`${task.title(step.input)}: cannot be undone, ${task.pointOfNoReturn}`)
      continue
    }
    try {
      await perform(run, step, 'undo', async (ctx, call) => {
        await task.undo(ctx, step.input, before, call)
        return null
      })
    } catch (thrown) {
      left.push(`${task.title(step.input)}: ${asError(thrown).message}`)
    }
  }
  for (const f of await proveRestored(restored, run)) left.push(`${f.title}${f.object === undefined ? '' : ` (${f.object})`}: ${f.detail}`)
  return left.length === 0 ? { ending: 'restored', exit: 4, left, error: why } : { ending: 'broken', exit: 5, left, error: why }
}

async function proveRestored<Ctx>(restored: readonly BoundCheck<Ctx>[], { engine, host }: Run<Ctx>): Promise<readonly Finding[]> {
  const body = async (signal: AbortSignal): Promise<Json> => {
    const findings = await runChecks(restored, host.context(signal), host.accepted)
    for (const finding of findings) host.emit({ ev: 'finding', step: 'restored', finding })
    return findings as unknown as Json
  }
  const findings = (await engine.step('restored', body, { timeoutMs: DEFAULT_TIMEOUT, retry: true })) as unknown as readonly Finding[]
  return findings.filter((f) => f.outcome === 'fail' || f.outcome === 'unknown')
}

/** Undoes a run of another process (or of yesterday) from what it recorded. `ok` is exit 0 here: the rollback was what was asked for. */
export async function rollBack<Ctx, A extends Json, F extends Json>(runbook: Runbook<Ctx, A, F>, args: A, engine: Engine, host: Host<Ctx>): Promise<Result> {
  const facts = engine.recorded('facts')?.value as F | undefined
  if (facts === undefined) return { ending: 'nothing-to-do', exit: 0, left: [] }
  const plan = planOf(runbook, args, facts)
  await keepPlan(engine, plan)
  const begun = plan.steps.flatMap((step): Begun<Ctx>[] => {
    const before = writes(step) ? engine.recorded(`before:${step.id}`)?.value : undefined
    return before === undefined ? [] : [{ step, before }]
  })
  if (begun.length === 0) return { ending: 'nothing-to-do', exit: 0, left: [] }
  await engine.gate('confirm-rollback')
  const asked = new OvngwError('CANCELLED', { what: 'rollback was asked for' })
  await engine.beginRollback({ ...view(asked) })
  const result = await compensate(begun, runbook.restored?.(args, facts) ?? [], asked, { engine, host, given: {} })
  return result.ending === 'restored' ? { ...result, exit: 0 } : result
}
