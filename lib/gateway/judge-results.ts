/** Putting results of a check together: one per object, one object's failed read not hiding the others, many passes as one line. */
import pMap from 'p-map'
import { type CheckResult, pass, unknown } from '../kernel/check.ts'
import { asError } from '../kernel/errors.ts'

/** An exec or a packet for each of 10,000 objects at once would be an attack. */
const AT_ONCE = 32

/** Judges every object; where looking failed that object is `unknown`, with the error's own next command. */
export async function perObject<T>(items: readonly T[], nameOf: (item: T) => string, judge: (item: T) => Promise<CheckResult> | CheckResult) {
  return pMap(items, (item) => couldNotLook(nameOf(item), async () => ({ object: nameOf(item), ...(await judge(item)) })), { concurrency: AT_ONCE })
}

/** `unknown` with the reason when `look` fails by an error of ours; cancelling and bugs go on. */
export async function couldNotLook(object: string | undefined, look: () => Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await look()
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    return unknown(error.message, { object, hint: error.hint })
  }
}

/** Up to so many passes are listed one by one. */
const LISTED = 20

/** Everything that is no pass, then the passes: each while they are few, else as one. 10,000 healthy pods are one line. */
export function folded(results: readonly CheckResult[], kind: string): readonly CheckResult[] {
  const good = results.filter((r) => r.outcome === 'pass')
  const rest = results.filter((r) => r.outcome !== 'pass')
  return good.length <= LISTED ? [...rest, ...good] : [...rest, pass(`${good.length} ${kind} as they should be`)]
}
