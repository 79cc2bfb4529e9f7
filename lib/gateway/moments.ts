/** Looks that outlive one step: a runbook's facts and its preflight speak of one moment. */
import type { Look } from './look.ts'

type Shared = { readonly look: Look; signal: AbortSignal }

/** The look of a moment, for who asks under `signal`: reads that begin now end with it. */
export type LookOf = (moment: object, signal: AbortSignal) => Look

/** One look a moment, until a read of it failed: who asks after that looks anew. */
export function moments(make: (from: { signal(): AbortSignal; failed(): void }) => Look): LookOf {
  const known = new WeakMap<object, Shared>()
  return (moment, signal) => {
    const shared = known.get(moment)
    if (shared !== undefined) {
      shared.signal = signal
      return shared.look
    }
    const own: Shared = {
      look: make({ signal: () => own.signal, failed: () => known.get(moment) === own && known.delete(moment) }),
      signal,
    }
    known.set(moment, own)
    return own.look
  }
}
