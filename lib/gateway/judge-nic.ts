/** May this NIC leave the host? Judged from what the node shows: devices, addresses, routes, OVS. Pure. */
import { addressOf, type Cidr, contains, parseCidr, prefixLength } from '../net/cidr.ts'
import { family, isLinkLocal, parseIp } from '../net/ip.ts'
import { bridgeHolding, interfacesOf, portsOf } from '../ovs/bridge.ts'
import type { Link, Route } from '../ovs/node.ts'
import type { Interface, OvsTables } from '../ovs/vsctl.ts'

/** What one node shows of one NIC. */
export interface NicView {
  readonly node: string
  readonly nic: string
  readonly link: Link | undefined
  /** The NIC as OVS sees it; on a DPDK node it may be there only. */
  readonly interface: Interface | undefined
  readonly links: readonly Link[]
  readonly routes: readonly Route[]
  readonly ovs: OvsTables
  readonly internalIps: readonly string[]
}

export const nicName = ({ node, nic }: Pick<NicView, 'node' | 'nic'>): string => `${node}/${nic}`

/** A device of the host, or a DPDK port that OVS opened without an error. */
export const nicExists = ({ link, interface: i }: NicView): boolean => link !== undefined || (i?.type.startsWith('dpdk') === true && i.error === null)

/** The NIC and every bridge or bond it is a member of: what stops working when it moves. */
export function chainOf({ nic, links, ovs }: NicView): readonly string[] {
  const chain = [nic]
  for (let at: string | undefined = nic; at !== undefined; ) {
    const above: string | undefined = links.find((l) => l.name === at)?.master ?? bridgeHolding(ovs, at)?.name
    const next: string | undefined = above === 'ovs-system' ? bridgeHolding(ovs, at)?.name : above
    at = next === undefined || chain.includes(next) ? undefined : next
    if (at !== undefined) chain.push(at)
  }
  return chain
}

const addressesOn = (view: NicView, devices: readonly string[]): readonly Cidr[] =>
  view.links.filter((l) => devices.includes(l.name)).flatMap((l) => l.addresses.map(parseCidr))

const encapIps = (ovs: OvsTables): readonly string[] => (ovs.openVswitch.external_ids['ovn-encap-ip'] ?? '').split(',').filter((ip) => ip !== '')

/** What of the node's management runs over the NIC, one phrase each; empty: nothing. `server` is the API server's address, if it is one. */
export function carries(view: NicView, server: string | undefined): readonly string[] {
  const devices = chainOf(view)
  const ips: readonly string[] = addressesOn(view, devices).map(addressOf)
  const on = devices.length > 1 ? ` (on ${devices.slice(1).join(', ')})` : ''
  const api = server === undefined ? undefined : routeFor(view.routes, server)
  const phrases = [
    view.internalIps.some((ip) => ips.includes(ip)) && `the node's InternalIP${on}`,
    view.routes.some((r) => r.dst === 'default' && r.dev !== undefined && devices.includes(r.dev)) && `the default route${on}`,
    api?.dev !== undefined && devices.includes(api.dev) && `the way to the API server ${server}`,
    encapIps(view.ovs).some((ip) => ips.includes(ip)) && `the tunnel between nodes${on}`,
    isOnlyOneUp(view) && 'every connection: no other NIC of the node is up',
  ]
  return phrases.filter((p) => p !== false)
}

/** The route with the longest prefix; of equal ones the one with the lowest metric. */
export function routeFor(routes: readonly Route[], address: string): Route | undefined {
  const ip = parseIp(address)
  const matching = routes.flatMap((r) => {
    if (r.dst === 'default') return r.gateway === undefined || family(parseIp(r.gateway)) === family(ip) ? [{ r, length: -1 }] : []
    const net = parseCidr(r.dst.includes('/') ? r.dst : `${r.dst}/${family(parseIp(r.dst)) === 4 ? 32 : 128}`)
    return contains(net, ip) ? [{ r, length: prefixLength(net) }] : []
  })
  return matching.sort((a, b) => b.length - a.length || a.r.metric - b.r.metric)[0]?.r
}

const NICS = new Set(['physical', 'veth', 'bond', 'team'])

/** Only judged for NICs that stand for a cable: a VLAN sub-interface leaves its parent to the host. */
function isOnlyOneUp({ link, links, ovs }: NicView): boolean {
  if (link === undefined || !link.up || !NICS.has(link.kind)) return false
  const integration = ovs.bridges.find((b) => b.name === 'br-int')
  const inside = new Set(integration === undefined ? [] : portsOf(ovs, integration).flatMap((p) => interfacesOf(ovs, p).map((i) => i.name)))
  return !links.some((l) => l.name !== link.name && NICS.has(l.kind) && l.up && l.carrier && l.master !== link.name && !inside.has(l.name))
}

/** Addresses that stop working; link-local ones are no loss. */
export const otherAddresses = ({ link }: NicView): readonly string[] => (link?.addresses ?? []).filter((a) => !isLinkLocal(addressOf(parseCidr(a))))

/** VLAN devices on top of the NIC. */
export const vlanChildren = ({ nic, links }: NicView): readonly Link[] => links.filter((l) => l.kind === 'vlan' && l.parent === nic)

/** The Linux bond or bridge the NIC is a member of; membership in an OVS bridge is another question. */
export const linuxMaster = ({ link }: NicView): string | undefined =>
  link?.memberOf === 'openvswitch' || link?.master === 'ovs-system' ? undefined : link?.master
