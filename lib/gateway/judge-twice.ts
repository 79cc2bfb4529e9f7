/** Looking twice, a resync of the controller apart: what it is about to change by itself is no finding. */
import type { Look } from './look.ts'
import { pause } from './pause.ts'

/** A little more than one resync (1 s, R35). */
const RESYNC_MS = 1_200

export interface Twice {
  readonly signal: AbortSignal
  look(): Look
  lookAgain(): Look
}

/** What `find` finds in both looks, by key; nothing in the first look ends it. */
export async function seenTwice<T>(
  at: Twice,
  find: (look: Look) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
  gapMs = RESYNC_MS,
): Promise<readonly T[]> {
  const first = await find(at.look())
  if (first.length === 0) return []
  await pause(gapMs, at.signal)
  const keys = new Set(first.map(keyOf))
  return (await find(at.lookAgain())).filter((item) => keys.has(keyOf(item)))
}
