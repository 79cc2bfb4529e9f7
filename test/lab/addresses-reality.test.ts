/**
 * What Kube-OVN makes of pods' annotations (design/reality.md) beside an inventory: produced by hand, as with kubectl; told by `ovngw pods`,
 * `drift` and `check`; mended by `ovngw apply`, with packets. Every fact of addresses, and the tests that show it:
 *
 * | fact | here | elsewhere |
 * |---|---|---|
 * | R12 the old EIP stays alive | seen by pods and drift, apply | sweep.test.ts: sweep; reality.test.ts: the printed assign; apply.test.ts: all pods at once |
 * | R13 nothing happens while routed is kept | an EIP changed, a SNAT added, apply | |
 * | R14 an EIP twice | refused in the file; by hand: apply --adopt | reality.test.ts: refused by assign; the printed release |
 * | R15 values no pod can have | six of them by hand, apply --adopt | reality.test.ts: refused by assign; the printed release |
 * | R16 routed=true proves nothing | NAT rows gone under it, apply | |
 * | R17 the policy stays | | sweep.test.ts: sweep; reality.test.ts: the printed release; both with untranslated packets |
 * | R18 rows of a pod that is gone | the next pod exposed, seen by pods and drift, apply | sweep.test.ts: sweep before and after the address has its next pod |
 * | R19 a shared SNAT; an EIP that is one | no finding, packets of both; refused in the file and by assign; by hand: apply --adopt | |
 */
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { Finding } from '../../lib/kernel/check.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, type PodRow, sitDown } from './desk.ts'
import { answering, byHand, EIP, type Hand, IP, ROUTED, SNAT } from './hand.ts'
import { OUTSIDE } from './site.ts'

const [OLD, NEW, OWN, SHARED] = ['172.56.0.221', '172.56.0.222', '172.56.0.223', '172.56.0.230']
/** Checks of what pods ask for and get; silent where all is well. */
const CHECKS = ['pod-reach', 'pod-address-values', 'pod-duplicates', 'pod-nat', 'pod-policy', 'routed-truth', 'nat-strays']

let desk: Desk
let hand: Hand
let bare: LabSnapshot
/** web has EIP OLD, crawler leaves as SHARED, as the inventory says; batch has nothing. */
let served: LabSnapshot
let ip: Readonly<Record<'web' | 'crawler' | 'batch', string>>
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  hand = await byHand(desk)
  bare = await desk.lab.snapshot()
  const add = async (name: string, node: string): Promise<string> => (await desk.lab.addPod({ name, node })).ip
  ip = { web: await add('web', 'node1'), crawler: await add('crawler', 'node2'), batch: await add('batch', 'node1') }
  await assign()
  for (const runbook of ['install', 'apply']) expect(await desk.ovngw(runbook, '--yes')).toMatchObject({ code: 0, err: '' })
  served = await desk.lab.snapshot()
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await hand.close()
  await desk.close()
})
beforeEach(async () => {
  await desk.lab.restore(served)
  await assign()
})

/** The inventory: crawler's SNAT, web's EIP, and what else is given. */
const assign = (eip = OLD, ...more: readonly object[]): Promise<void> =>
  desk.site({}, { assignments: [{ pod: 'default/web', eip }, { pod: 'default/crawler', snat: SHARED }, ...more] })

/** `pods` shows these, and nothing else differs: what `drift` shows are the same pods, exit 7. */
async function differing(...rows: readonly Partial<PodRow>[]): Promise<void> {
  const [shown, { code, out }] = await Promise.all([desk.pods(), desk.ovngw('drift', '--exit-code', '-o', 'csv')])
  const other = shown.filter((r) => r.verdict !== 'agrees')
  expect(other).toMatchObject(rows)
  const [, ...drifted] = out.trim().split('\r\n')
  expect({ code, drifted }).toEqual({ code: 7, drifted: other.map((r) => expect.stringMatching(`^${r.pod},`)) })
}

/** What the check does not pass, by object; it wrote nothing. */
async function found(id: string, outcome: 'fail' | 'warn' = 'fail'): Promise<readonly Pick<Finding, 'object' | 'detail'>[]> {
  await desk.stored()
  const { code, findings } = await desk.hear('check', id)
  expect({ code, stored: await desk.stored() }).toEqual({ code: outcome === 'fail' ? 3 : 0, stored: [] })
  return findings.filter((f) => f.id === id && f.outcome === outcome)
}

/** Nothing differs and no check has anything to say. */
async function agreed(): Promise<void> {
  const [drift, { code, findings }] = await Promise.all([desk.ovngw('drift', '--exit-code'), desk.hear('check', ...CHECKS)])
  expect(drift).toMatchObject({ code: 0, err: '' })
  expect({ code, said: findings.filter((f) => f.outcome !== 'pass').map((f) => [f.id, f.detail]) }).toEqual({ code: 0, said: [] })
}

