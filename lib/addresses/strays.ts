/**
 * What Kube-OVN leaves behind of pods on the cluster's router: NAT rows (R12, R18), reroute policies (R17), `src-ip` routes (R3). Pure.
 * Calls nothing a stray that somebody may own, or that the controller may be about to change.
 */

import {
  byAddress,
  type Claims,
  isAlive,
  natDifference,
  natsOf,
  nextHopsOf,
  policiesOf,
  rerouted,
  staticRoutesOf,
  strayRows,
  wantedRows,
} from '../gateway/judge.ts'
import { tryCidr, tryIp } from '../gateway/judge-scene.ts'
import { DEFAULT_VPC } from '../gateway/names.ts'
import { isAnnotated, ownsPolicy, type PodView, podName } from '../gateway/pods.ts'
import type { KubeObject } from '../kube/port.ts'
import { contains } from '../net/cidr.ts'
import { identityOf } from '../ovn/identity.ts'
import type { NbTables } from '../ovn/nb.ts'
import type { Nat, RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { whyNat, whyWay } from './stray-words.ts'

export interface StraySources {
  readonly nb: NbTables
  readonly router: string
  readonly pods: readonly PodView[]
  readonly claims: Claims
  readonly type: 'centralized' | 'distributed'
  /** The default VPC: what its spec asks for is no leftover. */
  readonly vpc: KubeObject | undefined
  readonly nextHop: string | undefined
  /** Of the gateway's router port. */
  readonly networks: readonly string[]
}

export type Stray = {
  readonly kind: 'nat' | 'policy' | 'route'
  readonly uuid: string
  /** Which row it is, by content (identity.ts). */
  readonly row: string
  readonly external: string | null
  readonly inside: string
  /** The pod that has the inside address now. */
  readonly holder: string | null
  readonly annotated: boolean
  /** One sentence that names the danger. */
  readonly why: string
}

export interface Judged {
  readonly strays: readonly Stray[]
  /** Rows that may be strays once the controller is done with the pod; one sentence each. */
  readonly waiting: readonly string[]
}

/** A row nobody asks for. */
type Row =
  | { readonly kind: 'nat'; readonly row: Nat; readonly inside: string }
  | { readonly kind: 'policy'; readonly row: RouterPolicy; readonly inside: string }
  | { readonly kind: 'route'; readonly row: StaticRoute; readonly inside: string }

export function judgeStrays(sources: StraySources): Judged {
  const { nb, router, pods, claims } = sources
  const living = byInside(pods)
  const owned = (ip: string): boolean => (living.get(ip) ?? []).some(ownsPolicy)
  const unready = unreadyBy(sources)
  const holderOf = (ip: string): PodView | undefined => (living.get(ip) ?? []).find((p) => p.vpc === router || p.vpc === DEFAULT_VPC)

  const nats = strayRows({ nb, pods, claims, gateway: sources, router }).map((row): Row => ({ kind: 'nat', row, inside: row.logical_ip }))
  const going = new Set(nats.filter(({ inside }) => unready(inside, holderOf(inside)) === undefined).map(({ row }) => row.uuid))
  // The sync of the VPC makes a route for every NAT row, whoever owns it (R3).
  const natted = new Set(natsOf(nb, router).flatMap((n) => (going.has(n.uuid) ? [] : [n.logical_ip])))
  const found: readonly Row[] = [
    ...nats,
    ...policiesOf(nb, router).flatMap((row): readonly Row[] => {
      const inside = rerouted(row)
      return inside === undefined || owned(inside) || isDeclaredPolicy(sources, row) ? [] : [{ kind: 'policy', row, inside }]
    }),
    ...staticRoutesOf(nb, router).flatMap((row): readonly Row[] => {
      const inside = insideOf(row)
      if (inside === undefined || owned(inside) || natted.has(inside) || !leadsOut(sources, row) || isDeclaredRoute(sources, row)) return []
      return [{ kind: 'route', row, inside }]
    }),
  ]
  const judged = found.map((r) => ({ stray: strayOf(r, holderOf(r.inside)), unready: unready(r.inside, holderOf(r.inside)) }))
  return {
    strays: judged.filter((j) => j.unready === undefined).map((j) => j.stray),
    waiting: judged.flatMap((j) => (j.unready === undefined ? [] : [`${j.stray.row} is left alone: ${j.unready}`])),
  }
}

/** Living pods by each of their addresses; pods of other VPCs may have the same. */
function byInside(pods: readonly PodView[]): ReadonlyMap<string, readonly PodView[]> {
  const map = new Map<string, PodView[]>()
  for (const pod of pods) {
    if (!isAlive(pod) || pod.hostNetwork) continue
    for (const ip of pod.ip?.split(',') ?? []) map.set(ip, [...(map.get(ip) ?? []), pod])
  }
  return map
}

/** Why the rows of an address are not judged yet: an old row may be the only one that works while the new one is being made. */
function unreadyBy({ nb, router, claims, type }: StraySources): (ip: string, holder: PodView | undefined) => string | undefined {
  const by = byAddress(nb, router)
  return (ip, holder) => {
    if (holder === undefined) return undefined
    if (!holder.routed) return `Kube-OVN is not done with ${podName(holder)}, which has ${ip}`
    const { missing } = natDifference(by.nats(ip), wantedRows(holder, { type }), claims)
    return missing.length === 0 ? undefined : `${podName(holder)}, which has ${ip}, lacks a row it asks for (pod-nat)`
  }
}

type Declared = { readonly cidr?: string; readonly policy?: string; readonly priority?: number; readonly match?: string }
const declared = ({ vpc }: StraySources, list: 'staticRoutes' | 'policyRoutes'): readonly Declared[] =>
  (vpc?.['spec'] as Readonly<Record<string, readonly Declared[] | undefined>> | undefined)?.[list] ?? []

const isDeclaredPolicy = (s: StraySources, { priority, match }: RouterPolicy): boolean =>
  declared(s, 'policyRoutes').some((d) => d.priority === priority && d.match === match)
const isDeclaredRoute = (s: StraySources, { ip_prefix }: StaticRoute): boolean =>
  declared(s, 'staticRoutes').some((d) => d.policy === 'policySrc' && d.cidr !== undefined && hostPart(d.cidr) === hostPart(ip_prefix))

const hostPart = (prefix: string): string => prefix.replace(/\/32$/, '')

/** The one address a `src-ip` route is for. */
const insideOf = ({ policy, ip_prefix }: StaticRoute): string | undefined =>
  policy === 'src-ip' && /^[0-9.]+$/.test(hostPart(ip_prefix)) ? hostPart(ip_prefix) : undefined

/** To the outside network: routes of other features lead elsewhere. */
function leadsOut({ nextHop, networks }: StraySources, { nexthop }: StaticRoute): boolean {
  const ip = tryIp(nexthop)
  return nexthop === nextHop || (ip !== undefined && networks.flatMap((n) => tryCidr(n) ?? []).some((cidr) => contains(cidr, ip)))
}

function strayOf(found: Row, holder: PodView | undefined): Stray {
  const { kind, inside } = found
  const about = {
    kind,
    inside,
    uuid: found.row.uuid,
    holder: holder === undefined ? null : podName(holder),
    annotated: holder !== undefined && isAnnotated(holder),
  }
  switch (found.kind) {
    case 'nat':
      return { ...about, row: identityOf.nat(found.row), external: found.row.external_ip, why: whyNat(found.row, holder) }
    case 'policy':
      return { ...about, row: identityOf.policy(found.row), external: null, why: whyWay(inside, nextHopsOf(found.row), holder) }
    case 'route':
      return { ...about, row: identityOf.route(found.row), external: null, why: whyWay(inside, [found.row.nexthop], holder) }
  }
}
