/** Who draws a run. Listeners get every event with its time, and are told when a question is about to be asked. */
import type { RunEvent } from '../kernel/events.ts'

export interface Listener {
  on(event: RunEvent, at: Date): void
  /** Before a question: live drawing stops, the plan is on screen. */
  settle(): Promise<void>
  /** Everything is drawn; nothing comes after. */
  close(): Promise<void>
}

/** One listener of many. A listener that throws is left out from then on: drawing never ends a run. */
export function fanOut(listeners: readonly Listener[], broken: (error: unknown) => void): Listener {
  const dead = new Set<Listener>()
  const all = async (act: (l: Listener) => Promise<void> | void): Promise<void> => {
    for (const l of listeners) {
      if (dead.has(l)) continue
      try {
        await act(l)
      } catch (error) {
        dead.add(l)
        broken(error)
      }
    }
  }
  return {
    on: (event, at) => {
      for (const l of listeners) {
        if (dead.has(l)) continue
        try {
          l.on(event, at)
        } catch (error) {
          dead.add(l)
          broken(error)
        }
      }
    },
    settle: () => all((l) => l.settle()),
    close: () => all((l) => l.close()),
  }
}