async function applied(...args: readonly string[]): Promise<void> {
  const { code, err, out } = await desk.ovngw('apply', '--yes', ...args)
  expect({ code, err }, out).toEqual({ code: 0, err: '' })
  await agreed()
}

const nb = (): Promise<string> => desk.nb('list', 'NAT', '--', 'list', 'Logical_Router_Policy')
interface Packets {
  /** Does the outside host get an answer at an address? */
  readonly answers?: Readonly<Record<string, boolean>>
  /** As whom does the outside see a pod? undefined: it does not get out. */
  readonly leave?: Readonly<Record<string, string | undefined>>
}
async function packets({ answers = {}, leave = {} }: Packets): Promise<void> {
  const seen = async (): Promise<object> => Object.fromEntries(await Promise.all(Object.keys(leave).map(async (pod) => [pod, await desk.seenAs(pod)] as const)))
  await Promise.all([answering(desk, answers), expect.poll(seen, { timeout: 10_000 }).toEqual(leave)])
}

test('R12: an EIP changed the documented way, in the file too', async () => {
  await assign(NEW)
  await hand.annotate('web', { [EIP]: NEW, [ROUTED]: null })
  await packets({ answers: { [OLD]: true, [NEW]: true } })
  const why = `OVN also has dnat_and_snat ${OLD} → ${ip.web}, which nobody asks for`
  await differing({ pod: 'default/web', wanted: NEW, annotated: NEW, 'in-ovn': expect.stringContaining(OLD), verdict: 'stray', why })
  expect(await found('pod-nat')).toMatchObject([{ object: 'default/web', detail: `OVN has dnat_and_snat ${OLD} → ${ip.web}, which nobody asks for` }])
  await applied()
  await packets({ answers: { [OLD]: false, [NEW]: true }, leave: { web: NEW, crawler: SHARED } })
})

test('R13: an EIP changed and a SNAT added while routed is kept: nothing happens until apply', async () => {
  await assign(NEW, { pod: 'default/batch', snat: SHARED })
  const before = await nb()
  await hand.annotate('web', { [EIP]: NEW })
  await hand.annotate('batch', { [SNAT]: SHARED })
  expect([await nb(), await hand.isRouted('web'), await hand.isRouted('batch')]).toEqual([before, true, true])
  await packets({ answers: { [OLD]: true, [NEW]: false } })
  const [eip, snat] = [`dnat_and_snat ${NEW} → ${ip.web}`, `snat ${SHARED} → ${ip.batch}`]
  await differing(
    { pod: 'default/batch', annotated: `snat ${SHARED}`, 'in-ovn': '', verdict: 'again', why: `no NAT row ${snat} yet` },
    { pod: 'default/web', annotated: NEW, 'in-ovn': OLD, verdict: 'again', why: `no NAT row ${eip} yet` },
  )
  expect((await found('routed-truth', 'warn')).map((f) => f.detail).toSorted()).toEqual([
    `it says routed=true, OVN has no ${eip}`,
    `it says routed=true, OVN has no ${snat}`,
  ])
  await applied()
  await packets({ answers: { [OLD]: false, [NEW]: true }, leave: { web: NEW, crawler: SHARED, batch: SHARED } })
})

test('R14: an EIP twice: not in a file; by hand it is found, left alone by apply and taken back by apply --adopt', async () => {
  await assign(OLD, { pod: 'default/batch', eip: OLD })
  expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining(`${OLD} is an EIP already (assignments[0].eip)`) })
  await assign()
  await hand.annotate('crawler', { [EIP]: OLD, [SNAT]: null, [ROUTED]: null })
  await packets({ leave: { web: OLD, crawler: undefined } })
  expect(await hand.isRouted('crawler')).toBe(true)
  await differing({ pod: 'default/crawler', wanted: `snat ${SHARED}`, annotated: OLD, 'in-ovn': '', verdict: 'foreign' })
  expect(await found('pod-duplicates')).toMatchObject([{ object: OLD, detail: expect.stringMatching(/default\/web \(EIP, served\)/) }])
  expect(await found('pod-nat')).toMatchObject([{ object: 'default/crawler', detail: `OVN has no dnat_and_snat ${OLD} → ${ip.crawler}` }])
  expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 0, out: expect.stringContaining('default/crawler is left alone (foreign)') })
  await applied('--adopt')
  await packets({ answers: { [OLD]: true }, leave: { web: OLD, crawler: SHARED } })
})

