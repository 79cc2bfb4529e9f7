/**
 * Who has each of 100,000 addresses? A process of its own, so that its memory is the check's: run by addresses.ts. Prints
 * `{"ms":…,"mib":…,"lists":…}`: time of index and questions, memory they add, memory of Node and the lists before. Half of them are annotated on pods that have their rows, the others belong to OvnEips and Services.
 */
import type { Sources } from '../../lib/addresses/owner.ts'
import { conflicts, indexOwners } from '../../lib/addresses/owners.ts'
import { DEFAULT_VPC } from '../../lib/gateway/names.ts'
import { podView, slimPod } from '../../lib/gateway/pods.ts'
import type { Ip } from '../../lib/net/ip.ts'
import { peakMib } from './measure.ts'
import { natRows } from './nb.ts'
import { outsideOf, podObject } from './synthetic.ts'

const ADDRESSES = 100_000
const some = (n: number, from: number): readonly number[] => Array.from({ length: n }, (_, i) => i + from)

const sources: Sources = {
  site: { name: 'bench', file: undefined, pools: [] },
  pods: some(ADDRESSES / 2, 0).map((i) => podView(slimPod(podObject({ namespace: 'bench', i, node: 'node1', eip: outsideOf(i) })))),
  nb: { routers: [], routerPorts: [], nats: natRows(ADDRESSES / 2), loadBalancers: [] },
  router: DEFAULT_VPC,
  nextHop: '172.56.0.1',
  nodes: [],
  services: some(ADDRESSES / 4, ADDRESSES / 2).map((i) => ({ metadata: { namespace: 'bench', name: `s${i}` }, spec: { externalIPs: [outsideOf(i)] } })),
  ovnEips: some(ADDRESSES / 4, (ADDRESSES * 3) / 4).map((i) => ({ metadata: { name: `e${i}` }, spec: { v4Ip: outsideOf(i), type: 'nat' } })),
  ovnFips: [],
  ovnSnatRules: [],
  ovnDnatRules: [],
  iptablesEips: [],
  egressGateways: [],
  ips: [],
  vips: [],
  otherSites: [],
}
const before = process.memoryUsage.rss() / 2 ** 20
const began = performance.now()
const owners = indexOwners(sources)
const taken = some(ADDRESSES, 0).filter((i) => conflicts(owners, outsideOf(i) as Ip, { pod: undefined, how: 'eip' }).length > 0)
const ms = performance.now() - began
if (taken.length !== ADDRESSES) throw new Error(`${taken.length} of ${ADDRESSES} addresses have an owner`)
process.stdout.write(JSON.stringify({ ms, mib: peakMib('self') - before, lists: before }))
