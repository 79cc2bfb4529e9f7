/** The way back: every begun step undone, last first, all of them attempted, and the end decided by the runbook's `restored` checks. */
import { type BoundCheck, stops } from './check.ts'
import { refuse, runChecks } from './checks.ts'
import { asError, type OvngwError } from './errors.ts'
import type { Json } from './json.ts'
import { type Begun, DEFAULT_TIMEOUT, perform, type Result, type Run, view, type Write } from './perform.ts'
import type { Step } from './task.ts'

/** Begins the rollback and does it; when the engine cannot (the lock is someone else's by now), everything is left as it is. */
export async function putBack<Ctx>(begun: readonly Begun<Ctx>[], restored: readonly BoundCheck<Ctx>[], why: OvngwError, run: Run<Ctx>): Promise<Result> {
  try {
    await run.engine.beginRollback({ ...view(why) })
  } catch (thrown) {
    if (run.engine.stop(thrown) === undefined) throw thrown
    const left = begun.map(({ step }) => `${step.task.title(step.input)}: not undone, ${asError(thrown).message}`)
    return { ending: 'broken', exit: 5, left, error: why }
  }
  return compensate(begun, restored, why, run)
}

/** Undo begun steps last first, attempt all, then let the `restored` checks decide. */
async function compensate<Ctx>(begun: readonly Begun<Ctx>[], restored: readonly BoundCheck<Ctx>[], why: OvngwError, run: Run<Ctx>): Promise<Result> {
  run.host.emit({ ev: 'rollback-started', why: view(why), steps: begun.length })
  const left: string[] = []
  for (const { step, before } of [...begun].reverse()) {
    const problem = await undo(step, before, run)
    if (problem !== undefined) left.push(`${step.task.title(step.input)}: ${problem}`)
  }
  left.push(...(await proveRestored(restored, run)))
  return left.length === 0 ? { ending: 'restored', exit: 4, left, error: why } : { ending: 'broken', exit: 5, left, error: why }
}

/** Undoes one step; what is left of it, if anything. */
async function undo<Ctx>(step: Step<Ctx>, before: Json, run: Run<Ctx>): Promise<string | undefined> {
  const task = step.task as Write<Ctx>
  if (!('undo' in task)) return run.engine.recorded(`apply:${step.id}`) === undefined ? undefined : `cannot be undone, ${task.pointOfNoReturn}`
  try {
    await perform(run, step, 'undo', async (ctx, call) => {
      await task.undo(ctx, step.input, before, call)
      return null
    })
    return undefined
  } catch (thrown) {
    if (run.engine.stop(thrown) === undefined) throw thrown
    return asError(thrown).message
  }
}

/** What the `restored` checks miss. Only a proof that holds is kept: a later attempt looks again. */
async function proveRestored<Ctx>(restored: readonly BoundCheck<Ctx>[], { engine, host }: Run<Ctx>): Promise<readonly string[]> {
  let missing: readonly string[] = []
  const body = async (signal: AbortSignal): Promise<Json> => {
    const findings = await runChecks(restored, host.context(signal, 'restored'), host.accepted)
    for (const finding of findings) host.emit({ ev: 'finding', step: 'restored', finding })
    missing = findings.filter(stops).map((f) => `${f.title}${f.object === undefined ? '' : ` (${f.object})`}: ${f.detail}`)
    refuse(findings)
    return findings as unknown as Json
  }
  try {
    await engine.step('restored', body, { timeoutMs: DEFAULT_TIMEOUT, retry: true })
    return []
  } catch (thrown) {
    if (engine.stop(thrown) === undefined) throw thrown
    return missing.length > 0 ? missing : [`whether everything is as before is not known: ${asError(thrown).message}`]
  }
}
