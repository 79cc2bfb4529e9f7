/**
 * What a runner of runbooks must supply, and nothing more: the local journal supplies it today, a durable-execution engine later
 * (design/fleet.md §4). Ids are unique within a run and stable for ever; values are JSON.
 */
import type { Json } from './json.ts'

export interface Policy {
  readonly timeoutMs: number
  /** Reads may be tried again by the engine after a transport error; writes never are. */
  readonly retry: boolean
}

export interface Engine {
  readonly runId: string
  /**
   * Runs `fn` once and keeps its value under `id`; a second call with the same id (a resume) returns the kept value without running.
   * `begin` is on disk before `fn` starts, the value is on disk before the promise resolves. Waits until `fn` has settled even
   * after its signal aborted, so that no undo starts while the effect is still under way.
   */
  step(id: string, fn: (signal: AbortSignal) => Promise<Json>, policy: Policy): Promise<Json>
  /** The one stop before the first write: a person's yes, an approval, a lock. Rejects with DECLINED or LOCKED. */
  gate(id: string): Promise<void>
  /** How an error ends the forward run; undefined means the engine itself is going away and will come back (no undo now). */
  stop(error: unknown): 'fatal' | 'cancelled' | undefined
  /** From here on steps run on a fresh signal: what cancelled the forward run must not cancel its undo. */
  beginRollback(why: Json): Promise<void>
  /**
   * What is kept under `id`, by this process or an earlier one. Without `value`: begun, and failed or under way when that process
   * ended. `rollback` is what `beginRollback` was given.
   */
  recorded(id: string): { readonly value?: Json } | undefined
}
