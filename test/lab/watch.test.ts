/** `ovngw watch`: after a restart of Kube-OVN's controller (R31) and after a pod was made again, everything answers again by itself. */
import pMap from 'p-map'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { pings } from '../../lib/gateway/wire.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { until } from '../standin/world.ts'
import { type Background, type Desk, sitDown } from './desk.ts'
import { type Pinging, pinging } from './pinging.ts'

/** Pods with an interface and an EIP. `npm run test:scale` takes 200. */
const EIPS = Number(process.env['OVNGW_EIPS'] ?? 12)
const LIMIT = 120_000 + EIPS * 2_000
/** Time for a repair of all. */
const REPAIR = 60_000 + EIPS * 500

const pods = Array.from({ length: EIPS }, (_, i) => ({
  name: `web-${i}`,
  node: `node${(i % 2) + 1}`,
  eip: `172.56.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`,
}))

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site({}, { assignments: pods.map(({ name, eip }) => ({ pod: `default/${name}`, eip })) })
  await pMap(pods, ({ name, node }) => desk.lab.addPod({ name, node, serve: false }), { concurrency: 4 })
  for (const runbook of ['install', 'apply']) expect(await desk.ovngw(runbook, '--yes')).toMatchObject({ code: 0, err: '' })
}, LIMIT)
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
}, LIMIT)

const pingAll = (): Pinging =>
  pinging(
    desk.lab,
    pods.map((p) => p.eip),
  )
/** Until so many of those asked do not answer. */
const silent = (ping: Pinging, count: number, within = 30_000): Promise<true> =>
  until(`${count} EIPs are silent`, async () => (ping.silent().length === count ? true : undefined), within)
const says = (at: Background, what: RegExp, within = 60_000): Promise<true> =>
  until(`${what} in what it says`, async () => (what.test(at.out()) ? true : undefined), within)

test('without --repair it tells what is lost, and changes nothing', { timeout: LIMIT }, async () => {
  await using ping = pingAll()
  await silent(ping, 0)
  await desk.stored()
  const watching = desk.start('watch', '--every', '1s')
  await says(watching, /watching the pods of site lab\n/)
  await desk.world.restartController()
  await says(watching, /default\/web-0 again: /)
  const { code, err } = await watching.stop()
  await silent(ping, EIPS)
  expect({ code, err, stored: await desk.stored() }).toEqual({ code: 0, err: '', stored: [] })
})

test('--timeout ends it: exit 3, and it says so', async () => {
  expect(await desk.ovngw('watch', '--timeout', '1s')).toMatchObject({ code: 3, err: 'error: not finished within --timeout 1s\n' })
})

test('with --repair lost next hops are back (R31): every EIP answers again', { timeout: LIMIT }, async () => {
  const watching = desk.start('watch', '--repair', '--every', '1s')
  await says(watching, /as wanted again/, REPAIR)
  await using ping = pingAll()
  await silent(ping, 0)
  await desk.world.restartController()
  await says(watching, /as wanted again[\s\S]*as wanted again/, REPAIR)
  await silent(ping, 0)
  const losses = ping.losses()
  expect(losses).toHaveLength(EIPS)
  const [median, worst] = [losses[Math.floor(EIPS / 2)], losses.at(-1)].map((s) => s?.toFixed(1))
  process.stderr.write(`watch: the controller restarted under ${EIPS} EIPs, all answer again; lost: median ${median} s, worst ${worst} s\n`)
  expect(await watching.stop()).toMatchObject({ code: 0, err: '' })
})

test('with --repair a row nobody asks for is taken away (R12)', async () => {
  const watching = desk.start('watch', '--repair', '--every', '1s')
  await says(watching, /watching/)
  const inside = (await desk.lab.pods()).find((p) => p.name === 'web-0')?.ip ?? ''
  await desk.nb('lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.9.9', inside)
  await says(watching, /web-0 stray: [^\n]*172\.56\.9\.9[\s\S]*default\/web-0 as wanted again/)
  expect(await desk.nb('find', 'NAT', 'external_ip=172.56.9.9')).toBe('')
  expect(await watching.stop()).toMatchObject({ code: 0, err: '' })
})

test('with --repair a pod made again under its name gets its address back', async () => {
  const watching = desk.start('watch', '--repair', '--every', '1s')
  await says(watching, /watching/)
  await desk.world.deletePod('web-1')
  await desk.lab.addPod({ name: 'web-1', node: 'node1', serve: false })
  // Each ping is a new one: OVN sends what belongs to an old one to the address the pod had before.
  const answers = async (): Promise<true | undefined> => ((await pings(desk.lab.outsideRunner(), '172.56.1.2', AbortSignal.timeout(10_000))) ? true : undefined)
  await until('the new pod answers', answers, 60_000)
  expect(await watching.stop()).toMatchObject({ code: 0, err: '' })
})
