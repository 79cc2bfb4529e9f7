/**
 * The external gateway in the northbound database: by the controller's flag first, then by structure, never by a literal name
 * (reality.md, "Names"). Two candidates are an error: we refuse to guess.
 *
 * By structure: a switch with a localnet port and a router-type port whose peer is a port of the cluster router **that has gateway
 * chassis**. The chassis tell it from underlay Subnets with a logical gateway or u2o interconnection: those have a localnet port and a
 * patch to the same router too, but their router port is distributed.
 */
import { OvngwError } from '../kernel/errors.ts'
import type { NbTables } from './nb.ts'
import type { GatewayChassis, LogicalRouter, LogicalRouterPort, LogicalSwitch, LogicalSwitchPort } from './tables.ts'

/** What the controller was told; anything unknown is left out. */
export interface FindHints {
  /** `--external-gateway-switch` */
  readonly switch?: string | undefined
  /** `--external-gateway-net`: chooses between several localnet ports of the switch. */
  readonly network?: string | undefined
  /** `--cluster-router`, default ovn-cluster. */
  readonly router?: string | undefined
}

export interface Localnet {
  readonly uuid: string
  readonly name: string
  /** `options:network_name`: the key of a node's `ovn-bridge-mappings`. */
  readonly networkName: string
  /** VLAN on the wire; null: untagged. */
  readonly tag: number | null
}

/** `document`: ovn-external (Kube-OVN v1.5 … v1.10); `default`: external; `custom`: any other. */
export type Naming = 'document' | 'default' | 'custom'

/** A gateway that has all its pieces. */
export interface Gateway {
  readonly foundBy: 'flag' | 'structure'
  readonly naming: Naming
  readonly router: LogicalRouter
  readonly switch: LogicalSwitch
  readonly localnet: Localnet
  readonly routerPort: LogicalRouterPort
  readonly switchPort: LogicalSwitchPort
  /** Highest priority first; empty while no node has been given the port. */
  readonly chassis: readonly GatewayChassis[]
  /** Switch ports of other routers and pods on the same switch: it is not ours alone (R34). */
  readonly shared: readonly string[]
}

/** What is left or already there of a gateway (R6, R7, R28): every piece may be missing. */
export type GatewayParts = Pick<Gateway, 'chassis' | 'shared'> & Partial<Gateway>

/** The gateway, or undefined when some piece is missing (`findParts` says which). @throws OvngwError AMBIGUOUS with the candidates. */
export function findGateway(nb: NbTables, hints: FindHints = {}): Gateway | undefined {
  const { foundBy, naming, router, switch: sw, localnet, routerPort, switchPort, chassis, shared } = findParts(nb, hints)
  if (foundBy === undefined || naming === undefined || router === undefined || sw === undefined) return undefined
  if (localnet === undefined || routerPort === undefined || switchPort === undefined) return undefined
  return { foundBy, naming, router, switch: sw, localnet, routerPort, switchPort, chassis, shared }
}

/** Every piece of the gateway that is there. @throws OvngwError AMBIGUOUS with the candidates. */
export function findParts(nb: NbTables, hints: FindHints = {}): GatewayParts {
  const router = clusterRouter(nb, hints.router)
  const flagged = nb.switches.filter((s) => s.name === hints.switch)
  const candidates = flagged.length > 0 ? flagged : externalSwitches(nb, router)
  const [sw, other] = candidates
  if (other !== undefined) throw ambiguous('external switch', candidates, 'cluster.switch')
  if (sw === undefined) return { ...(router === undefined ? {} : { router }), chassis: [], shared: [] }
  const ports = portsOf(nb, sw)
  const links = router === undefined ? [] : linksOf(nb, sw, router)
  const link = oneLink(nb, links)
  const localnet = oneLocalnet(ports, hints.network)
  const dangling = ports.find((p) => p.type === 'router' && !nb.routerPorts.some((r) => r.name === p.options['router-port']))
  const routerPort = link?.routerPort ?? nb.routerPorts.find((p) => router?.ports.includes(p.uuid) === true && p.name === `${router.name}-${sw.name}`)
  const switchPort = link?.switchPort ?? dangling
  return {
    foundBy: flagged.length > 0 ? 'flag' : 'structure',
    naming: namingOf(sw.name),
    switch: sw,
    ...(router === undefined ? {} : { router }),
    ...(localnet === undefined ? {} : { localnet }),
    ...(routerPort === undefined ? {} : { routerPort }),
    ...(switchPort === undefined ? {} : { switchPort }),
    chassis: chassisOf(nb, routerPort),
    shared: ports.filter((p) => p.uuid !== localnet?.uuid && p.uuid !== switchPort?.uuid).map((p) => p.name),
  }
}

