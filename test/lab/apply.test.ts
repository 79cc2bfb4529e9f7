/** The inventory is the one place that says which pod has which address: apply, pods, drift, on the lab, with packets where a pod has an interface. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { POD } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { until } from '../standin/world.ts'
import { type Desk, sitDown } from './desk.ts'
import { answering } from './hand.ts'

/** Pods without an interface, beside four that have one. `npm run test:scale` takes 2,000. */
const MANY = Number(process.env['OVNGW_PODS'] ?? 40)
const LIMIT = 120_000 + MANY * 400
const WHOLE = MANY + 4

let desk: Desk
let bare: LabSnapshot
/** Whole tables of NB before the first pod had an address. */
let before: readonly string[]
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  expect(await desk.ovngw('apply', '--only', 'gateway', '--yes')).toMatchObject({ code: 0, err: '' })
  await desk.lab.addPod({ name: 'web-0', node: 'node1' })
  await desk.lab.addPod({ name: 'web-1', node: 'node2' })
  await desk.lab.addPod({ name: 'bulk-a', node: 'node1', labels: { app: 'bulk', tier: 'a' } })
  await desk.lab.addPod({ name: 'bulk-b', node: 'node2', labels: { app: 'bulk', tier: 'b' } })
  const spec = (i: number): object => ({ nodeName: `node${(i % 2) + 1}`, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] })
  for (let i = 0; i < MANY; i++) {
    const labels = { app: 'bulk', tier: i % 2 === 0 ? 'a' : 'b' }
    await desk.world.kube.create(POD, { metadata: { namespace: 'default', name: `bulk-${i}`, labels }, spec: spec(i) })
  }
  await until(
    'all pods run',
    async () =>
      (await desk.world.kube.list(POD, { labelSelector: 'app=bulk', fieldSelector: 'status.phase=Running' })).items.length === MANY + 2 ? true : undefined,
    LIMIT,
  )
  // Somebody's own, for a whole network: it stays through everything.
  await desk.nb('lr-nat-add', 'ovn-cluster', 'snat', '172.56.0.9', '10.99.0.0/24')
  before = await tables()
}, LIMIT)
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
}, LIMIT)

