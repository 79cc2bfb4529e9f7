/** The sweep as a plan, and its one write, on recordings: what it shows, and what it may not touch though it was asked to. */
import { expect, test } from 'vitest'
import { planOf } from '../../lib/kernel/runbook.ts'
import type { Command } from '../../lib/proc/command.ts'
import { removeRows } from '../../tasks/remove-rows.ts'
import sweep from '../../tasks/runbooks/sweep.ts'
import { contextOf, type Recording, recording } from './checks/recorded-look.ts'

const planned = async (made: Recording, accept: readonly string[] = []) => {
  const ctx = contextOf(made, { findings: { found: () => {}, accepted: ({ id, object }) => (accept.includes(`${id}:${object}`) ? 'ours' : undefined) } })
  return planOf(sweep, {}, await sweep.facts(ctx, {}))
}
const STRAY = 'NAT row dnat_and_snat 172.56.0.221 → 10.16.0.3'
const GOOD = 'NAT row snat 172.56.0.201 → 10.16.0.2'

test('nothing stray: no step, and it is said', async () => {
  expect(await planned(recording('s27'))).toEqual({ steps: [], changes: [], effects: ['no strays'] })
})

test('twenty rows are shown with the danger of each, the others counted', async () => {
  const { steps, changes, effects } = await planned(recording('s23'))
  const input = steps.find((s) => s.task.name === 'remove-rows')?.input as { rows: string[] } | undefined
  const count = input?.rows.length ?? 0
  expect(changes).toHaveLength(20)
  expect(changes[0]).toMatchObject({ action: 'delete', diff: [expect.stringContaining('no pod has that address')] })
  expect(effects).toContain(`${count - 20} more rows like these, all in the journal`)
})

test('denied lists: only a preflight, and what could not be read', async () => {
  const { steps, changes, effects } = await planned({ ...recording('s13'), others: { 'ovn-fips': 'denied' } })
  expect(steps.map((s) => [s.id, s.task.effect])).toEqual([['preflight', 'read']])
  expect({ changes, effects }).toEqual({ changes: [], effects: [expect.stringContaining('OvnFips')] })
})

test('what was accepted by object is left alone, and said', async () => {
  const { steps, effects } = await planned(recording('s13'), ['nat-strays:172.56.0.221', 'pod-policy:default/pod-snat2'])
  expect(effects).toContain(`${STRAY} is left alone: accepted, ours`)
  // The route of 10.16.0.3 leads the accepted row's packets out.
  expect(steps.find((s) => s.task.name === 'remove-rows')?.input).toEqual({ rows: ['NAT row dnat_and_snat 172.56.0.233 → 10.16.0.3'] })
})

/** What the task writes, asked to remove these rows. */
async function written(made: Recording, rows: string[]): Promise<readonly Command[]> {
  const commands: Command[] = []
  const nb = {
    where: 'nb',
    run: async (command: Command) => {
      commands.push(command)
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  await removeRows.task.apply(contextOf(made, { nb }), { rows }, { rows: null as never, beside: [] }, { given: {}, key: 'k', progress: () => {} })
  return commands
}

test('only what is a stray now is removed, by its UUID and in one transaction', async () => {
  const commands = await written(recording('s13'), [STRAY, 'policy 29250 ip4.src == 10.16.0.5 reroute 172.56.0.1', GOOD])
  expect(commands.map((c) => c.args.slice(1))).toEqual([
    [
      ...['--', '--if-exists', 'remove', 'Logical_Router', 'ovn-cluster', 'nat', '0a37691b-de6f-49e8-b509-d0ad738a6940'],
      ...['--', '--if-exists', 'remove', 'Logical_Router', 'ovn-cluster', 'policies', '9d300aad-29fc-4062-9579-b15598d08981'],
    ],
  ])
})

test('a row that has an owner by now is left, and the step holds all the same', async () => {
  const others = { 'ovn-eips': [{ metadata: { name: 'office' }, spec: { v4Ip: '172.56.0.221' } }] }
  const made: Recording = { ...recording('s13'), others }
  expect(await written(made, [STRAY])).toEqual([])
  expect(await removeRows.task.holds(contextOf(made), { rows: [STRAY] }, { rows: null as never, beside: [] })).toBe(true)
})
