/**
 * What Kube-OVN leaves behind of pods on the cluster's router: NAT rows (R12, R18), reroute policies (R17), `src-ip` routes (R3). Pure.
 * Calls nothing a stray that somebody may own, or that the controller may be about to change.
 */

import {
  byAddress,
  byInside,
  type Claims,
  natDifference,
  natsOf,
  nextHopsOf,
  policiesOf,
  rerouted,
  staticRoutesOf,
  strayRows,
  wantedRows,
} from '../gateway/judge.ts'
import { DEFAULT_VPC } from '../gateway/names.ts'
import { isAnnotated, ownsPolicy, type PodView, podName } from '../gateway/pods.ts'
import { insideOf, isMadePolicy, isMadeRoute, type Outside } from '../gateway/ways.ts'
import { identityOf } from '../ovn/identity.ts'
import type { NbTables } from '../ovn/nb.ts'
import type { Nat, RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { whyNat, whyWay } from './stray-words.ts'

export interface StraySources extends Outside {
  readonly nb: NbTables
  readonly router: string
  readonly pods: readonly PodView[]
  readonly claims: Claims
  readonly type: 'centralized' | 'distributed'
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
  const owned = (ip: string): boolean => living.of(ip).some(ownsPolicy)
  const unready = unreadyBy(sources)
  const holderOf = (ip: string): PodView | undefined => living.of(ip).find((p) => p.vpc === router || p.vpc === DEFAULT_VPC)

  const nats = strayRows({ nb, pods, claims, gateway: sources, router }).map((row): Row => ({ kind: 'nat', row, inside: row.logical_ip }))
  const going = new Set(nats.filter(({ inside }) => unready(inside, holderOf(inside)) === undefined).map(({ row }) => row.uuid))
  // The sync of the VPC makes a route for every NAT row, whoever owns it (R3).
  const natted = new Set(natsOf(nb, router).flatMap((n) => (going.has(n.uuid) ? [] : [n.logical_ip])))
  const found: readonly Row[] = [
    ...nats,
    ...policiesOf(nb, router).flatMap((row): readonly Row[] => {
      const inside = rerouted(row)
      return inside === undefined || owned(inside) || !isMadePolicy(sources, row) ? [] : [{ kind: 'policy', row, inside }]
    }),
    ...staticRoutesOf(nb, router).flatMap((row): readonly Row[] => {
      const inside = insideOf(row)
      if (inside === undefined || owned(inside) || natted.has(inside) || !isMadeRoute(sources, row)) return []
      return [{ kind: 'route', row, inside }]
    }),
  ]
  const judged = found.map((r) => ({ stray: strayOf(r, holderOf(r.inside)), unready: unready(r.inside, holderOf(r.inside)) }))
  return {
    strays: judged.filter((j) => j.unready === undefined).map((j) => j.stray),
    waiting: judged.flatMap((j) => (j.unready === undefined ? [] : [`${j.stray.row} is left alone: ${j.unready}`])),
  }
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
