/** Between the run and what shows and keeps it: events are stamped and drawn, notes are on disk before their step is done. */
import type { Journal } from '../journal/file.ts'
import type { Engine } from '../kernel/engine.ts'
import type { Emit } from '../kernel/events.ts'
import type { Listener } from '../report/listener.ts'
import type { App, Hooks } from './app.ts'

export interface Recorder {
  readonly emit: Emit
  readonly hooks: Hooks
  /** The engine, whose steps are done only when their notes are on disk: a recovery card must be there before the NIC is touched. */
  guard(engine: Engine): Engine
}

export function recorderOf(app: App, listener: Listener, journal: Journal): Recorder {
  const emit: Emit = (event) => listener.on(event, app.now())
  let writing: Promise<unknown> = Promise.resolve()
  return {
    emit,
    hooks: {
      found: (step, finding) => emit({ ev: 'finding', step, finding }),
      note: (step, title, text) => {
        emit({ ev: 'note', step, title, text })
        const write = journal.note(step, title, text)
        // awaited by `guard`; a second failure must not become an unhandled rejection
        writing = Promise.all([writing, write])
        writing.catch(() => undefined)
      },
    },
    guard: (engine) => ({
      ...engine,
      step: (id, fn, policy) =>
        engine.step(
          id,
          async (signal) => {
            const value = await fn(signal)
            await writing
            return value
          },
          policy,
        ),
    }),
  }
}
