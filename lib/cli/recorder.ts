/** Between the run and what shows and keeps it: events are stamped and drawn, notes are on disk before their step is done. */
import type { Journal } from '../journal/file.ts'
import type { Finding } from '../kernel/check.ts'
import type { Engine } from '../kernel/engine.ts'
import type { Emit } from '../kernel/events.ts'
import { nameOfStep } from '../kernel/runbook.ts'
import type { Listener } from '../report/listener.ts'
import type { App, Hooks } from './app.ts'

/** The step in which runbooks prove with packets. */
const PACKETS = 'packets'

export interface Recorder {
  readonly emit: Emit
  hooks(step: string): Hooks
  /** The engine, whose steps are done only when their notes are on disk: a recovery card must be there before the NIC is touched. */
  guard(engine: Engine): Engine
  /** A step asked for packets and none answered nor failed: what was done is not proved on the wire. */
  unproved(): boolean
}

export function recorderOf(app: App, listener: Listener, journal: Journal): Recorder {
  const emit: Emit = (event) => listener.on(event, app.now())
  let writing: Promise<unknown> = Promise.resolve()
  const packets = new Set<Finding['outcome']>()
  return {
    emit,
    unproved: () => packets.size > 0 && !packets.has('pass'),
    hooks: (step) => ({
      found: (finding) => {
        if (nameOfStep(step) === PACKETS) packets.add(finding.outcome)
        emit({ ev: 'finding', step, finding })
      },
      note: (title, text) => {
        emit({ ev: 'note', step, title, text })
        const write = journal.note(step, title, text)
        // awaited by `guard`; a second failure must not become an unhandled rejection
        writing = Promise.all([writing, write])
        writing.catch(() => undefined)
      },
    }),
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
