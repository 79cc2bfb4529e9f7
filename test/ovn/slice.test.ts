import { describe, expect, it } from 'vitest'
import { type NbSlice, sliceOfAddresses, stillTheirs } from '../../lib/ovn/slice.ts'

const nat = (external_ip: string, logical_ip: string) => ({ uuid: external_ip, type: 'dnat_and_snat', external_ip, logical_ip })
const policy = (ip: string) => ({ uuid: ip, match: `ip4.src == ${ip}` })
const route = (ip: string) => ({ uuid: ip, ip_prefix: `${ip}/32` })
const [ONE, TWO] = ['10.16.0.3', '10.16.0.4'] as const

const slice = {
  names: { router: 'ovn-cluster', switch: 'external', routerPort: 'ovn-cluster-external' },
  scope: { topology: false, addresses: [ONE, TWO, '172.56.0.201', '172.56.0.202'] },
  router: { uuid: 'r', name: 'ovn-cluster' },
  switch: null,
  switchPorts: [],
  routerPort: null,
  gatewayChassis: [],
  nats: [nat('172.56.0.201', ONE), nat('172.56.0.202', TWO)],
  policies: [policy(ONE), policy(TWO)],
  routes: [route(ONE), route(TWO)],
  holders: { [ONE]: 'uid-a', [TWO]: 'uid-b', '172.56.0.201': null, '172.56.0.202': null },
} as unknown as NbSlice

const inside = (s: NbSlice): readonly string[] => s.nats.map((n) => n.logical_ip)

describe('rows remembered for addresses', () => {
  it('are all put back while the same pods have them', () => {
    expect(stillTheirs(slice, (a) => ({ [ONE]: 'uid-a', [TWO]: 'uid-b' })[a])).toEqual(slice)
  })

  it.each([
    ['is gone: it gets no row back (R18)', undefined],
    ['is another: its rows are not ours', 'uid-c'],
  ])('are left alone where the pod %s', (_what, holder) => {
    const cut = stillTheirs(slice, (a) => ({ [ONE]: 'uid-a', [TWO]: holder })[a])
    expect([inside(cut), cut.policies.length, cut.routes.length, cut.scope.addresses]).toEqual([[ONE], 1, 1, [ONE, '172.56.0.201', '172.56.0.202']])
  })

  it('are all put back where nobody asked who had them (a journal of an older version)', () => {
    const { holders: _none, ...older } = slice
    expect(stillTheirs(older, () => undefined)).toEqual(older)
  })

  it('can be cut to some of the addresses', () => {
    const cut = sliceOfAddresses(slice, [ONE, '172.56.0.201'])
    expect([inside(cut), cut.policies, cut.routes, Object.keys(cut.holders ?? {})]).toEqual([[ONE], [policy(ONE)], [route(ONE)], [ONE, '172.56.0.201']])
  })
})
