/**
 * One call to the API server, with retries. A call is repeated after 429, 5xx, resets and silence only if doing it twice is the same as
 * once; a write whose answer was lost ends UNREACHABLE, so that the caller reads back.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { isError, OvngwError } from '../kernel/errors.ts'
import { deadline, orAbort } from './deadline.ts'
import { cancelled, type Doing, describe, fromAnswer, parseStatus, placeText } from './errors.ts'
import { fromNetwork, isUnsent } from './network.ts'
import type { CallOptions } from './port.ts'
import type { Session } from './session.ts'

export interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path with query, encoded (paths.ts). */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string | undefined
  readonly doing: Doing
  /** Doing it twice is the same as doing it once. */
  readonly repeatable: boolean
}

/** How one attempt ended. `retry`: may the same request be sent again, and after how long at least. */
type Attempt =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly error: OvngwError; readonly retry: boolean; readonly afterMs: number }

const DEFAULT_MS = 30_000
/** Against a server that never answered, a person should not wait half a minute to learn that the address is wrong. */
const NEVER_ANSWERED_TRIES = 3
/** A server that accepted and says nothing: ask again on another connection. */
const SILENCE_MS = 10_000

/** Servers that cannot (an aggregated API) answer with the whole object. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

/** @returns the parsed JSON answer. @throws OvngwError as port.ts says */
export const call = async (session: Session, c: Call): Promise<unknown> => parse(session, c.doing, await callText(session, c))

/** @returns the answer as it came. @throws OvngwError as port.ts says */
export async function callText(session: Session, c: Call): Promise<string> {
  const started = performance.now()
  const total = c.timeoutMs ?? DEFAULT_MS
  const left = (): number => total - (performance.now() - started)
  for (let tries = 1; ; tries++) {
    const attempt = await once(session, c, Math.max(1, left()))
    if (attempt.ok) return attempt.text
    const wait = Math.max(attempt.afterMs, backoff(tries))
    const patient = session.answered || tries < NEVER_ANSWERED_TRIES
    if (!attempt.retry || !patient || wait >= left()) throw tries === 1 ? attempt.error : counted(attempt.error, tries, total - left())
    await pause(wait, undefined, { signal: c.signal }).catch(() => {
      throw cancelled(c)
    })
  }
}

/** 100 ms doubling to 5 s, each between half and whole: clients that failed together do not come back together. */
export const backoff = (tries: number): number => Math.min(5_000, 100 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2)

async function once(session: Session, c: Call, left: number, renewed = false): Promise<Attempt> {
  if (c.signal?.aborted) throw cancelled(c)
  // A write that was sent is waited for whatever aborts: an undo must not start while it is under way.
  const limit = deadline(c.method === 'GET' ? c.signal : undefined, left)
  try {
    const access = await orAbort(session.access(), limit.signal)
    session.asked.calls++
    const answer = await request(`${session.base}${c.path}`, {
      method: c.method,
      headers: {
        ...access.headers,
        accept: c.metadataOnly === true ? METADATA : 'application/json',
        ...(c.body === undefined ? {} : { 'content-type': c.contentType ?? 'application/json' }),
      },
      body: c.body === undefined ? null : JSON.stringify(c.body),
      dispatcher: access.data,
      signal: limit.signal,
      headersTimeout: c.repeatable ? SILENCE_MS : Math.ceil(left) + 1_000,
    })
    const text = await answer.body.text()
    session.answered = true
    if (answer.statusCode === 401 && !renewed) {
      session.renew()
      return once(session, c, left, true)
    }
    return answer.statusCode < 300 ? { ok: true, text } : refused(session, c, answer.statusCode, text, answer.headers['retry-after'], access.certificate)
  } catch (error) {
    if (c.signal?.aborted) throw cancelled(c)
    if (isError(error)) throw error
    return lost(c, limit.expired() ? silence(session, c) : fromNetwork(session, c.doing, error), isUnsent(error))
  } finally {
    limit.release()
  }
}

function refused(session: Session, c: Call, code: number, text: string, retryAfter: string | string[] | undefined, certificate: string | undefined): Attempt {
  const error = fromAnswer(session, c.doing, code, text, certificate)
  // 429 means "not looked at": any verb may be sent again. After 5xx it may have been done.
  if (code === 429) c.busy?.()
  const retry = code === 429 || (code >= 500 && c.repeatable)
  const seconds = Number(retryAfter ?? parseStatus(text)?.details?.retryAfterSeconds ?? 0)
  return { ok: false, error: retry || code < 500 ? error : unsure(error), retry, afterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 }
}

function lost(c: Call, error: OvngwError, unsent: boolean): Attempt {
  const retry = error.code === 'UNREACHABLE' && (unsent || c.repeatable)
  return { ok: false, error: retry || unsent || error.code !== 'UNREACHABLE' ? error : unsure(error), retry, afterMs: 0 }
}

const silence = (session: Session, c: Call): OvngwError =>
  new OvngwError('UNREACHABLE', {
    what: `cannot ${describe(c.doing)}`,
    why: `${placeText(session)}: no answer in ${(c.timeoutMs ?? DEFAULT_MS) / 1_000} s`,
    hint: `check with: kubectl get --raw /readyz?verbose --context ${session.context}`,
  })

const unsure = (error: OvngwError): OvngwError =>
  new OvngwError(error.code, { what: error.what, why: `${error.why ?? ''}; it is not known whether the server did it`, hint: error.hint, cause: error.cause })

const counted = (error: OvngwError, tries: number, ms: number): OvngwError =>
  new OvngwError(error.code, {
    what: error.what,
    why: `${error.why ?? ''} (${tries} attempts in ${(ms / 1_000).toFixed(1)} s)`,
    hint: error.hint,
    cause: error.cause,
  })

function parse(session: Session, doing: Doing, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // the text is not quoted below: it may be anything
  }
  throw new OvngwError('PARSE', {
    what: `cannot ${describe(doing)}`,
    why: `${placeText(session)} answered ${text.length} characters that are no JSON object`,
    hint: 'is there a proxy or login page in front of the API server?',
  })
}
