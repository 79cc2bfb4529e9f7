import { expect, test } from 'vitest'
import { siteAddresses } from '../../lib/inventory/neighbours.ts'
import type { Site } from '../../lib/inventory/site.ts'

const site = (name: string, address: string | undefined, assignments: Site['assignments'] = []): Site => ({
  name,
  file: `/x/inventory/${name}.yaml`,
  cluster: { context: name },
  ...(address === undefined ? {} : { gateway: { type: 'centralized', nodes: [], nic: 'eth1', address } }),
  pools: [],
  assignments,
  accept: [],
})
const web = { namespace: 'shop', name: 'web-0' }
const given: Site['assignments'] = [
  { target: { pod: web }, eip: '172.56.0.201' },
  { target: { select: { labels: { app: 'x' } } }, snat: '172.56.0.202' },
  { target: { workload: 'shop/deployment/api' }, eip: { pool: 'web' } },
]
const own = site('own', '172.56.0.100/16')
const seen = (other: Site): unknown => siteAddresses(own, [own, other]).map(({ address, what, pod }) => [address, what, pod])

test('another cluster on the same network has its router port, its EIPs and its SNAT addresses', () => {
  expect(seen(site('other', '172.56.0.110/16', given))).toEqual([
    ['172.56.0.110', 'the router port', undefined],
    ['172.56.0.201', 'EIP of shop/web-0', undefined],
    ['172.56.0.202', 'a SNAT address', undefined],
  ])
})
test('another file of the same gateway speaks of the same pods, which may share a SNAT address', () => {
  expect(seen(site('copy', '172.56.0.100/16', given))).toEqual([['172.56.0.201', 'EIP of shop/web-0', web]])
})
test('another network has nothing of ours', () => expect(seen(site('far', '10.1.0.1/24', given))).toEqual([]))
test('a file without a gateway counts when its cluster is ours', () => {
  expect(siteAddresses(own, [{ ...site('more', undefined, given), cluster: own.cluster }]).map((a) => a.address)).toEqual(['172.56.0.201'])
  expect(siteAddresses(own, [site('more', undefined, given)])).toEqual([])
})
