/** The gateway moves to another node and back: a drill, one that is killed in the middle, and a node that goes down for maintenance. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { DrillRow } from '../../lib/gateway/drill-table.ts'
import { MAINTENANCE } from '../../lib/gateway/names.ts'
import { NODE } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { read } from '../../lib/proc/command.ts'
import { until } from '../standin/world.ts'
import { type Desk, type Moment, sitDown } from './desk.ts'

const EIPS = ['172.56.0.221', '172.56.0.222'] as const

let desk: Desk
let bare: LabSnapshot
let before: Moment
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site({ nodes: ['node1', 'node2'] }, { assignments: EIPS.map((eip, i) => ({ pod: `default/web-${i + 1}`, eip })) })
  await Promise.all(EIPS.map((_, i) => desk.lab.addPod({ name: `web-${i + 1}`, node: `node${i + 1}` })))
  // Both in one go: the gateway, then the pods.
  expect(await desk.ovngw('plan')).toMatchObject({ code: 7, out: expect.stringContaining('once the gateway is there') })
  expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.ovngw('plan')).toMatchObject({ code: 0, out: expect.stringContaining('2 pods are as they should be') })
  before = await desk.moment()
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

const sb = async (...args: readonly string[]): Promise<string> => (await desk.lab.centralRunner().run(read('ovn-sbctl', ...args))).stdout.trim()
/** Name of the chassis that carries the gateway now. */
async function carrier(): Promise<string> {
  const chassis = await sb('--bare', '--columns=chassis', 'find', 'Port_Binding', 'logical_port=cr-ovn-cluster-external')
  return (await sb('get', 'Chassis', chassis, 'name')).replaceAll('"', '')
}
const carriedBy = (node: string): Promise<true> => until(`the gateway is on ${node}`, async () => ((await carrier()) === `${node}-chassis` ? true : undefined))
const answering = async (): Promise<unknown> => Promise.all(EIPS.map((eip) => desk.answers(eip)))
const marked = async (): Promise<readonly string[]> =>
  (await desk.world.kube.list(NODE)).items.flatMap((n) => (n.metadata.annotations?.[MAINTENANCE] === undefined ? [] : [n.metadata.name]))

test('apply --only pods leaves a gateway alone that is not as the inventory says; plan shows both halves', async () => {
  const site = (gateway: object, eip: string): Promise<void> =>
    desk.site(
      { nodes: ['node1', 'node2'], ...gateway },
      {
        assignments: [
          { pod: 'default/web-1', eip },
          { pod: 'default/web-2', eip: EIPS[1] },
        ],
      },
    )
  await site({ address: '172.56.0.101/16' }, '172.56.0.223')
  const { code, out } = await desk.ovngw('plan')
  expect({ code, out }).toMatchObject({ code: 7, out: expect.stringMatching(/\+nic-ip: 172\.56\.0\.101[\s\S]*\+eip: 172\.56\.0\.223/) })
  expect(await desk.ovngw('plan', '--only', 'pods')).toMatchObject({ code: 7, out: expect.not.stringContaining('nic-ip') })
  expect(await desk.ovngw('plan', '--only', 'gateway')).toMatchObject({ code: 7, out: expect.not.stringContaining('+eip') })
  await site({}, EIPS[0])
})

test('drill without a terminal and without --yes is refused: exit 2, nothing written', async () => {
  await desk.stored()
  expect(await desk.ovngw('drill')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') })
  expect(await desk.stored()).toEqual([])
  expect(await desk.moment()).toEqual(before)
})

test('drill moves the gateway and puts it back: every address has a figure both ways and answers, NB is as before', async () => {
  const drilling = desk.start('drill', '--yes', '--window', '3', '-o', 'json')
  await carriedBy('node2')
  const { code, err } = await drilling.over
  expect({ code, err, carrier: await carrier(), answering: await answering() }).toEqual({ code: 0, err: '', carrier: 'node1-chassis', answering: [true, true] })
  expect(await desk.moment()).toEqual(before)
  const { results } = JSON.parse((await desk.ovngw('show', 'last', '-o', 'json')).out) as { results: { 'drill-result': { rows: readonly DrillRow[] } } }
  const { rows } = results['drill-result']
  expect(rows.map((r) => r.address)).toEqual(expect.arrayContaining(['172.56.0.100', ...EIPS, '172.56.0.1']))
  for (const { moving, back } of rows) expect([moving, back]).toEqual(Array(2).fill({ ms: expect.any(Number), more: false }))
  expect((await desk.ovngw('show', 'last')).out).toMatch(/172\.56\.0\.221 +\d+ ms +\d+ ms +16:52:f3:13:6a:25 +same +same +default\/web-1/)
})

test('a drill that is killed while the gateway is away: rollback brings it back, exactly', async () => {
  const drilling = desk.start('drill', '--yes')
  await carriedBy('node2')
  await drilling.kill()
  expect(await carrier()).toBe('node2-chassis')
  expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
  expect({ carrier: await carrier(), answering: await answering() }).toEqual({ carrier: 'node1-chassis', answering: [true, true] })
  expect(await desk.moment()).toEqual(before)
})

test('maintain drains a node and proves it; meanwhile nothing else moves the gateway, nor may the last node go', async () => {
  expect(await desk.ovngw('maintain', 'node1', '--yes')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('ovngw maintain --done node1') })
  expect({ carrier: await carrier(), answering: await answering(), marked: await marked() }).toEqual({
    carrier: 'node2-chassis',
    answering: [true, true],
    marked: ['node1'],
  })
  expect(await desk.ovngw('show', 'last')).toMatchObject({ code: 0, out: expect.stringContaining('ovngw maintain --done node1') })
  await desk.stored()
  for (const command of [['drill'], ['maintain', 'node2'], ['change']])
    expect(await desk.ovngw(...command, '--yes'), command.join(' ')).toMatchObject({ code: 3, err: expect.stringContaining('ovngw maintain --done node1') })
  expect(await desk.stored()).toEqual([])
})

test('maintain --done puts it back, from a machine that has no journal of it', async () => {
  await rm(desk.stateDir, { recursive: true })
  expect(await desk.ovngw('maintain', '--done', '--yes')).toMatchObject({ code: 0, err: '' })
  expect({ carrier: await carrier(), answering: await answering(), marked: await marked() }).toEqual({
    carrier: 'node1-chassis',
    answering: [true, true],
    marked: [],
  })
  expect(await desk.moment()).toEqual(before)
  expect(await desk.ovngw('maintain', '--done', '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do') })
})
