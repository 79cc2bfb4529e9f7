/**
 * The local Engine: steps run in this process, their records go to a journal on this disk. A new process on the same journal goes on
 * where the old one died. It never goes away by itself, so every error ends the forward run.
 */
import type { Engine, Policy } from '../kernel/engine.ts'
import { asError, isError, isTransport, OvngwError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'
import type { Journal } from './file.ts'
import { redact } from './redact.ts'

export interface LocalEngineOptions {
  readonly journal: Journal
  /** Aborts the forward run: the first Ctrl-C (CANCELLED), or an OvngwError as its reason (a lost lock, a deadline). */
  readonly signal: AbortSignal
  /**
   * Asks and locks. `resumed`: the go-ahead was given in an earlier process, so do not ask again, but take the lock again.
   * Rejects with DECLINED or LOCKED.
   */
  gate(id: string, how: { readonly resumed: boolean }): Promise<void>
  /**
   * Called when an undo begins; what cancelled the forward run must not cancel it. Gives the signal it runs under (the lock's), or
   * rejects with LOCKED: then nothing is undone. Default: a signal that never aborts.
   */
  forRollback?(): Promise<AbortSignal>
  /** Deadline of one whole rollback, default 15 minutes. */
  readonly rollbackTimeoutMs?: number
  /** Told before a reading step is tried again. */
  retrying?(id: string, error: OvngwError): void
  /** Resolves after `ms`, rejects when aborted. Tests give their own. */
  pause?(ms: number, signal: AbortSignal): Promise<void>
}

const ROLLBACK_TIMEOUT = 15 * 60_000
const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 2_000]
/** setTimeout fires at once beyond this. */
const LONGEST_TIMER = 2 ** 31 - 1

export function localEngine(options: LocalEngineOptions): Engine {
  const { journal } = options
  let signal = options.signal
  let undoing = false

  /** An undo goes on without its journal (a full disk must not keep the cluster half changed); everything else stops. */
  const record = async (entry: Parameters<Journal['append']>[0]): Promise<void> => {
    try {
      await journal.append(entry)
    } catch (error) {
      if (!undoing) throw error
    }
  }

  return {
    runId: journal.state.header.run,
    recorded: (id) => (id === 'rollback' ? rollbackOf(journal) : journal.state.kept.get(id)),
    stop: (error) => (isError(error, 'CANCELLED') ? 'cancelled' : 'fatal'),
    step: async (id, fn, policy) => {
      const kept = journal.state.kept.get(id)
      if (kept?.value !== undefined) return kept.value
      if (signal.aborted) throw reasonOf(signal, id)
      await record({ t: 'begin', id })
      try {
        const value = storable(id, await attempt(id, fn, policy, signal, options))
        await record({ t: 'value', id, value })
        return value
      } catch (thrown) {
        const error = asError(thrown)
        const { code, what, why, hint } = error
        await journal.append({ t: 'fail', id, error: { code, what, why, hint } }).catch(() => undefined)
        throw error
      }
    },
    gate: async (id) => {
      if (signal.aborted) throw reasonOf(signal, id)
      const resumed = journal.state.kept.get(id)?.value !== undefined
      await options.gate(id, { resumed })
      if (!resumed) await record({ t: 'gate', id })
    },
    beginRollback: async (why) => {
      undoing = true
      if (journal.state.rollback === undefined) await record({ t: 'rollback', why }) // first: without the lock a resume must still not go forward
      const lock = (await options.forRollback?.()) ?? new AbortController().signal
      const deadline = AbortSignal.timeout(options.rollbackTimeoutMs ?? ROLLBACK_TIMEOUT)
      signal = AbortSignal.any([lock, deadline])
    },
  }
}

const rollbackOf = ({ state }: Journal): { readonly value: Json } | undefined => (state.rollback === undefined ? undefined : { value: state.rollback })

/** One step to its end: deadline, retries of reads, and always waiting until `fn` has settled. A value that comes late is still the value. */
async function attempt(id: string, fn: (signal: AbortSignal) => Promise<Json>, policy: Policy, outer: AbortSignal, options: LocalEngineOptions): Promise<Json> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), Math.min(policy.timeoutMs, LONGEST_TIMER))
  const signal = AbortSignal.any([outer, deadline.signal])
  const ended = (thrown: unknown): unknown =>
    outer.aborted ? reasonOf(outer, id, thrown) : deadline.signal.aborted ? tooLong(id, policy.timeoutMs, thrown) : thrown
  try {
    for (let wait = FIRST_PAUSE; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        return await fn(signal)
      } catch (thrown) {
        if (signal.aborted || !policy.retry || !isTransport(thrown)) throw ended(thrown)
        options.retrying?.(id, asError(thrown))
        await (options.pause ?? sleep)(wait, signal).catch(() => undefined)
        if (signal.aborted) throw ended(thrown)
      }
    }
  } finally {
    clearTimeout(timer)
  }
}

/** What the disk will hold, so that this process and a later one see the same. A secret must not be what an undo needs. */
function storable(id: string, value: Json): Json {
  const { value: clean, found } = redact(JSON.parse(JSON.stringify(value ?? null)) as Json)
  if (found.length > 0 && id.startsWith('before:')) {
    const why = `${found.join(', ')} would have to be put back by an undo, and secrets are not written to disk`
    throw new OvngwError('REJECTED', { what: `${id} read what looks like a secret`, why, hint: 'record only the keys the step changes' })
  }
  return clean
}

function reasonOf(signal: AbortSignal, id: string, cause?: unknown): OvngwError {
  const reason: unknown = signal.reason
  if (reason instanceof OvngwError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError') return new OvngwError('TIMED_OUT', { what: `no time left for ${id}`, cause })
  return new OvngwError('CANCELLED', { what: 'cancelled', why: `at ${id}`, cause })
}

/** `why` is what the step itself said when it was stopped, if it said more than that it was stopped. */
function tooLong(id: string, ms: number, thrown: unknown): OvngwError {
  const said = thrown instanceof OvngwError && thrown.code !== 'CANCELLED' ? thrown : undefined
  return new OvngwError('TIMED_OUT', { what: `${id} took longer than ${ms / 1000} s`, why: said?.why ?? said?.what, hint: said?.hint, cause: thrown })
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises')
  await wait(ms, undefined, { signal })
}
