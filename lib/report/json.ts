/** JSON lines: one object an event, `v` is the version of the form (docs/events.schema.json), `at` the time it was seen. */
import type { RunEvent } from '../kernel/events.ts'
import type { Listener } from './listener.ts'
import type { Out } from './out.ts'

export type StampedEvent = RunEvent & { readonly v: 1; readonly at: string }

export const stamp = (event: RunEvent, at: Date): StampedEvent => ({ v: 1, at: at.toISOString(), ...event })

export const jsonListener = (out: Out): Listener => ({
  on: (event, at) => out.write(`${JSON.stringify(stamp(event, at))}\n`),
  settle: async () => {},
  close: async () => {},
})
