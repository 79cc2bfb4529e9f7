/** Judging the gateway's pieces in NB, SB and OVS against what is wanted. Pure. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import type { GatewayChassis, LogicalRouterPort } from '../ovn/tables.ts'
import { interfacesOf, isUplink, mappingsOf, portsOf } from '../ovs/bridge.ts'
import type { Bridge, Interface, OvsTables } from '../ovs/vsctl.ts'
import { chassisOf, isLabelled } from './judge-scene.ts'

/** What differs at the router port, one phrase each (R4). */
export function wrongPort(port: LogicalRouterPort, wanted: GatewayWanted): readonly string[] {
  const address = wanted.address === 'auto' || (port.networks.length === 1 && port.networks[0] === wanted.address)
  const mac = wanted.mac === undefined || port.mac.toLowerCase() === wanted.mac
  return [
    ...(address ? [] : [`has ${port.networks.join(', ') || 'no address'}, should have ${wanted.address}`]),
    ...(mac ? [] : [`has MAC ${port.mac}, should have ${wanted.mac}`]),
  ]
}

export interface ChassisJudged {
  /** Node or chassis names. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  /** Chassis of one priority: which of them is active is chance (R5). */
  readonly equal: readonly string[]
}

/** The set of gateway chassis on the port against the wanted nodes. Nodes without a chassis annotation are node-chassis' business. */
export function judgeChassis(present: readonly GatewayChassis[], wanted: readonly string[], nodes: readonly KubeObject[]): ChassisJudged {
  const nodeOf = new Map(nodes.flatMap((n) => (chassisOf(n) === undefined ? [] : [[chassisOf(n), n.metadata.name] as const])))
  const named = present.map((c) => ({ ...c, node: nodeOf.get(c.chassis_name) ?? c.chassis_name }))
  const priorities = named.map((c) => c.priority)
  return {
    missing: wanted.filter((w) => !named.some((c) => c.node === w)),
    extra: named.filter((c) => !wanted.includes(c.node)).map((c) => c.node),
    equal: named.filter((c, i) => priorities.some((p, j) => p === c.priority && i !== j)).map((c) => c.node),
  }
}

export interface UplinksJudged {
  readonly present: readonly string[]
  readonly missing: boolean
  readonly extra: readonly string[]
  /** Uplinks OVS could not open. */
  readonly errors: readonly string[]
}

/** The bridge's physical ways out. A bond counts by its port's name, whatever its members. */
export function judgeUplinks(ovs: OvsTables, bridge: Bridge, nic: string): UplinksJudged {
  const ports = portsOf(ovs, bridge).map((p) => ({ name: p.name, members: interfacesOf(ovs, p) }))
  const uplinks = ports.filter((p) => p.name !== bridge.name && p.members.some(isUplink))
  const is = (p: (typeof ports)[number]): boolean => p.name === nic || p.members.some((i) => i.name === nic)
  return {
    present: uplinks.map((p) => p.name),
    missing: !uplinks.some(is),
    extra: uplinks.filter((p) => !is(p)).map((p) => p.name),
    errors: uplinks.flatMap((p) => p.members.flatMap((i) => (i.error === null ? [] : [i.error]))),
  }
}

/** Both ends of the patch that ovn-controller makes for a localnet port. */
export function patchOf(ovs: OvsTables, localnet: string): readonly Interface[] {
  const ports = ovs.ports.filter((p) => p.external_ids['ovn-localnet-port'] === localnet)
  return ports.flatMap((p) => interfacesOf(ovs, p)).filter((i) => i.type === 'patch')
}

/** Why the node does not map the network to the bridge; undefined: it does. */
export function wrongMapping(ovs: OvsTables, network: string, bridge: string): string | undefined {
  const is = mappingsOf(ovs).get(network)
  if (is === bridge) return undefined
  return is === undefined ? `ovn-bridge-mappings has no ${network}` : `ovn-bridge-mappings sends ${network} to ${is}, not to ${bridge}`
}

/** Nodes whose label is not as wanted (R5, R35). */
export const wrongLabels = (nodes: readonly KubeObject[], wanted: readonly string[]): readonly { readonly node: string; readonly should: boolean }[] =>
  nodes.filter((n) => isLabelled(n) !== wanted.includes(n.metadata.name)).map((n) => ({ node: n.metadata.name, should: wanted.includes(n.metadata.name) }))