/** Every row of the tables ovngw has rows taken from or put into, all columns. */
const tables = async (): Promise<readonly string[]> => {
  const lists = ['NAT', 'Logical_Router_Policy', 'Logical_Router_Static_Route'].flatMap((table) => ['--', 'list', table])
  return (await desk.nb('--no-headings', '--format=csv', ...lists)).split('\n').toSorted()
}
const nats = (): Promise<string> => desk.nb('--no-headings', '--format=csv', '--data=bare', '--columns=external_ip,logical_ip', 'list', 'NAT')
const verdicts = async (): Promise<Readonly<Record<string, number>>> => {
  const counts: Record<string, number> = {}
  for (const { verdict } of await desk.pods()) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

type Ranges = readonly [a: string, b: string]
/** The site with two pools of these ranges, and these assignments. */
const assign = ([a, b]: Ranges, ...assignments: readonly object[]): Promise<void> =>
  desk.site(
    {},
    {
      pools: [
        { name: 'a', ranges: [a] },
        { name: 'b', ranges: [b] },
      ],
      assignments,
    },
  )
const tier = (name: string): object => ({ select: { namespace: 'default', labels: { tier: name } }, eip: { pool: name } })
const BULK = [tier('a'), tier('b')]
const ONE = { pod: 'default/web-0', eip: '172.56.0.210' }
const TWO = { pod: 'default/web-1', snat: '172.56.0.211' }
const [FIRST, SECOND, THIRD]: readonly [Ranges, Ranges, Ranges] = [
  ['172.56.3.0-172.56.7.255', '172.56.8.0-172.56.12.255'],
  ['172.56.13.0-172.56.17.255', '172.56.18.0-172.56.22.255'],
  ['172.56.23.0-172.56.27.255', '172.56.28.0-172.56.32.255'],
]

/** The two with an interface have an address of their pool, answer under it and leave as it. */
async function pooled([a, b]: readonly [a: RegExp, b: RegExp]): Promise<void> {
  const given = async (pod: string): Promise<string> => (await desk.pods(`default/${pod}`))[0]?.annotated ?? ''
  const [eipA, eipB] = [await given('bulk-a'), await given('bulk-b')]
  expect([eipA, eipB]).toEqual([expect.stringMatching(a), expect.stringMatching(b)])
  await answering(desk, { [eipA]: true, [eipB]: true })
  expect([await desk.seenAs('bulk-a'), await desk.seenAs('bulk-b')]).toEqual([eipA, eipB])
}

describe('apply', () => {
  test('plan, of everything, says 7, what it gives to whom, and changes nothing', async () => {
    await assign(FIRST, ...BULK, ONE, TWO)
    await desk.stored()
    const { code, out } = await desk.ovngw('plan')
    expect({ code, out }).toMatchObject({ code: 7, out: expect.stringContaining(`${WHOLE} get an address, 0 pods are as they should be`) })
    expect(await desk.ovngw('drift', '--exit-code')).toMatchObject({ code: 7 })
    expect(await desk.stored()).toEqual([])
    expect(await verdicts()).toEqual({ new: WHOLE })
  })

  test('gives every pod its address in waves, each proved', { timeout: LIMIT }, async () => {
    const { code, out, err } = await desk.ovngw('apply', '--yes', '--wave', '50%,100%')
    expect({ code, err }, out).toEqual({ code: 0, err: '' })
    expect(out).toContain('wave 2 of 2')
    expect(await verdicts()).toEqual({ agrees: WHOLE })
    expect(new Set((await desk.pods()).map((p) => p.annotated)).size).toBe(WHOLE)
    expect([await desk.seenAs('web-0'), await desk.answers('172.56.0.210'), await desk.seenAs('web-1')]).toEqual(['172.56.0.210', true, '172.56.0.211'])
    await pooled([/^172\.56\.[3-7]\./, /^172\.56\.(8|9|1[0-2])\./])
    expect(await desk.ovngw('drift', '--exit-code')).toMatchObject({ code: 0 })
  })

  test('a second time there is nothing to do: 0 writes, also when the file is written in another order', async () => {
    await assign(FIRST, TWO, ...BULK, ONE)
    await desk.stored()
    expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('nothing to do') })
    expect(await desk.stored()).toEqual([])
  })

  test('a pod made again under another name gets another address of the pool, its old one stays free of rows', async () => {
    const [gone] = await desk.pods('default/bulk-0')
    await desk.world.deletePod('bulk-0')
    await desk.world.createPod('bulk-new', 'node1', {})
    await desk.world.kube.patch(POD, { namespace: 'default', name: 'bulk-new' }, { metadata: { labels: { app: 'bulk', tier: 'a' } } })
    await expect
      .poll(async () => (await desk.world.kube.get(POD, { namespace: 'default', name: 'bulk-new' })).metadata.annotations?.['ovn.kubernetes.io/routed'], {
        timeout: 30_000,
      })
      .toBe('true')
    expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, err: '' })
    const [fresh] = await desk.pods('default/bulk-new')
    expect(fresh).toMatchObject({ verdict: 'agrees' })
    expect(fresh?.annotated).not.toBe(gone?.annotated)
    expect(await nats()).not.toContain(`${gone?.annotated},`)
  })

  test('an annotation somebody else wrote is shown, never overwritten unasked; --adopt takes it over', async () => {
    const other = { namespace: 'default', name: 'web-0' }
    const hand = await connect({ kubeconfig: desk.lab.kubeconfig, fieldManager: 'kubectl-annotate' })
    await hand.patch(POD, other, { metadata: { annotations: { 'ovn.kubernetes.io/eip': '172.56.0.213', 'ovn.kubernetes.io/routed': null } } })
    await hand.close()
    expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('default/web-0 is left alone (foreign)') })
    expect((await desk.pods('default/web-0'))[0]).toMatchObject({ annotated: '172.56.0.213', verdict: 'foreign' })
    expect(await desk.ovngw('apply', '--yes', '--adopt')).toMatchObject({ code: 0, err: '' })
    expect((await desk.pods('default/web-0'))[0]).toMatchObject({ annotated: '172.56.0.210', verdict: 'agrees' })
    expect([await desk.answers('172.56.0.210'), await desk.answers('172.56.0.213')]).toEqual([true, false])
  })

  test('a change of all addresses leaves no old one alive (R12)', { timeout: LIMIT }, async () => {
    await assign(SECOND, ...BULK, { ...ONE, eip: '172.56.0.212' }, TWO)
    expect(await desk.ovngw('plan', 'apply', '--out', 'plan.json')).toMatchObject({ code: 7, err: '' })
    expect(await desk.ovngw('apply', 'plan.json', '--yes', '--wave', '100%')).toMatchObject({ code: 0, err: '' })
    expect(await verdicts()).toEqual({ agrees: WHOLE })
    expect(await nats()).not.toMatch(/172\.56\.([3-9]|1[0-2])\./)
    await pooled([/^172\.56\.1[3-7]\./, /^172\.56\.(1[89]|2[0-2])\./])
    expect([await desk.answers('172.56.0.212'), await desk.answers('172.56.0.210')]).toEqual([true, false])
  })

  test('a plan in a file is done once: then there is nothing to do, and when it no longer fits it is refused', async () => {
    expect(await desk.ovngw('apply', 'plan.json', '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('nothing to do') })
    await assign(THIRD, ...BULK, { ...ONE, eip: '172.56.0.212' }, TWO)
    await desk.stored()
    expect(await desk.ovngw('apply', 'plan.json', '--yes')).toMatchObject({ code: 3, err: expect.stringContaining('no longer fits') })
    expect(await desk.ovngw('apply', 'inventory/lab.yaml', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('no plan of apply') })
    expect(await desk.stored()).toEqual([])
  })

  test('a swap is given on in order, so that no address ever has two owners', async () => {
    await assign(SECOND, ...BULK, { pod: 'default/web-1', eip: '172.56.0.212' }, { ...ONE, eip: '172.56.0.214' })
    const { code, out, err } = await desk.ovngw('apply', '--yes', '--wave', '100%')
    expect({ code, err }, out).toEqual({ code: 0, err: '' })
    expect(out).toContain('wave 2 of 2')
    expect([await desk.seenAs('web-0'), await desk.seenAs('web-1')]).toEqual(['172.56.0.214', '172.56.0.212'])
  })

  test('a wave that may not begin any more undoes nothing that is proved: exit 4, the rest later', async () => {
    await assign(SECOND, ...BULK, { pod: 'default/web-1', eip: '172.56.0.215' }, { ...ONE, eip: '172.56.0.216' })
    const until = new Date(Date.now() + 6_000).toISOString()
    const { code, err } = await desk.ovngw('apply', '--yes', '--wave', '1', '--pause', '8', '--until', until)
    expect({ code, err }).toMatchObject({ code: 4, err: expect.stringContaining('the change window closed') })
    expect(await verdicts()).toEqual({ agrees: WHOLE - 1, change: 1 })
    expect([await desk.seenAs('web-0'), await desk.seenAs('web-1')]).toEqual(['172.56.0.216', '172.56.0.212'])
  })

  test('a rollback of it puts its pods back', async () => {
    expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
    expect([await desk.seenAs('web-0'), await desk.seenAs('web-1')]).toEqual(['172.56.0.214', '172.56.0.212'])
  })

  test('without assignments everything is released: NB as before, row for row', { timeout: LIMIT }, async () => {
    await assign(FIRST)
    expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await desk.pods()).toEqual([])
    expect(await tables()).toEqual(before)
    expect(await desk.answers('172.56.0.212')).toBe(false)
  })

  test('wrong sizes of waves are refused: exit 2, nothing written', async () => {
    await desk.stored()
    expect(await desk.ovngw('apply', '--yes', '--wave', '5,0%')).toMatchObject({ code: 2, err: expect.stringContaining('--wave') })
    expect(await desk.stored()).toEqual([])
  })
})
