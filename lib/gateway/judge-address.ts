/** May an external address be given to a pod: is it one, and whose is it already? Pure. */
import type { PodRef, Pool } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { addressOf, type Cidr, inRange, isHostOf, networkCidr } from '../net/cidr.ts'
import { type Ip, isIpv4, parseIp } from '../net/ip.ts'
import type { Nat } from '../ovn/tables.ts'
import { isAlive, showNat } from './judge.ts'
import { internalIps } from './judge-nic-view.ts'
import { samePod } from './judge-pods.ts'
import { hostOf, tryIp } from './judge-scene.ts'
import { type PodView, podName } from './pods.ts'

export interface External {
  /** Network of the router port. */
  readonly network: Cidr | undefined
  readonly routerPort: readonly string[]
  readonly nextHop: string | undefined
  readonly pools: readonly Pool[]
  readonly nodes: readonly KubeObject[]
  readonly ovnEips: readonly KubeObject[]
}

/** Why the text cannot be a pod's external address (R15); undefined: it can. */
export function wrongExternal(text: string, { network, routerPort, nextHop, pools, nodes, ovnEips }: External): string | undefined {
  const ip = tryIp(text)
  if (ip === undefined) return reasonOf(text)
  if (!isIpv4(ip)) return `${text} is an IPv6 address; the gateway translates IPv4 only`
  if (ip === tryIp(nextHop)) return `${ip} is the next hop: the whole network would lose its gateway`
  if (routerPort.some((n) => hostOf(n) === ip)) return `${ip} is the router port's own address`
  const node = nodes.find((n) => internalIps(n).includes(ip))
  if (node !== undefined) return `${ip} is the address of node ${node.metadata.name}`
  const owner = ovnEips.find((e) => (e['status'] as { v4Ip?: string } | undefined)?.v4Ip === ip || (e['spec'] as { v4Ip?: string } | undefined)?.v4Ip === ip)
  if (owner !== undefined) return `${ip} belongs to OvnEip ${owner.metadata.name}`
  return pools.some((p) => !p.onLink && isInPool(p, ip)) ? undefined : outside(ip, network)
}

function outside(ip: Ip, network: Cidr | undefined): string | undefined {
  if (network === undefined || isHostOf(network, ip)) return undefined
  return ip === addressOf(networkCidr(network)) || isInside(network, ip)
    ? `${ip} is no host address of ${networkCidr(network)}`
    : `${ip} is outside ${networkCidr(network)}, and no pool says it is routed to us (onLink: false)`
}

const isInside = (network: Cidr, ip: Ip): boolean => networkCidr(network) === networkCidr(`${ip}/${network.split('/')[1]}` as Cidr)

function reasonOf(text: string): string {
  try {
    return parseIp(text)
  } catch (e) {
    return e instanceof Error ? e.message : String(e)
  }
}

export const isInPool = (pool: Pool, ip: Ip): boolean => pool.ranges.some((r) => inRange({ first: parseIp(r.first), last: parseIp(r.last) }, ip))

export interface Wish {
  readonly address: string
  readonly kind: 'eip' | 'snat'
  /** Whose it shall be: what it owns already is no conflict. */
  readonly pod: PodRef | undefined
}

export interface Owners {
  readonly pods: readonly PodView[]
  readonly nats: readonly Nat[]
  readonly pools: readonly Pool[]
}

/** Who has the address already, one phrase each; a SNAT may be shared by pods (R19), nothing else may. */
export function ownersOf({ address, kind, pod }: Wish, { pods, nats, pools }: Owners): readonly string[] {
  const others = pods.filter((p) => isAlive(p) && !samePod(p, pod))
  const asking = others.filter((p) => p.eip === address || (p.snat === address && kind === 'eip'))
  const self = pods.find((p) => samePod(p, pod))
  const shared = new Set(others.filter((p) => p.snat === address).map((p) => p.ip))
  const rows = nats.filter(
    (n) =>
      n.external_ip === address &&
      n.logical_ip !== self?.ip &&
      !asking.some((p) => p.ip === n.logical_ip) &&
      !(kind === 'snat' && n.type === 'snat' && shared.has(n.logical_ip)),
  )
  const reserved = pools.flatMap((p) => (p.reserved[address] === undefined ? [] : [`reserved in pool ${p.name}: ${p.reserved[address]}`]))
  return [
    ...asking.map((p) => `${p.eip === address ? 'EIP' : 'SNAT'} of pod ${podName(p)}`),
    ...rows.map((n) => `NAT row ${showNat(n)} of no pod`),
    ...reserved,
  ]
}
