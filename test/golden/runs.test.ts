/** How runs look once they are over, drawn from what real ones told (record.ts): on a terminal, and without one. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { eventSchema } from '../../lib/cli/events-schema.ts'
import type { StampedEvent } from '../../lib/report/json.ts'
import type { Listener } from '../../lib/report/listener.ts'
import type { Out } from '../../lib/report/out.ts'
import { plainListener } from '../../lib/report/plain.ts'
import { terminalListener } from '../../lib/report/terminal.ts'
import { expectLooks } from './looks.ts'
import { unseenRows } from './session.ts'

const RUNS = fileURLToPath(new URL('../fixtures/runs/', import.meta.url))
const names = readdirSync(RUNS).map((file) => file.replace('.jsonl', ''))

const eventsOf = (name: string): readonly StampedEvent[] =>
  readFileSync(`${RUNS}${name}.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StampedEvent)

async function drawn(
  events: readonly StampedEvent[],
  listenerOn: (out: Out, options: { readonly verbose: boolean }) => Listener,
  out: Omit<Out, 'write'>,
): Promise<string> {
  using _unseen = unseenRows()
  const screen: string[] = []
  const listener = listenerOn({ ...out, write: (text) => void screen.push(text) }, { verbose: false })
  for (const event of events) listener.on(event, new Date(event.at))
  await listener.close()
  return screen.join('')
}

describe.each(names)('run %s', (name) => {
  const events = eventsOf(name)

  test('was told in the form that is published, findings and notes under a step that had begun', () => {
    for (const event of events) expect(eventSchema.parse(event)).toEqual(event)
    const begun = new Set(['restored', ...events.flatMap((e) => (e.ev === 'step-started' ? [e.step] : []))])
    expect(events.flatMap((e) => (e.ev === 'finding' || e.ev === 'note' ? [e.step] : [])).filter((step) => !begun.has(step))).toEqual([])
  })

  test.each([80, 120])('at %i columns', async (columns) => {
    const [plain, coloured] = [
      await drawn(events, terminalListener, { columns, color: false }),
      await drawn(events, terminalListener, { columns, color: true }),
    ]
    await expectLooks(`run-${name}`, { columns, plain, coloured })
  })

  test('without a terminal', async () => {
    await expect(await drawn(events, plainListener, { columns: undefined, color: false })).toMatchFileSnapshot(`screens/run-${name}.txt`)
  })
})
