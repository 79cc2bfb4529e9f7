/**
 * What the northbound database says about addresses of pods, judged purely: wanted NAT rows, present ones, strays, and the path a pod's
 * packets take. Checks, plans and tasks all ask here, so that they cannot disagree.
 */
import type { GatewayWanted } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import type { NbTables } from '../ovn/nb.ts'
import type { LogicalRouter, Nat, RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { DEFAULT_VPC, REROUTE_PRIORITY } from './names.ts'
import { isAnnotated, isTwin, type PodView } from './pods.ts'

/** A NAT row a pod's annotations ask for. */
export interface WantedNat {
  readonly type: 'snat' | 'dnat_and_snat'
  readonly external_ip: string
  readonly logical_ip: string
  /** Type distributed: the row carries external_mac and logical_port (R21). */
  readonly distributed: boolean
}

const router = (nb: NbTables, name: string): LogicalRouter | undefined => nb.routers.find((r) => r.name === name)

/** Rows of the router `name`; without that router none. Custom VPCs have routers of their own and may reuse addresses. */
export const natsOf = (nb: NbTables, name: string = DEFAULT_VPC): readonly Nat[] => pick(nb.nats, router(nb, name)?.nat)
export const policiesOf = (nb: NbTables, name: string = DEFAULT_VPC): readonly RouterPolicy[] => pick(nb.policies, router(nb, name)?.policies)
export const staticRoutesOf = (nb: NbTables, name: string = DEFAULT_VPC): readonly StaticRoute[] => pick(nb.routes, router(nb, name)?.static_routes)

function pick<R extends { readonly uuid: string }>(rows: readonly R[], refs: readonly string[] = []): readonly R[] {
  const wanted = new Set(refs)
  return rows.filter((r) => wanted.has(r.uuid))
}

/** One router's rows by pod address: made once, asked for every pod (10,000 pods are one pass, not 10,000). */
export interface ByAddress {
  nats(ip: string): readonly Nat[]
  policies(ip: string): readonly RouterPolicy[]
  routes(ip: string): readonly StaticRoute[]
}

const REROUTE = /^ip4\.src == ([0-9.]+)$/
/** The pod address a reroute policy is for; undefined: it is another kind of policy. */
export const rerouted = (p: RouterPolicy): string | undefined => (p.priority === REROUTE_PRIORITY ? REROUTE.exec(p.match)?.[1] : undefined)

export function byAddress(nb: NbTables, name?: string): ByAddress {
  const nats = grouped(natsOf(nb, name), (n) => n.logical_ip)
  const policies = grouped(policiesOf(nb, name), rerouted)
  const routes = grouped(staticRoutesOf(nb, name), (r) => (r.policy === 'src-ip' ? r.ip_prefix.replace(/\/32$/, '') : undefined))
  return { nats: (ip) => nats.get(ip) ?? [], policies: (ip) => policies.get(ip) ?? [], routes: (ip) => routes.get(ip) ?? [] }
}

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const map = new Map<string, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === undefined) continue
    const list = map.get(key)
    if (list === undefined) map.set(key, [row])
    else list.push(row)
  }
  return map
}

/** Where a policy sends packets; `nexthop` is the older column. */
export const nextHopsOf = (policy: RouterPolicy): readonly string[] =>
  policy.nexthops.length > 0 ? policy.nexthops : policy.nexthop === null ? [] : [policy.nexthop]

/** The NAT rows the pod's annotations ask for; none while it has no address. EIP and SNAT on one pod both get a row (R19). */
export function wantedRows(pod: PodView, gateway: Pick<GatewayWanted, 'type'>): readonly WantedNat[] {
  if (pod.ip === undefined || !isAlive(pod)) return []
  const logical_ip = pod.ip
  const eip = pod.eip === undefined ? [] : [{ type: 'dnat_and_snat' as const, external_ip: pod.eip, logical_ip, distributed: gateway.type === 'distributed' }]
  const snat = pod.snat === undefined ? [] : [{ type: 'snat' as const, external_ip: pod.snat, logical_ip, distributed: false }]
  return [...eip, ...snat]
}

/** Finished pods gave their address back. */
export const isAlive = (pod: PodView): boolean => pod.phase !== 'Succeeded' && pod.phase !== 'Failed'

