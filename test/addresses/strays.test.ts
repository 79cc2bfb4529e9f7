/** Whose a row is that nobody's annotation asks for: on the recordings of the real Kube-OVN, each changed in one way. */
import { describe, expect, test } from 'vitest'
import { readStrays, straysSeenTwice, unreadOwners } from '../../lib/addresses/read-strays.ts'
import type { Judged } from '../../lib/addresses/strays.ts'
import type { KubeObject } from '../../lib/kube/port.ts'
import { contextOf, type Recording, recording } from '../tasks/checks/recorded-look.ts'

const judge = (made: Recording): Promise<Judged> => readStrays(contextOf(made).look())
const rowsOf = async (made: Recording): Promise<readonly string[]> => (await judge(made)).strays.map((s) => s.row).sort()

const pod = (made: Recording, name: string): KubeObject => {
  const found = made.pods.find((p) => p.metadata.name === name)
  if (found === undefined) throw new Error(`the recording has no pod ${name}`)
  return found
}
const annotate = (made: Recording, name: string, annotations: Readonly<Record<string, string>>): void => {
  const { metadata } = pod(made, name)
  Object.assign(metadata, { annotations: { ...metadata.annotations, ...annotations } })
}
/** A plain pod that was given an address of one that is gone. */
const heir = (ip: string, annotations: Readonly<Record<string, string>> = {}): KubeObject => ({
  metadata: {
    namespace: 'shop',
    name: 'web-1',
    uid: 'heir',
    annotations: { 'ovn.kubernetes.io/ip_address': ip, 'ovn.kubernetes.io/routed': 'true', ...annotations },
  },
  spec: { nodeName: 'node1' },
  status: { phase: 'Running' },
})
const without = (made: Recording, name: string): Recording => ({ ...made, pods: made.pods.filter((p) => p.metadata.name !== name) })

const NAT = (external: string, inside: string): string => `NAT row dnat_and_snat ${external} → ${inside}`
const POLICY = (inside: string): string => `policy 29250 ip4.src == ${inside} reroute 172.56.0.1`
const ROUTE = (inside: string): string => `route src-ip ${inside} via 172.56.0.1`
/** After s13: pods with an EIP history deleted (R18), pod-snat2 without its annotation (R17). */
const LEFT = [NAT('172.56.0.221', '10.16.0.3'), NAT('172.56.0.233', '10.16.0.3'), POLICY('10.16.0.5'), ROUTE('10.16.0.3')].sort()

describe('on recordings of Kube-OVN v1.16.2', () => {
  test.each([
    ['s03', 'everything as annotated', []],
    ['s04', 'R12: the old EIP', [NAT('172.56.0.233', '10.16.0.3')]],
    ['s05', 'R12 still', [NAT('172.56.0.233', '10.16.0.3')]],
    ['s06', 'R13: a new EIP without effect: no row of the pod is judged', []],
    ['s08', 'R19: a shared SNAT is no stray', [NAT('172.56.0.221', '10.16.0.3'), NAT('172.56.0.233', '10.16.0.3')]],
    ['s13', 'R17, R18', LEFT],
    ['s14', 'R4 changes nothing about it', LEFT],
    ['s27', 'healthy, with src-ip routes of living pods (R3)', []],
  ] as const)('%s %s', async (scene, _about, expected) => {
    expect(await rowsOf(recording(scene))).toEqual([...expected].sort())
  })

  test('s12: a policy without annotation is one, and says whose packets leave untranslated', async () => {
    const { strays } = await judge(recording('s12'))
    expect(strays.filter((s) => s.kind === 'policy').map(({ inside, holder, why }) => ({ inside, holder, why }))).toEqual([
      {
        inside: '10.16.0.5',
        holder: 'default/pod-snat2',
        why: 'packets of default/pod-snat2 (10.16.0.5) are sent to 172.56.0.1 untranslated: it has no EIP or SNAT',
      },
    ])
  })

  test('s23: routes of dozens of pods that are gone stay until the next sync (R3), those of living pods are none', async () => {
    const { strays } = await judge(recording('s23'))
    expect(new Set(strays.map((s) => s.kind))).toEqual(new Set(['route']))
    expect(strays.length).toBeGreaterThan(40)
    expect(strays.filter((s) => s.holder !== null)).toEqual([])
  })

  test('seen once is nothing: the row of the second look has to be the same one', async () => {
    const at = contextOf(recording('s04'))
    expect((await straysSeenTwice(at, 0)).strays.map((s) => s.row)).toEqual([NAT('172.56.0.233', '10.16.0.3')])
    const later = recording('s04')
    const nats = later.nb['NAT']
    for (const row of nats?.data ?? []) row[nats?.headings.indexOf('_uuid') ?? 0] = ['uuid', crypto.randomUUID()]
    const router = later.nb['Logical_Router']
    const uuids = nats?.data.map((row) => row[nats.headings.indexOf('_uuid')]) ?? []
    for (const row of router?.data ?? []) row[router?.headings.indexOf('nat') ?? 0] = ['set', uuids]
    expect((await straysSeenTwice({ ...at, lookAgain: contextOf(later).lookAgain }, 0)).strays).toEqual([])
  })
})

