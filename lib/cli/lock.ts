/** The cluster's lock (a Lease): one run at a time, whoever starts it. */
import { asError } from '../kernel/errors.ts'
import type { Lease } from '../kube/lease.ts'
import type { World } from './app.ts'

export interface Lock {
  /** Aborts when the lock was lost while the run was going forward. */
  readonly signal: AbortSignal
  /** Takes it, or keeps it when it is held; the signal that aborts when it is lost. @throws OvngwError LOCKED */
  take(signal: AbortSignal): Promise<AbortSignal>
  /** Never rejects: a lock that cannot be given back expires; what went wrong is told. `resumed`: an earlier process of the run may have died with it. */
  release(how: { readonly resumed: boolean }): Promise<void>
}

/** Giving back is not worth a longer wait. */
const RELEASE_MS = 10_000

export function lockOf(world: World, run: string, tell: (text: string) => void): Lock {
  const lost = new AbortController()
  let tried = false
  let lease: Lease | undefined
  return {
    signal: lost.signal,
    take: async (signal) => {
      if (lease !== undefined && !lease.signal.aborted) return lease.signal
      tried = true
      const taken = await world.lease(run, signal, tell)
      taken.signal.addEventListener('abort', () => lost.abort(taken.signal.reason), { once: true })
      lease = taken
      return taken.signal
    },
    release: async ({ resumed }) => {
      const left = (): Promise<void> => (tried || resumed ? world.dropLease(run, AbortSignal.timeout(RELEASE_MS)) : Promise.resolve())
      await (lease?.release() ?? left()).catch((error: unknown) =>
        tell(`the lock could not be given back and will expire by itself: ${asError(error).message}`),
      )
    },
  }
}