export const isRowOf = (wanted: WantedNat, row: Nat): boolean =>
  row.type === wanted.type &&
  row.external_ip === wanted.external_ip &&
  row.logical_ip === wanted.logical_ip &&
  wanted.distributed === (row.external_mac !== null && row.logical_port !== null)

export const showNat = (n: Pick<Nat, 'type' | 'external_ip' | 'logical_ip'>): string => `${n.type} ${n.external_ip} → ${n.logical_ip}`

/** Rows missing and rows too many for one pod. Rows that an OvnFip or OvnSnatRule owns are neither (R34). */
export function natDifference(present: readonly Nat[], wanted: readonly WantedNat[], claimed?: Claims) {
  return {
    missing: wanted.filter((w) => !present.some((row) => isRowOf(w, row))),
    extra: present.filter((row) => !wanted.some((w) => isRowOf(w, row)) && claimed?.has(row) !== true),
  }
}

/** Who owns NAT rows beside annotations. */
export interface Claims {
  has(row: Nat): boolean
}

type Eip = { readonly v4Ip?: string; readonly v4Eip?: string; readonly v4IpCidr?: string; readonly ovnEip?: string }
const part = (object: KubeObject, name: 'spec' | 'status'): Eip => (object[name] ?? {}) as Eip

/**
 * Rows owned by OvnFip, OvnSnatRule or by any OvnEip's address. Generous on purpose: what somebody manages by these objects is never called
 * a stray, also while the object's status is still empty.
 */
export function claims(owners: readonly KubeObject[], eips: readonly KubeObject[]): Claims {
  const addressOf = new Map(eips.map((e) => [e.metadata.name, part(e, 'status').v4Ip ?? part(e, 'spec').v4Ip]))
  const external = new Set<string | undefined>(addressOf.values())
  for (const o of owners) for (const ip of [part(o, 'status').v4Eip, addressOf.get(part(o, 'spec').ovnEip ?? '')]) external.add(ip)
  external.delete(undefined)
  external.delete('')
  return { has: (row) => external.has(row.external_ip) }
}

export interface Owned {
  readonly nb: NbTables
  readonly pods: readonly PodView[]
  readonly claims: Claims
  readonly gateway: Pick<GatewayWanted, 'type'>
  readonly router?: string | undefined
}

/**
 * NAT rows of the router that no living pod's annotation and no object claims (R18, R12). Rows for whole networks and `dnat` rows are never
 * made by annotations and so are not judged.
 */
export function strayRows({ nb, pods, claims: claimed, gateway, router: name }: Owned): readonly Nat[] {
  // A pod of two stacks asks for a row of each of its addresses.
  const each = pods.flatMap((p) => (p.ip ?? '').split(',').map((ip) => (ip === '' ? p : { ...p, ip })))
  const wanted = new Set(each.flatMap((p) => wantedRows(p, { ...gateway, type: 'centralized' })).map(showNat))
  return natsOf(nb, name).filter((row) => row.type !== 'dnat' && !row.logical_ip.includes('/') && !wanted.has(showNat(row)) && !claimed.has(row))
}

/** Pods by each of their addresses inside, and the router's pods of one address. */
export interface ByInside {
  /** Living pods; pods of other VPCs may have the same address. */
  of(ip: string): readonly PodView[]
  /**
   * The pod and those that share its address: a virtual machine on the move has two pods with one (KubeVirt). What one of them asks for is
   * no stray of the other, and no second owner.
   */
  twins(pod: PodView): readonly PodView[]
}

export function byInside(pods: readonly PodView[]): ByInside {
  const living = pods.filter((p) => isAlive(p) && !p.hostNetwork)
  const map = grouped(
    living.flatMap((pod) => (pod.ip?.split(',') ?? []).map((ip) => ({ pod, ip }))),
    ({ ip }) => ip,
  )
  const of = (ip: string): readonly PodView[] => (map.get(ip) ?? []).map(({ pod }) => pod)
  return { of, twins: (pod) => (pod.ip === undefined ? [pod] : [pod, ...of(pod.ip).filter((p) => isTwin(p, pod))]) }
}

/** Pods with an EIP or SNAT that still exist as far as the network is concerned. */
export const annotatedPods = (pods: readonly PodView[]): readonly PodView[] => pods.filter((p) => isAnnotated(p) && isAlive(p))