test('R15: values no pod can have get routed=true, each is named, and apply --adopt leaves none of their rows', async () => {
  for (const value of ['172.56.0.300', 'not-an-ip', 'fd00::1', '10.99.0.1', '172.56.0.100', OUTSIDE]) {
    await hand.annotate('crawler', { [EIP]: value, [SNAT]: null, [ROUTED]: null })
    expect(await hand.isRouted('crawler'), value).toBe(true)
    expect(await found('pod-address-values')).toMatchObject([{ object: 'default/crawler', detail: expect.stringContaining(value) }])
  }
  // The physical gateway's own address is a live NAT row by now: the worst of them.
  expect(await desk.nb('find', 'NAT', `external_ip="${OUTSIDE}"`)).not.toBe('')
  await differing({ pod: 'default/crawler', annotated: OUTSIDE, verdict: 'foreign' })
  await applied('--adopt')
  await packets({ answers: { [OLD]: true }, leave: { web: OLD, crawler: SHARED } })
})

test('R16: routed=true is not believed where the NAT row is gone', async () => {
  await desk.nb('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', OLD)
  await desk.nb('lr-nat-del', 'ovn-cluster', 'snat', ip.crawler)
  await packets({ answers: { [OLD]: false }, leave: { crawler: undefined } })
  expect([await hand.isRouted('web'), await hand.isRouted('crawler')]).toEqual([true, true])
  await differing(
    { pod: 'default/crawler', annotated: `snat ${SHARED}`, 'in-ovn': '', verdict: 'again', why: `no NAT row snat ${SHARED} → ${ip.crawler} yet` },
    { pod: 'default/web', annotated: OLD, 'in-ovn': '', verdict: 'again', why: `no NAT row dnat_and_snat ${OLD} → ${ip.web} yet` },
  )
  expect((await found('pod-nat')).map((f) => f.object).toSorted()).toEqual(['default/crawler', 'default/web'])
  await applied()
  await packets({ answers: { [OLD]: true }, leave: { web: OLD, crawler: SHARED } })
})

test('R18: whoever gets the address of a pod that is gone is reached under its old EIP too, until apply', async () => {
  await hand.annotate('web', { [EIP]: NEW, [ROUTED]: null })
  await hand.remove('web')
  const stray = `dnat_and_snat ${OLD} → ${ip.web}`
  expect(await found('nat-strays')).toMatchObject([{ object: OLD, detail: `${stray} belongs to nobody: no pod has that address` }])
  await assign(NEW, { pod: 'default/heir', eip: OWN })
  await desk.lab.addPod({ name: 'heir', node: 'node2', annotations: { [IP]: ip.web, [EIP]: OWN } })
  await packets({ answers: { [OLD]: true, [NEW]: false, [OWN]: true } })
  await differing({ pod: 'default/heir', annotated: OWN, verdict: 'stray', why: `OVN also has ${stray}, which nobody asks for` })
  expect(await found('pod-nat')).toMatchObject([{ object: 'default/heir', detail: `OVN has ${stray}, which nobody asks for` }])
  await applied()
  await packets({ answers: { [OLD]: false, [OWN]: true }, leave: { heir: OWN, crawler: SHARED } })
})

test('R19: a SNAT of two pods is nobody’s fault; EIP and SNAT on one pod are both there', async () => {
  await assign(OLD, { pod: 'default/batch', snat: SHARED }, { pod: 'default/web', snat: '172.56.0.231' })
  await applied()
  await packets({ leave: { crawler: SHARED, batch: SHARED } })
  const [, , web] = await desk.pods()
  expect(web).toMatchObject({ annotated: `${OLD}, snat 172.56.0.231`, verdict: 'agrees' })
  expect(web?.['in-ovn'].split(', ').toSorted()).toEqual([OLD, '172.56.0.231'])
  await packets({ answers: { [OLD]: true } })
})

test('R19: an EIP that is another pod’s SNAT is refused; by hand it is found, and taken back by apply --adopt', async () => {
  await assign(SHARED)
  expect(await desk.ovngw('apply', '--yes')).toMatchObject({ code: 2, err: expect.stringMatching(/172\.56\.0\.230 is an EIP already .*cannot be a SNAT too/) })
  await assign()
  const refused = await desk.hear('assign', 'default/batch', '--eip', SHARED, '--yes')
  expect(refused.code).toBe(3)
  expect(refused.findings.filter((f) => f.outcome === 'fail')).toMatchObject([{ id: 'address-free', detail: 'it is SNAT of pod default/crawler' }])
  await hand.annotate('batch', { [EIP]: SHARED, [ROUTED]: null })
  await packets({ answers: { [SHARED]: true } })
  await differing({ pod: 'default/batch', annotated: SHARED, 'in-ovn': SHARED, verdict: 'unmanaged' })
  expect(await found('pod-duplicates')).toMatchObject([{ object: SHARED, detail: expect.stringContaining('default/crawler (SNAT, served)') }])
  await assign(OLD, { pod: 'default/batch', eip: NEW })
  await applied('--adopt')
  await packets({ answers: { [SHARED]: false, [NEW]: true }, leave: { batch: NEW, crawler: SHARED } })
})
