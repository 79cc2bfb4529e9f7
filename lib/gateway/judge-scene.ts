/** What most checks begin with: the gateway as wanted and the pieces of it that are there. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { addressOf, type Cidr, parseCidr } from '../net/cidr.ts'
import { type Ip, type Ipv4, parseIp, parseIpv4 } from '../net/ip.ts'
import { type GatewayParts, namesFor } from '../ovn/find.ts'
import type { NbTables } from '../ovn/nb.ts'
import { externalBridge, mappingsOf } from '../ovs/bridge.ts'
import type { Bridge, OvsTables } from '../ovs/vsctl.ts'
import type { Look } from './look.ts'
import { CHASSIS, GATEWAY_LABEL } from './names.ts'
import type { Settings } from './settings.ts'
import { isEnabled, wantedFromConfig } from './wanted.ts'

export const NOTHING_WANTED = 'the site has no gateway and no enabled ConfigMap ovn-external-gw-config is on the cluster'

/** The gateway as the site says, else as the ConfigMap does; undefined where neither asks for one. */
export const wantedGateway = async (look: Look): Promise<GatewayWanted | undefined> => look.site.gateway ?? wantedFromConfig(await look.configMap())

export const NOT_ENABLED = 'the gateway is not enabled (gateway-config-applied)'

/** The gateway as wanted, where Kube-OVN was told to make one; else why its pieces need not be looked for. */
export async function enabledGateway(look: Look): Promise<{ readonly wanted: GatewayWanted } | { readonly off: string }> {
  const wanted = await wantedGateway(look)
  if (wanted === undefined) return { off: NOTHING_WANTED }
  return isEnabled(await look.configMap()) ? { wanted } : { off: NOT_ENABLED }
}

export const isLabelled = (node: KubeObject): boolean => node.metadata.labels?.[GATEWAY_LABEL] === 'true'

type Condition = { readonly type: string; readonly status: string; readonly message?: string }
/** The condition Ready of a node; undefined: its kubelet never said. */
export const readiness = (node: KubeObject): Condition | undefined =>
  ((node['status'] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? []).find((c) => c.type === 'Ready')
export const isReady = (node: KubeObject): boolean => readiness(node)?.status === 'True'

export const chassisOf = (node: KubeObject | undefined): string | undefined => node?.metadata.annotations?.[CHASSIS]

/** Names of the gateway nodes: as listed; where nobody is listed (type distributed) those labelled by hand (R21). */
export const wantedNodes = (wanted: GatewayWanted, nodes: readonly KubeObject[]): readonly string[] =>
  wanted.nodes.length > 0 ? wanted.nodes.map((n) => n.name) : nodes.filter(isLabelled).map((n) => n.metadata.name)

export interface Scene {
  readonly settings: Settings
  readonly nb: NbTables
  readonly parts: GatewayParts
  readonly nodes: readonly KubeObject[]
}

export async function readScene(look: Look): Promise<Scene> {
  const [settings, nb, nodes, parts] = await Promise.all([look.settings(), look.nb(), look.nodes(), look.parts()])
  return { settings, nb, nodes, parts }
}

/** Pieces of a whole gateway that are missing, by name. */
export function missingPieces({ parts, settings }: Scene): readonly string[] {
  const names = namesFor(settings.switch, settings.router)
  const absent = (piece: unknown, name: string): readonly string[] => (piece === undefined ? [name] : [])
  if (parts.switch === undefined) return [`logical switch ${names.switch}`]
  return [
    ...absent(parts.localnet, `localnet port ${names.localnet}`),
    ...absent(parts.switchPort, `switch port ${names.switchPort}`),
    ...absent(parts.routerPort, `router port ${names.routerPort}`),
  ]
}

/** The key of `ovn-bridge-mappings` that the localnet port asks for, else the one Kube-OVN would write. */
export const networkOf = ({ parts, settings }: Scene): string => parts.localnet?.networkName ?? settings.network

/** Name of the external bridge on a node: the one that is connected, else the one Kube-OVN would make. */
export const bridgeName = (scene: Scene, ovs: OvsTables): string =>
  bridgeOf(scene, ovs)?.name ?? mappingsOf(ovs).get(networkOf(scene)) ?? namesFor(scene.settings.switch, scene.settings.router).bridge

export const bridgeOf = ({ parts, settings }: Scene, ovs: OvsTables): Bridge | undefined =>
  externalBridge(ovs, { switch: { name: parts.switch?.name ?? settings.switch }, localnet: parts.localnet })?.bridge ??
  ovs.bridges.find((b) => b.name === namesFor(settings.switch, settings.router).bridge)

type SubnetSpec = { readonly gateway?: string; readonly cidrBlock?: string; readonly vlan?: string; readonly vpc?: string; readonly provider?: string }
export const subnetSpec = (subnet: KubeObject | undefined): SubnetSpec => (subnet?.['spec'] ?? {}) as SubnetSpec

/** The Subnet named like the external switch: the other source of a next hop (R1). */
export const externalSubnet = (settings: Settings, subnets: readonly KubeObject[]): KubeObject | undefined =>
  subnets.find((s) => s.metadata.name === settings.switch)

/** The next hop as wanted, else the gateway of the external Subnet; undefined when there is neither. */
export const nextHopOf = (wanted: GatewayWanted, settings: Settings, subnets: readonly KubeObject[]): string | undefined =>
  wanted.nextHop ?? subnetSpec(externalSubnet(settings, subnets)).gateway

/** The same, where a gateway is wanted at all. */
export async function readNextHop(look: Look): Promise<string | undefined> {
  const wanted = await wantedGateway(look)
  if (wanted === undefined) return undefined
  const [settings, subnets] = await Promise.all([look.settings(), look.subnets()])
  return nextHopOf(wanted, settings, subnets)
}

/** The network addresses are taken from: the wanted address's, else the router port's, else the Subnet's. */
export function externalNetwork(wanted: GatewayWanted, scene: Pick<Scene, 'parts' | 'settings'>, subnets: readonly KubeObject[]): Cidr | undefined {
  const texts = [wanted.address, scene.parts.routerPort?.networks[0], subnetSpec(externalSubnet(scene.settings, subnets)).cidrBlock]
  return texts.map((t) => tryCidr(t)).find((c) => c !== undefined)
}

export const tryCidr = (text: string | undefined): Cidr | undefined => attempt(() => parseCidr(text ?? ''))
export const tryIp = (text: string | undefined): Ip | undefined => attempt(() => parseIp(text ?? ''))
export const tryIpv4 = (text: string | undefined): Ipv4 | undefined => attempt(() => parseIpv4(text ?? ''))
/** The address of `172.56.0.100/16`. */
export const hostOf = (text: string | undefined): Ip | undefined => {
  const cidr = tryCidr(text)
  return cidr === undefined ? undefined : addressOf(cidr)
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
