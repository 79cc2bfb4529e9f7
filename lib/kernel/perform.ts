/** One task's step on an engine, with its events; and what the forward run and the undo both need. */
import type { Finding } from './check.ts'
import type { Engine } from './engine.ts'
import { asError, isError, OvngwError } from './errors.ts'
import type { Emit, Ending, ErrorView, Phase } from './events.ts'
import type { Json } from './json.ts'
import type { Call, FinalTask, ReadTask, Step, WriteTask } from './task.ts'

/** What surrounds a run: the context tasks work in, the listeners, and which findings are accepted by name. */
export interface Host<Ctx> {
  /** For one step: what is found and noted there is told under its id. Those of one `moment` may share what they read; without one each reads for itself. */
  context(signal: AbortSignal, step: string, moment?: object): Ctx
  readonly emit: Emit
  accepted(finding: Finding): string | undefined
}

export interface Result {
  readonly ending: Ending
  readonly exit: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130
  readonly left: readonly string[]
  readonly error?: OvngwError
}

export type Write<Ctx> =
  | WriteTask<Ctx, Json, Record<string, Json>, string, string, Json, Json>
  | FinalTask<Ctx, Json, Record<string, Json>, string, string, Json, Json>
export type Read<Ctx> = ReadTask<Ctx, Json, Record<string, Json>, string, string, Json>

export interface Begun<Ctx> {
  readonly step: Step<Ctx>
  readonly before: Json
}

export interface Run<Ctx> {
  readonly engine: Engine
  readonly host: Host<Ctx>
  readonly given: Record<string, Json>
  /** From the facts to the gate: plan and preflight speak of one moment, and each source is read once. */
  moment?: object | undefined
}

export const DEFAULT_TIMEOUT = 60_000
export const view = (error: OvngwError): ErrorView => ({ code: error.code, what: error.what, why: error.why, hint: error.hint })

/** One engine step of one task, with its events and its deadline told apart from a cancel. */
export async function perform<Ctx>(
  run: Run<Ctx>,
  step: Step<Ctx>,
  phase: Phase,
  body: (ctx: Ctx, call: Call<Record<string, Json>>) => Promise<Json>,
): Promise<Json> {
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
    const value = await engine.step(
      id,
      (signal) => body(host.context(signal, step.id, run.moment), { given: run.given, key: `${engine.runId}/${id}`, progress }),
      {
        timeoutMs,
        retry: phase !== 'apply' && phase !== 'undo',
      },
    )
    host.emit({ ev: 'step-done', step: step.id, title, phase, value, replayed })
    return value
  } catch (thrown) {
    if (engine.stop(thrown) === undefined) throw thrown
    const error = withReason(asError(thrown), last)
    host.emit({ ev: 'step-failed', step: step.id, title, phase, error: view(error) })
    throw error
  }
}

const withReason = (error: OvngwError, last: string | undefined): OvngwError =>
  isError(error, 'TIMED_OUT') && error.why === undefined && last !== undefined
    ? new OvngwError('TIMED_OUT', { what: error.what, why: `last seen: ${last}`, hint: error.hint, cause: error })
    : error
