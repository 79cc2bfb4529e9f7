import { expect, test } from 'vitest'
import { eventJsonSchema, eventSchema, kindsOfEvents } from '../../lib/cli/events-schema.ts'
import type { RunEvent } from '../../lib/kernel/events.ts'
import { stamp } from '../../lib/report/json.ts'
import { at, BROKEN, HAPPY } from './events.ts'

test('docs/events.schema.json is what the code says (after a change: npx vitest run -u test/report/schema.test.ts)', async () => {
  await expect(`${JSON.stringify(eventJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../docs/events.schema.json')
})

test('every line of a run has the published form, with nothing the form does not name', () => {
  const lines = [...HAPPY, ...BROKEN].map(([ms, e]) => JSON.parse(JSON.stringify(stamp(e, at(ms)))) as object)
  for (const line of lines) expect(eventSchema.parse(line)).toEqual(line)
  expect(new Set(lines.map((l) => (l as { ev: string }).ev))).toEqual(new Set(Object.keys(KINDS)))
})

/** Complete by its type: a new event of the kernel does not compile without its name here. */
const KINDS: Readonly<Record<RunEvent['ev'], true>> = {
  'run-started': true,
  planned: true,
  'step-started': true,
  'step-progress': true,
  finding: true,
  note: true,
  'step-done': true,
  'step-failed': true,
  'rollback-started': true,
  'run-ended': true,
}

test('every event of the kernel has a form', () => {
  expect(new Set(kindsOfEvents)).toEqual(new Set(Object.keys(KINDS)))
})

test('a line of another form is refused', () => {
  expect(eventSchema.safeParse({ v: 1, at: at(0).toISOString(), ev: 'finding', step: 'x', finding: { id: 'a' } }).success).toBe(false)
  expect(eventSchema.safeParse({ v: 2, at: at(0).toISOString(), ev: 'step-progress', step: 'x', text: '' }).success).toBe(false)
})