/** The names Kube-OVN gives the pieces of a gateway that does not exist yet. */
export function namesFor(sw: string, router: string) {
  const localnet = namingOf(sw) === 'document' ? `ln-${sw}` : `localnet.${sw}`
  return {
    switch: sw,
    localnet,
    routerPort: `${router}-${sw}`,
    switchPort: `${sw}-${router}`,
    bridge: `br-${sw === 'ovn-external' ? 'external' : sw}`,
    patchPort: `patch-${localnet}-to-br-int`,
  }
}

export const namingOf = (sw: string): Naming => (sw === 'ovn-external' ? 'document' : sw === 'external' ? 'default' : 'custom')

/** By name; when none is named so, the only router there is. */
function clusterRouter(nb: NbTables, name = 'ovn-cluster'): LogicalRouter | undefined {
  const named = nb.routers.filter((r) => r.name === name)
  if (named.length > 1) throw ambiguous('logical router', named, 'cluster.router')
  return named[0] ?? (nb.routers.length === 1 ? nb.routers[0] : undefined)
}

const portsOf = (nb: NbTables, sw: LogicalSwitch): readonly LogicalSwitchPort[] => {
  const refs = new Set(sw.ports)
  return nb.switchPorts.filter((p) => refs.has(p.uuid))
}

interface Link {
  readonly switchPort: LogicalSwitchPort
  readonly routerPort: LogicalRouterPort
}

/** Where a switch is patched to a router. */
function linksOf(nb: NbTables, sw: LogicalSwitch, router: LogicalRouter): readonly Link[] {
  return portsOf(nb, sw).flatMap((switchPort) => {
    const routerPort = nb.routerPorts.find((p) => switchPort.type === 'router' && p.name === switchPort.options['router-port'] && router.ports.includes(p.uuid))
    return routerPort === undefined ? [] : [{ switchPort, routerPort }]
  })
}

const isGatewayPort = ({ gateway_chassis, ha_chassis_group }: LogicalRouterPort): boolean => gateway_chassis.length > 0 || ha_chassis_group !== null

function oneLink(nb: NbTables, links: readonly Link[]): Link | undefined {
  const gateways = links.filter((l) => isGatewayPort(l.routerPort))
  const candidates = gateways.length > 0 ? gateways : links
  if (candidates.length > 1)
    throw ambiguous(
      'router port to the external switch',
      nb.routerPorts.filter((p) => candidates.some((c) => c.routerPort.uuid === p.uuid)),
      undefined,
    )
  return candidates[0]
}

function externalSwitches(nb: NbTables, router: LogicalRouter | undefined): readonly LogicalSwitch[] {
  const outside = nb.switches.filter((s) => portsOf(nb, s).some((p) => p.type === 'localnet'))
  const gateways = outside.filter((s) => router !== undefined && linksOf(nb, s, router).some((l) => isGatewayPort(l.routerPort)))
  // Without a gateway port nothing tells what is left of a gateway from an underlay Subnet, but the names Kube-OVN itself uses.
  return gateways.length > 0 ? gateways : outside.filter((s) => namingOf(s.name) !== 'custom')
}

function oneLocalnet(ports: readonly LogicalSwitchPort[], network: string | undefined): Localnet | undefined {
  const all = ports.filter((p) => p.type === 'localnet')
  const chosen = all.length > 1 ? all.filter((p) => p.options['network_name'] === network) : all
  if (all.length > 0 && chosen.length !== 1) throw ambiguous('localnet port of the external switch', all, 'cluster.network')
  return chosen.map(({ uuid, name, options, tag }) => ({ uuid, name, networkName: options['network_name'] ?? '', tag }))[0]
}

function chassisOf(nb: NbTables, port: LogicalRouterPort | undefined): readonly GatewayChassis[] {
  return nb.gatewayChassis.filter((c) => port?.gateway_chassis.includes(c.uuid)).toSorted((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1))
}

const ambiguous = (what: string, rows: readonly { readonly name: string; readonly uuid: string }[], key: string | undefined): OvngwError =>
  new OvngwError('AMBIGUOUS', {
    what: `${rows.length} candidates for the ${what}`,
    why: rows.map((r) => `${r.name} (${r.uuid})`).join(', '),
    hint: key === undefined ? 'remove the one that is not in use' : `say which in the inventory: ${key}`,
  })
