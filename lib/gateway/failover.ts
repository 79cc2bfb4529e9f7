/** Which chassis carry the router port, which of them is active, and which could take over now. */
import { asError, OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from '../kube/port.ts'
import { connectionStatus, standingOf } from '../ovn/controller.ts'
import type { Gateway } from '../ovn/find.ts'
import { activeChassis, type SbTables } from '../ovn/sb.ts'
import { externalBridge, uplinksOf } from '../ovs/bridge.ts'
import { readTunnels, wrongTunnel } from '../ovs/tunnel.ts'
import type { Runner } from '../proc/command.ts'
import { patchOf } from './judge-gateway.ts'
import { hint, type Named } from './judge-hints.ts'
import { chassisOf, isReady, wantedGateway } from './judge-scene.ts'
import type { Look } from './look.ts'

export type Candidate = {
  readonly chassis: string
  /** Null: no node has this chassis. */
  readonly node: string | null
  readonly priority: number
  readonly active: boolean
  /** Why it cannot carry the gateway now; null: it can. */
  readonly unfit: string | null
}

export type Failover = {
  readonly type: 'centralized' | 'distributed'
  readonly routerPort: string
  /** BFD sessions of the router port: with them Kube-OVN rewrites the priorities (R35). */
  readonly bfd: readonly string[]
  /** Highest priority first. */
  readonly chassis: readonly Candidate[]
}

export interface Eyes {
  readonly signal: AbortSignal
  look(): Look
  node(name: string): Runner
}

/** Null: there is no gateway. */
export async function readFailover(at: Eyes): Promise<Failover | null> {
  const look = at.look()
  const gateway = await look.gateway()
  if (gateway === undefined) return null
  const [nb, sb, nodes, wanted] = await Promise.all([look.nb(), look.sb(), look.nodes(), wantedGateway(look)])
  const active = activeChassis(sb, gateway.routerPort.name)?.name
  const chassis = gateway.chassis.map(async ({ chassis_name, priority }): Promise<Candidate> => {
    const node = nodes.find((n) => chassisOf(n) === chassis_name)
    const unfit = (await unfitness(at, gateway, sb, node, { chassis: chassis_name, active })) ?? null
    return { chassis: chassis_name, node: node?.metadata.name ?? null, priority, active: chassis_name === active, unfit }
  })
  return {
    type: wanted?.type ?? 'centralized',
    routerPort: gateway.routerPort.name,
    bfd: nb.bfd.filter((b) => b.logical_port === gateway.routerPort.name).map((b) => b.dst_ip),
    chassis: await Promise.all(chassis),
  }
}

interface Who {
  readonly chassis: string
  readonly active: string | undefined
}

async function unfitness(at: Eyes, gateway: Gateway, sb: SbTables, node: KubeObject | undefined, { chassis, active }: Who): Promise<string | undefined> {
  if (node === undefined) return 'no node has this chassis'
  if (!isReady(node)) return 'the node is not Ready'
  if (!sb.chassis.some((c) => c.name === chassis)) return 'its chassis is not in the southbound database'
  const { name } = node.metadata
  try {
    return (await unwired(at.look(), gateway, name)) ?? (await deaf(at, name)) ?? (await cutOff(at, sb, name, chassis === active ? undefined : active))
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    return `it cannot be looked at: ${error.message}`
  }
}

async function unwired(look: Look, gateway: Gateway, node: string): Promise<string | undefined> {
  const ovs = await look.ovs(node)
  const bridge = externalBridge(ovs, gateway)?.bridge
  if (bridge === undefined) return `it has no bridge for switch ${gateway.switch.name}`
  const uplinks = uplinksOf(ovs, bridge)
  if (uplinks.length === 0) return `no NIC is in ${bridge.name}`
  const error = uplinks.find((u) => u.error !== null)?.error
  if (error != null) return error
  return patchOf(ovs, gateway.localnet.name).length < 2 ? `there is no patch for ${gateway.localnet.name}` : undefined
}

async function deaf({ node, signal }: Eyes, name: string): Promise<string | undefined> {
  const standing = standingOf(await node(name).run(connectionStatus(), { signal, timeoutMs: 15_000 }))
  return standing === 'connected' || standing === 'unseen' ? undefined : `its ovn-controller: ${standing}`
}

/** BFD of the tunnel to the active chassis: what OVN itself goes by when it chooses. */
async function cutOff({ node, signal }: Eyes, sb: SbTables, name: string, active: string | undefined): Promise<string | undefined> {
  const end = sb.encaps.find((e) => e.chassis_name === active)?.ip
  if (end === undefined) return undefined
  const tunnel = (await readTunnels(node(name), { signal })).find((t) => t.options['remote_ip'] === end)
  return wrongTunnel(tunnel)
}

export const nameOf = ({ node, chassis }: Candidate): string => node ?? chassis

/** Why nothing is moved, and what to type. */
export const no = (what: string, why: string | undefined, next: string): OvngwError => new OvngwError('CHECK_FAILED', { what, why, hint: next })
export const noGateway = (site: Named): OvngwError =>
  no('there is no gateway', 'no external switch with a router port in OVN', hint.check(site, 'gateway-switch', 'gateway-router-port'))
export const hintUnfit = (site: Named): string => hint.check(site, 'node-ready', 'node-chassis', 'nic-up', 'gateway-bridge', 'gateway-patch')
export const hintAddNode = (site: Named): string => `${hint.change(site)}   # after adding a second node to gateway.nodes of the inventory`

/** @throws OvngwError CHECK_FAILED */
export function refuseBfd({ bfd, routerPort }: Failover): void {
  if (bfd.length === 0) return
  const why = 'Kube-OVN then sets the priorities of its chassis by itself (R35)'
  throw no(`router port ${routerPort} has BFD sessions (${bfd.join(', ')})`, why, 'kubectl get vpc ovn-cluster -o yaml   # enableBfd')
}

/** The active chassis and who shall take over: `to`, else the fit one with the highest priority. Pure. @throws OvngwError CHECK_FAILED with what to type */
export function takeover(
  f: Failover | null,
  site: Named,
  to: string | undefined,
): { readonly from: Candidate; readonly to: Candidate; readonly all: Failover } {
  if (f === null) throw noGateway(site)
  refuseBfd(f)
  const from = f.chassis.find((c) => c.active)
  if (from === undefined) throw no(`no chassis carries ${f.routerPort} now`, undefined, hint.check(site, 'gateway-active-chassis', 'node-chassis'))
  const others = f.chassis.filter((c) => c !== from)
  if (others.length === 0) throw no(`${nameOf(from)} is the only gateway chassis`, 'nobody could take over', hintAddNode(site))
  const unordered = f.chassis.some((c) => c !== from && c.priority >= from.priority)
  if (unordered)
    throw no(
      `the active chassis, ${nameOf(from)}, has not the highest priority alone`,
      f.chassis.map((c) => `${nameOf(c)} ${c.priority}`).join(', '),
      `${hint.change(site)}   # sets the priorities`,
    )
  return { from, to: choose(others, to, site), all: f }
}

function choose(others: readonly Candidate[], to: string | undefined, site: Named): Candidate {
  const asked = to === undefined ? others : others.filter((c) => c.node === to)
  if (asked.length === 0) throw no(`${to} is no standby of the gateway`, `${others.map(nameOf).join(', ')} would be`, 'ovngw drill --help')
  const fit = asked.find((c) => c.unfit === null)
  if (fit !== undefined) return fit
  throw no('nobody could take the gateway over now', asked.map((c) => `${nameOf(c)}: ${c.unfit}`).join('; '), hintUnfit(site))
}
