/** The cluster's lock (a Lease): one run at a time, whoever starts it. */
import { asError } from '../kernel/errors.ts'
import type { Lease } from '../kube/lease.ts'
import type { World } from './app.ts'

export interface Lock {
  /** Aborts when the lock was lost while the run was going forward. */
  readonly signal: AbortSignal
  /** Takes it, or keeps it when it is held; the signal that aborts when it is lost. @throws OvngwError LOCKED */
  take(signal: AbortSignal): Promise<AbortSignal>
  /** Never rejects: a lock that cannot be given back expires; what went wrong is told. */
  release(): Promise<void>
}

export function lockOf(world: World, run: string, tell: (text: string) => void): Lock {
  const lost = new AbortController()
  let lease: Lease | undefined
  return {
    signal: lost.signal,
    take: async (signal) => {
      if (lease !== undefined && !lease.signal.aborted) return lease.signal
      const taken = await world.lease(run, signal, tell)
      taken.signal.addEventListener('abort', () => lost.abort(taken.signal.reason), { once: true })
      lease = taken
      return taken.signal
    },
    release: async () => {
      await lease?.release().catch((error: unknown) => tell(`the lock could not be given back and will expire by itself: ${asError(error).message}`))
    },
  }
}
