/** May an external address be given to a pod: is it one at all? Whose it is already is lib/addresses' to say. Pure. */
import type { PodRef, Pool } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { type Cidr, contains, inRange, isHostOf, networkCidr } from '../net/cidr.ts'
import { type Ip, isIpv4, parseIp } from '../net/ip.ts'
import { internalIps } from './judge-nic-view.ts'
import { hostOf, tryIp } from './judge-scene.ts'

export interface External {
  /** Network of the router port. */
  readonly network: Cidr | undefined
  readonly routerPort: readonly string[]
  readonly nextHop: string | undefined
  readonly pools: readonly Pool[]
  readonly nodes: readonly KubeObject[]
  readonly ovnEips: readonly KubeObject[]
}

/** Why a text cannot be a pod's external address (R15); undefined: it can. Prepared once, asked for every address. */
export function judgeExternal({ network, routerPort, nextHop, pools, nodes, ovnEips }: External): (text: string) => string | undefined {
  const hop = tryIp(nextHop)
  const ports = new Set(routerPort.map(hostOf))
  const nodeOf = new Map(nodes.flatMap((n) => internalIps(n).map((ip) => [ip, n.metadata.name] as const)))
  const eipOf = new Map(
    ovnEips.flatMap((e) => [e['status'], e['spec']].map((part) => [(part as { v4Ip?: string } | undefined)?.v4Ip, e.metadata.name] as const)),
  )
  const routed = pools.filter((p) => !p.onLink)
  return (text) => {
    const ip = tryIp(text)
    if (ip === undefined) return reasonOf(text)
    if (!isIpv4(ip)) return `${text} is an IPv6 address; the gateway translates IPv4 only`
    if (ip === hop) return `${ip} is the next hop: the whole network would lose its gateway`
    if (ports.has(ip)) return `${ip} is the router port's own address`
    if (nodeOf.has(ip)) return `${ip} is the address of node ${nodeOf.get(ip)}`
    if (eipOf.has(ip)) return `${ip} belongs to OvnEip ${eipOf.get(ip)}`
    return routed.some((p) => isInPool(p, ip)) ? undefined : outside(ip, network)
  }
}

function outside(ip: Ip, network: Cidr | undefined): string | undefined {
  if (network === undefined || isHostOf(network, ip)) return undefined
  return contains(network, ip)
    ? `${ip} is no host address of ${networkCidr(network)}`
    : `${ip} is outside ${networkCidr(network)}, and no pool says it is routed to us (onLink: false)`
}

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