describe('who has the address now', () => {
  test('nobody', async () => {
    const { strays } = await judge(recording('s13'))
    expect(strays.find((s) => s.external === '172.56.0.221')).toMatchObject({
      holder: null,
      why: '172.56.0.221 → 10.16.0.3 will reach whichever pod gets 10.16.0.3 next',
    })
  })

  test('the next pod: it is named (R18)', async () => {
    const made = recording('s13')
    made.pods.push(heir('10.16.0.3'))
    expect((await judge(made)).strays.find((s) => s.external === '172.56.0.221')).toMatchObject({
      holder: 'shop/web-1',
      why: '172.56.0.221 → 10.16.0.3 is reached by whoever is now 10.16.0.3: shop/web-1, which has no EIP',
    })
  })

  test('the controller is not done with it: left alone, and said', async () => {
    const made = recording('s13')
    made.pods.push(heir('10.16.0.3', { 'ovn.kubernetes.io/routed': '' }))
    const { strays, waiting } = await judge(made)
    expect(strays.map((s) => s.inside)).toEqual(['10.16.0.5'])
    expect(waiting).toContain(`${NAT('172.56.0.221', '10.16.0.3')} is left alone: Kube-OVN is not done with shop/web-1, which has 10.16.0.3`)
  })

  test('it asks for an EIP that has no row: the old row may be the only one that works (R14, R26)', async () => {
    const made = recording('s04')
    annotate(made, 'pod-eip', { 'ovn.kubernetes.io/eip': '172.56.0.238' })
    const { strays, waiting } = await judge(made)
    expect(strays).toEqual([])
    expect(waiting).toHaveLength(2)
  })
})

describe('owners beside annotations (R34)', () => {
  const eip = { metadata: { name: 'office' }, spec: { v4Ip: '172.56.0.221' }, status: {} }
  test.each([
    ['an OvnEip', { 'ovn-eips': [eip] }],
    ['an OvnFip by its status', { 'ovn-fips': [{ metadata: { name: 'f' }, spec: {}, status: { v4Eip: '172.56.0.221' } }] }],
    ['an OvnSnatRule', { 'ovn-snat-rules': [{ metadata: { name: 's' }, spec: {}, status: { v4Eip: '172.56.0.221' } }] }],
    ['an OvnDnatRule', { 'ovn-dnat-rules': [{ metadata: { name: 'd' }, spec: {}, status: { v4Eip: '172.56.0.221' } }] }],
  ])('%s keeps its row, and the route that the sync of the VPC makes for it (R3)', async (_who, others) => {
    const made = { ...recording('s13'), others }
    expect(await rowsOf(made)).toEqual([NAT('172.56.0.233', '10.16.0.3'), POLICY('10.16.0.5')].sort())
  })

  test.each(['ovn-eips', 'ovn-fips', 'ovn-snat-rules', 'ovn-dnat-rules'])('%s denied: nothing is judged, and it is named', async (plural) => {
    const made: Recording = { ...recording('s13'), others: { [plural]: 'denied' } }
    expect((await unreadOwners(contextOf(made).look())).map((u) => u.error.code)).toEqual(['FORBIDDEN'])
    await expect(judge(made)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('a type that this Kube-OVN does not have owns nothing', async () => {
    const made: Recording = { ...recording('s13'), others: { 'ovn-dnat-rules': 'no type' } }
    expect(await unreadOwners(contextOf(made).look())).toEqual([])
    expect(await rowsOf(made)).toEqual(LEFT)
  })
})

describe('other features', () => {
  test('a policy of a pod’s own next hop has the same priority (north_gateway)', async () => {
    const made = recording('s12')
    annotate(made, 'pod-snat2', { 'ovn.kubernetes.io/north_gateway': '100.64.0.100' })
    expect((await judge(made)).strays.filter((s) => s.kind === 'policy')).toEqual([])
  })

  test('what the VPC’s spec asks for is no leftover', async () => {
    const made = recording('s13')
    const spec = {
      staticRoutes: [{ policy: 'policySrc', cidr: '10.16.0.3', nextHopIP: '172.56.0.1' }],
      policyRoutes: [{ priority: 29250, match: 'ip4.src == 10.16.0.5', action: 'reroute', nextHopIP: '172.56.0.1' }],
    }
    const vpcs = made.vpcs.map((v) => (v.metadata.name === 'ovn-cluster' ? { ...v, spec: { ...(v['spec'] as object), ...spec } } : v))
    expect(await rowsOf({ ...made, vpcs })).toEqual([NAT('172.56.0.221', '10.16.0.3'), NAT('172.56.0.233', '10.16.0.3')].sort())
  })

  test('a src-ip route that does not lead outside is another’s', async () => {
    const made = recording('s13')
    const table = made.nb['Logical_Router_Static_Route']
    for (const row of table?.data ?? []) row.splice(0, row.length, ...row.map((cell) => (cell === '172.56.0.1' ? '100.64.0.3' : cell)))
    expect(await rowsOf(made)).toEqual(LEFT.filter((row) => !row.startsWith('route')))
  })

  test('a pod of another VPC with the same address claims what it asks for, and is nobody’s holder', async () => {
    const made = without(recording('s04'), 'pod-eip')
    made.pods.push(heir('10.16.0.3', { 'ovn.kubernetes.io/logical_router': 'other', 'ovn.kubernetes.io/eip': '172.56.0.221' }))
    const { strays } = await judge(made)
    expect(strays.map(({ row, holder }) => ({ row, holder }))).toEqual([{ row: NAT('172.56.0.233', '10.16.0.3'), holder: null }])
  })

  test('a pod of two stacks owns the row of its first address', async () => {
    const made = recording('s03')
    annotate(made, 'pod-eip', { 'ovn.kubernetes.io/ip_address': '10.16.0.3,fd00::3' })
    expect(await rowsOf(made)).toEqual([])
  })
})
