/**
 * The runner: facts → plan → reading steps → gate → per step before, apply, proof → done; on failure every begun step is undone, last
 * first, the failing one included, every undo attempted, and the end is decided by the runbook's `restored` checks. Knows no domain,
 * no terminal, no disk.
 */
import type { BoundCheck } from './check.ts'
import type { Engine } from './engine.ts'
import { asError, type ErrorCode, isError, OvngwError } from './errors.ts'
import type { ErrorView } from './events.ts'
import { type Json, sameJson } from './json.ts'
import { type Begun, DEFAULT_TIMEOUT, type Host, perform, type Read, type Result, type Run, type Write } from './perform.ts'
import { describe, type Plan, planJson, planOf, type Runbook, samePlan } from './runbook.ts'
import { type Call, type Step, writes } from './task.ts'
import { putBack } from './undo.ts'

export { type Host, type Result, view } from './perform.ts'

/** What a failure has to undo, and the steps that settled what came before. */
interface Way<Ctx> {
  begun: Begun<Ctx>[]
  readonly settled: string[]
}

async function forward<Ctx>(run: Run<Ctx>, step: Step<Ctx>, way: Way<Ctx>): Promise<void> {
  if (!writes(step)) {
    const task = step.task as Read<Ctx>
    const value = await perform(run, step, 'run', (ctx, call) => task.run(ctx, step.input, call))
    if (task.gives !== undefined) run.given[task.gives] = value
    if (task.settles !== true) return
    way.begun = []
    way.settled.push(step.id)
    return
  }
  const task = step.task as Write<Ctx>
  const before = await perform(run, step, 'before', (ctx, call) => task.before(ctx, step.input, call))
  way.begun.push({ step, before })
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

/**
 * Runs a runbook to its end, from the start or from what an earlier process recorded; a rollback that had begun is finished instead.
 * Never rejects for what a task did: the result says how it ended.
 */
export async function drive<Ctx, A extends Json, F extends Json>(runbook: Runbook<Ctx, A, F>, args: A, engine: Engine, host: Host<Ctx>): Promise<Result> {
  if (engine.recorded('rollback') !== undefined) return undoRecorded(runbook, args, engine, host, 'confirm')
  const run: Run<Ctx> = { engine, host, given: {}, moment: {} }
  const way: Way<Ctx> = { begun: [], settled: [] }
  let restored = (): readonly BoundCheck<Ctx>[] => []
  let steps: readonly Step<Ctx>[] = []
  try {
    const readFacts = (signal: AbortSignal): Promise<Json> => runbook.facts(host.context(signal, 'facts', run.moment), args)
    const facts = (await engine.step('facts', readFacts, { timeoutMs: DEFAULT_TIMEOUT, retry: true })) as F
    const plan = planOf(runbook, args, facts)
    steps = plan.steps
    restored = () => runbook.restored?.(args, facts, way.settled) ?? []
    await keepPlan(engine, plan)
    host.emit({ ev: 'planned', steps: plan.steps.map(describe), changes: plan.changes, effects: plan.effects })
    let gated = false
    for (const step of plan.steps) {
      if (writes(step) && !gated) {
        await engine.gate('confirm')
        run.moment = undefined
        await stillTrue(runbook, { args, facts, plan }, engine, readFacts)
        gated = true
      }
      await forward(run, step, way)
    }
    return { ending: gated ? 'done' : 'nothing-to-do', exit: 0, left: [] }
  } catch (thrown) {
    if (engine.stop(thrown) === undefined) throw thrown
    const error = asError(thrown)
    return way.begun.length + way.settled.length === 0 ? notBegun(error, steps, engine) : putBack(way.begun, restored(), error, run)
  }
}

/** The end of a process that wrote nothing: of the whole run, unless an earlier process wrote and this one could not go on (no lock). */
function notBegun<Ctx>(error: OvngwError, steps: readonly Step<Ctx>[], engine: Engine): Result {
  const earlier = steps.filter((s) => engine.recorded(`apply:${s.id}`) !== undefined)
  if (earlier.length === 0) return untouched(error)
  const left = earlier.map((s) => `${s.task.title(s.input)}: begun by an earlier process, neither finished nor undone`)
  return { ending: 'broken', exit: error.code === 'LOCKED' ? 6 : 5, left, error }
}

/** The end of a run that stopped before its first write. */
const untouched = (error: OvngwError): Result => ({ ending: isError(error, 'DECLINED') ? 'planned' : 'refused', exit: refusal(error), left: [], error })

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
  { args, facts, plan }: { readonly args: A; readonly facts: F; readonly plan: Plan<Ctx> },
  engine: Engine,
  readFacts: (signal: AbortSignal) => Promise<Json>,
): Promise<void> {
  const now = (await engine.step('facts-again', readFacts, { timeoutMs: DEFAULT_TIMEOUT, retry: true })) as F
  if (runbook.fits?.(args, facts, now) ?? samePlan(planOf(runbook, args, now), plan)) return
  throw new OvngwError('STALE', {
    what: 'the cluster changed between the plan and the go-ahead',
    why: 'a plan made now would be another one',
    hint: 'run the same command again and read the new plan',
  })
}

