/** The cluster's lock (a Lease): one run at a time, whoever starts it. */
import type { Session } from './run-runbook.ts'

export interface Lock {
  /** Aborts when the lock is lost. */
  readonly signal: AbortSignal
  /** Takes it, or keeps it when it is held; the signal that aborts when it is lost. @throws OvngwError LOCKED */
  take(): Promise<AbortSignal>
  release(): Promise<void>
}

export function lockOf(_session: Session): Lock {
  const never = new AbortController().signal
  return { signal: never, take: async () => never, release: async () => undefined }
}
