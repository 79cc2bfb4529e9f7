/** What is left of a gateway that is disabled or whose ConfigMap is gone (R7). Pure. */
import type { KubeObject } from '../kube/port.ts'
import type { SbTables } from '../ovn/sb.ts'
import { parseMappings } from '../ovs/bridge.ts'
import type { OvsTables } from '../ovs/vsctl.ts'
import { byAddress, type Claims, natsOf, policiesOf, showNat } from './judge.ts'
import { bridgeOf, chassisOf, externalSubnet, isLabelled, networkOf, type Scene } from './judge-scene.ts'
import { REROUTE_PRIORITY } from './names.ts'

export interface Leftover {
  readonly object: string
  readonly what: string
}

const left = (object: string, what: string): Leftover => ({ object, what })

/** Pieces in OVN. The switch is nobody's leftover while a Subnet has its name or others are on it (R34); nor are NAT rows that objects own. */
export function leftInOvn(scene: Scene, subnets: readonly KubeObject[], claims: Claims): readonly Leftover[] {
  const { parts, nb, settings } = scene
  const owned = parts.shared.length > 0 || externalSubnet(settings, subnets) !== undefined
  const nats = natsOf(nb, settings.router).filter((n) => n.type !== 'dnat' && !n.logical_ip.includes('/') && !claims.has(n))
  const policies = policiesOf(nb, settings.router).filter((p) => p.priority === REROUTE_PRIORITY && /^ip4\.src == [0-9.]+$/.test(p.match))
  const routes = nats.flatMap((n) => byAddress(nb, settings.router).routes(n.logical_ip))
  return [
    ...(parts.routerPort === undefined
      ? []
      : [left(parts.routerPort.name, `router port ${parts.routerPort.name} with ${parts.routerPort.networks.join(', ')}`)]),
    ...(parts.switch === undefined || owned ? [] : [left(parts.switch.name, `logical switch ${parts.switch.name}`)]),
    ...nats.map((n) => left(n.external_ip, `NAT row ${showNat(n)}`)),
    ...policies.map((p) => left(p.match.replace('ip4.src == ', ''), `policy ${p.priority} ${p.match}`)),
    ...routes.map((r) => left(r.ip_prefix, `route ${r.ip_prefix} via ${r.nexthop}`)),
  ]
}

/** Nodes that may still have a bridge or mapping: labelled once, or mapping the network as their chassis reports. One read for all nodes. */
export function nodesToLookAt(scene: Scene, sb: SbTables): readonly string[] {
  const network = networkOf(scene)
  const mapping = new Set(sb.chassis.filter((c) => parseMappings(c.other_config['ovn-bridge-mappings']).has(network)).map((c) => c.name))
  return scene.nodes.filter((n) => mapping.has(chassisOf(n) ?? '') || isLabelled(n)).map((n) => n.metadata.name)
}

/** On one node. */
export function leftOnNode(scene: Scene, node: string, ovs: OvsTables): readonly Leftover[] {
  const network = networkOf(scene)
  const bridge = bridgeOf(scene, ovs)
  const mapped = parseMappings(ovs.openVswitch.external_ids['ovn-bridge-mappings']).get(network)
  const labelled = scene.nodes.some((n) => n.metadata.name === node && isLabelled(n))
  return [
    ...(bridge === undefined ? [] : [left(`${node}/${bridge.name}`, `bridge ${bridge.name}`)]),
    ...(mapped === undefined ? [] : [left(`${node}/ovn-bridge-mappings`, `mapping ${network}:${mapped}`)]),
    ...(labelled ? [left(node, `label ovn.kubernetes.io/external-gw=true`)] : []),
  ]
}
