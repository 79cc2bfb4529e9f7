/**
 * The part of the northbound database that is the gateway: what a journal keeps and `restoreOps` puts back. Plain JSON.
 */
import { OvngwError } from '../kernel/errors.ts'
import { identityOf } from './identity.ts'
import type { NbTables } from './nb.ts'
import type { GatewayChassis, LogicalRouterPort, LogicalSwitch, LogicalSwitchPort, Nat, RouterPolicy, StaticRoute } from './tables.ts'

/** Which objects the slice is about, by name: they may not exist (yet, or any more). */
export type SliceNames = { readonly router: string; readonly switch: string; readonly routerPort: string }

/**
 * Which rows belong to it. Others write to the same router while a run goes on (Kube-OVN's controller, other people): a restore must only
 * touch what the run itself touched, so a change of one pod cuts its slice to that pod's addresses.
 */
export type Scope = {
  /** The external switch with its ports, the router port with its gateway chassis. */
  readonly topology: boolean
  /** NAT rows, policies and static routes: all of the router, or those of these addresses (pod address or external address), or none (`[]`). */
  readonly addresses: 'all' | readonly string[]
  /** Of those addresses only the rows that are exactly these (identity.ts): whoever else writes rows of the same address keeps them. */
  readonly rows?: readonly string[]
}

export const WHOLE: Scope = { topology: true, addresses: 'all' }

export type NbSlice = {
  readonly names: SliceNames
  readonly scope: Scope
  readonly router: { readonly uuid: string; readonly name: string }
  readonly switch: LogicalSwitch | null
  readonly switchPorts: readonly LogicalSwitchPort[]
  readonly routerPort: LogicalRouterPort | null
  readonly gatewayChassis: readonly GatewayChassis[]
  readonly nats: readonly Nat[]
  readonly policies: readonly RouterPolicy[]
  readonly routes: readonly StaticRoute[]
  /** uid of the pod that had the address, by address of the scope; null: no pod had it. Absent: nobody asked. */
  readonly holders?: Readonly<Record<string, string | null>>
}

/** Cuts the slice out. @throws OvngwError NOT_FOUND when the router is not there, AMBIGUOUS when two rows have a name (OVN does not forbid it). */
export function sliceOf(nb: NbTables, names: SliceNames, scope: Scope = WHOLE): NbSlice {
  const router = byName(nb.routers, names.router, 'router')
  if (router === undefined) throw new OvngwError('NOT_FOUND', { what: `there is no logical router ${names.router}`, hint: 'ovn-nbctl lr-list shows them' })
  const sw = byName(nb.switches, names.switch, 'switch') ?? null
  const routerPort = nb.routerPorts.find((p) => p.name === names.routerPort && router.ports.includes(p.uuid)) ?? null
  const addresses = scope.addresses === 'all' ? undefined : new Set(scope.addresses)
  const wanted = (...texts: readonly string[]): boolean => addresses === undefined || texts.some((t) => addresses.has(t))
  const rows = scope.rows === undefined ? undefined : new Set(scope.rows)
  const meant = (identity: string): boolean => rows === undefined || rows.has(identity)
  return {
    names,
    scope,
    router: { uuid: router.uuid, name: router.name },
    switch: sw,
    switchPorts: members(nb.switchPorts, sw?.ports),
    routerPort,
    gatewayChassis: members(nb.gatewayChassis, routerPort?.gateway_chassis),
    nats: members(nb.nats, router.nat).filter((n) => wanted(n.logical_ip, n.external_ip) && meant(identityOf.nat(n))),
    policies: members(nb.policies, router.policies).filter((p) => wanted(sourceOf(p) ?? '') && meant(identityOf.policy(p))),
    routes: members(nb.routes, router.static_routes).filter((r) => wanted(r.ip_prefix, hostOfRoute(r)) && meant(identityOf.route(r))),
  }
}

/** The address of a policy that matches exactly one source, `ip4.src == 10.16.0.3`; undefined for every other match. */
export const sourceOf = ({ match }: Pick<RouterPolicy, 'match'>): string | undefined => /^ip[46]\.src == ([0-9a-fA-F.:]+)$/.exec(match.trim())?.[1]

/** The part of a slice that is about these addresses, without the topology. */
export function sliceOfAddresses(slice: NbSlice, addresses: readonly string[]): NbSlice {
  const wanted = new Set(addresses)
  const { holders } = slice
  return {
    ...slice,
    scope: { topology: false, addresses: [...wanted].sort() },
    switch: null,
    switchPorts: [],
    routerPort: null,
    gatewayChassis: [],
    nats: slice.nats.filter((n) => wanted.has(n.logical_ip) || wanted.has(n.external_ip)),
    policies: slice.policies.filter((p) => wanted.has(sourceOf(p) ?? '')),
    routes: slice.routes.filter((r) => wanted.has(r.ip_prefix) || wanted.has(hostOfRoute(r))),
    ...(holders === undefined ? {} : { holders: Object.fromEntries(Object.entries(holders).filter(([address]) => wanted.has(address))) }),
  }
}

const hostOfRoute = ({ ip_prefix }: Pick<StaticRoute, 'ip_prefix'>): string => ip_prefix.replace(/\/(32|128)$/, '')

/**
 * Without the addresses that changed hands since: a pod that is gone gets no row back, and another pod's rows are not ours to touch.
 * @param holderNow uid of the pod that has the address now
 */
export function stillTheirs(slice: NbSlice, holderNow: (address: string) => string | undefined): NbSlice {
  const { holders, scope } = slice
  if (holders === undefined || scope.addresses === 'all') return slice
  const moved = new Set(Object.keys(holders).filter((address) => (holderNow(address) ?? null) !== holders[address]))
  const stays = (address: string | undefined): boolean => address === undefined || !moved.has(address)
  return {
    ...slice,
    scope: { ...scope, addresses: scope.addresses.filter(stays) },
    nats: slice.nats.filter((n) => stays(n.logical_ip)),
    policies: slice.policies.filter((p) => stays(sourceOf(p))),
    routes: slice.routes.filter((r) => stays(hostOfRoute(r))),
  }
}

/** Rows of a set of references; in the order of names and contents, not of UUIDs, since those change with every restore. */
function members<T extends { readonly uuid: string }>(rows: readonly T[], refs: readonly string[] | undefined): readonly T[] {
  const wanted = new Set(refs)
  return rows.filter((r) => wanted.has(r.uuid))
}

function byName<T extends { readonly name: string }>(rows: readonly T[], name: string, what: string): T | undefined {
  const [row, other] = rows.filter((r) => r.name === name)
  if (other !== undefined)
    throw new OvngwError('AMBIGUOUS', { what: `two logical ${what}es or ${what}s are named ${name}`, hint: 'rename or remove one of them' })
  return row
}
