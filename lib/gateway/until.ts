/** Waiting on watched state: look, judge, look again until it is so. The engine's deadline ends it; the last reason becomes the error's. */
import { isTransport, type OvngwError } from '../kernel/errors.ts'
import { pause } from './pause.ts'

/** `undefined`: it is so. Text: not yet, and why. Throw what will never be. */
export type NotYet = string | undefined

export interface Waiting {
  readonly signal: AbortSignal
  progress(text: string): void
}

/** Between two looks: short at first since most things are there within a second, then gentle on the API. */
const gap = (round: number): number => Math.min(100 + round * 25, 500)

/** Resolves once `judge` says nothing. Transport errors count as "not yet" and are shown. */
export async function until({ signal, progress }: Waiting, judge: () => Promise<NotYet>): Promise<void> {
  for (let round = 0; ; round++) {
    if (signal.aborted) throw signal.reason
    const reason = await judge().catch((error: unknown) => {
      if (isTransport(error)) return (error as OvngwError).message
      throw error
    })
    if (reason === undefined) return
    progress(reason)
    await pause(gap(round), signal)
  }
}