/** Undoes a run of another process (or of yesterday) from what it recorded. Exit 0 when it worked: the rollback was what was asked for. */
export async function rollBack<Ctx, A extends Json, F extends Json>(runbook: Runbook<Ctx, A, F>, args: A, engine: Engine, host: Host<Ctx>): Promise<Result> {
  const result = await undoRecorded(runbook, args, engine, host, 'confirm-rollback')
  return result.ending === 'restored' ? { ...result, exit: 0 } : result
}

const ASKED = 'rollback was asked for'

/** `gate` is the one to pass: that of the forward run when its rollback had begun already, else one that asks. */
async function undoRecorded<Ctx, A extends Json, F extends Json>(
  runbook: Runbook<Ctx, A, F>,
  args: A,
  engine: Engine,
  host: Host<Ctx>,
  gate: 'confirm' | 'confirm-rollback',
): Promise<Result> {
  const facts = engine.recorded('facts')?.value as F | undefined
  if (facts === undefined) return { ending: 'nothing-to-do', exit: 0, left: [] }
  try {
    const plan = planOf(runbook, args, facts)
    await keepPlan(engine, plan)
    const why = whyOf(engine.recorded('rollback')?.value)
    // A failure undoes what was not settled; who asks for a rollback gets all of it.
    const { begun, settled } = recordedWay(plan.steps, engine, gate === 'confirm' && why.what !== ASKED)
    if (begun.length === 0 && settled.length === 0) return { ending: 'nothing-to-do', exit: 0, left: [] }
    await engine.gate(gate)
    const result = await putBack(begun, runbook.restored?.(args, facts, settled) ?? [], why, { engine, host, given: {} })
    return result.ending === 'restored' && why.what === ASKED ? { ...result, exit: 0 } : result
  } catch (thrown) {
    if (engine.stop(thrown) === undefined) throw thrown
    return untouched(asError(thrown))
  }
}

/** What earlier processes began; `unsettledOnly`: since the last step that settled what came before. */
function recordedWay<Ctx>(steps: readonly Step<Ctx>[], engine: Engine, unsettledOnly: boolean): Way<Ctx> {
  const way: Way<Ctx> = { begun: [], settled: [] }
  for (const step of steps) {
    const before = writes(step) ? engine.recorded(`before:${step.id}`)?.value : undefined
    if (before !== undefined) way.begun.push({ step, before })
    if (!unsettledOnly || !('settles' in step.task) || engine.recorded(`run:${step.id}`)?.value === undefined) continue
    way.begun = []
    way.settled.push(step.id)
  }
  return way
}

/** Why a rollback began, as an earlier process recorded it; else because it was asked for now. */
function whyOf(kept: Json | undefined): OvngwError {
  if (kept === undefined) return new OvngwError('CANCELLED', { what: ASKED })
  const { code, ...parts } = kept as unknown as ErrorView
  return new OvngwError(code as ErrorCode, parts)
}
