/**
 * The one error tree. Every error says what happened, why, and what to type next, and carries the exit code of the process
 * (product.md, "Exit codes"). It is wrapped once at a boundary; a user never sees a stack unless `code` is BUG.
 */
export type Exit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130

export type ErrorCode =
  | 'BUG'
  | 'USAGE' // wrong flag, missing answer without a terminal
  | 'INVENTORY' // a site file is wrong
  | 'CHECK_FAILED' // preflight or a check said no; nothing was changed
  | 'DECLINED' // the person said no to the plan
  | 'CANCELLED' // Ctrl-C
  | 'TIMED_OUT' // a deadline passed; `why` holds the last reason
  | 'LOCKED' // another run holds the Lease
  | 'STALE' // the cluster is not what the plan was made from, or a definition changed under a run
  | 'COMMAND' // a tool ran and said no
  | 'NOT_RUN' // a tool could not be started, or its answer was lost
  | 'PARSE' // a tool or server answered something we cannot read
  | 'NOT_FOUND' // 404
  | 'UNAUTHORIZED' // 401
  | 'FORBIDDEN' // 403
  | 'CONFLICT' // 409
  | 'UNREACHABLE' // no answer, TLS, DNS, reset
  | 'CERTIFICATE' // expired or untrusted certificate
  | 'AMBIGUOUS' // two candidates: we refuse to guess
  | 'REJECTED' // 400/422: the server understood and refused

export interface ErrorParts {
  readonly what: string
  readonly why?: string | undefined
  /** The next command to type, or the file and line to edit. */
  readonly hint?: string | undefined
  readonly cause?: unknown
  readonly exit?: Exit | undefined
}

const EXIT: Partial<Record<ErrorCode, Exit>> = { BUG: 1, USAGE: 2, INVENTORY: 2, DECLINED: 0, CANCELLED: 130, LOCKED: 6 }

export class OvngwError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly why: string | undefined
  readonly hint: string | undefined
  readonly exit: Exit

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.why === undefined ? parts.what : `${parts.what}: ${parts.why}`, { cause: parts.cause })
    this.name = 'OvngwError'
    this.code = code
    this.what = parts.what
    this.why = parts.why
    this.hint = parts.hint
    this.exit = parts.exit ?? EXIT[code] ?? 3
  }
}

/** True for an OvngwError, of one of `codes` when any are given. */
export const isError = (error: unknown, ...codes: ErrorCode[]): error is OvngwError =>
  error instanceof OvngwError && (codes.length === 0 || codes.includes(error.code))

/** Anything thrown, as our error: what is not ours is a bug and keeps its stack as `cause`. */
export const asError = (error: unknown): OvngwError =>
  error instanceof OvngwError ? error : new OvngwError('BUG', { what: error instanceof Error ? error.message : String(error), cause: error })

/** A question that may fail: a host without the tool, or one that may not be entered, says nothing. Undefined then. @throws CANCELLED, BUG */
export async function tolerated<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    return undefined
  }
}

/** Errors of which it is unknown whether the other side acted: read back before trying again (architecture.md, law 9). */
export const isTransport = (error: unknown): boolean => isError(error, 'UNREACHABLE', 'NOT_RUN')
