/** Policies and routes that lead one pod's packets out, and which of them somebody asked for: what the VPC declares is no leftover (R3). Pure. */
import type { KubeObject } from '../kube/port.ts'
import { contains } from '../net/cidr.ts'
import type { RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { readNextHop, tryCidr, tryIp } from './judge-scene.ts'
import type { Look } from './look.ts'

export interface Outside {
  /** The default VPC. */
  readonly vpc: KubeObject | undefined
  readonly nextHop: string | undefined
  /** Of the gateway's router port. */
  readonly networks: readonly string[]
}

export async function readOutside(look: Look): Promise<Outside> {
  const [vpc, nextHop, parts] = await Promise.all([look.vpc(), readNextHop(look), look.parts()])
  return { vpc, nextHop, networks: parts.routerPort?.networks ?? [] }
}

type Declared = { readonly cidr?: string; readonly policy?: string; readonly priority?: number; readonly match?: string }
const declared = ({ vpc }: Outside, list: 'staticRoutes' | 'policyRoutes'): readonly Declared[] =>
  (vpc?.['spec'] as Readonly<Record<string, readonly Declared[] | undefined>> | undefined)?.[list] ?? []

const hostPart = (prefix: string): string => prefix.replace(/\/32$/, '')

/** Of a pod's reroute policies those no VPC asks for. */
export const isMadePolicy = (outside: Outside, { priority, match }: RouterPolicy): boolean =>
  !declared(outside, 'policyRoutes').some((d) => d.priority === priority && d.match === match)

/** The one address a `src-ip` route is for. */
export const insideOf = ({ policy, ip_prefix }: StaticRoute): string | undefined =>
  policy === 'src-ip' && /^[0-9.]+$/.test(hostPart(ip_prefix)) ? hostPart(ip_prefix) : undefined

/** Leads to the outside network (routes of other features lead elsewhere), and no VPC asks for it. */
export function isMadeRoute(outside: Outside, { ip_prefix, nexthop }: StaticRoute): boolean {
  const ip = tryIp(nexthop)
  const out = nexthop === outside.nextHop || (ip !== undefined && outside.networks.flatMap((n) => tryCidr(n) ?? []).some((cidr) => contains(cidr, ip)))
  return out && !declared(outside, 'staticRoutes').some((d) => d.policy === 'policySrc' && d.cidr !== undefined && hostPart(d.cidr) === hostPart(ip_prefix))
}
