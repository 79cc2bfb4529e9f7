/**
 * Undo for the northbound database: Ops that make the gateway's slice what it was. UUIDs and what ovn-northd writes itself do not count.
 * Works from any state between (or beside) the two: it looks at what is there, not at what a run meant to do, so it is idempotent and
 * also finishes a half-done restore. Rows are addressed by the UUID just read: a row that changed hands meanwhile is not hit by name.
 */
import { canonical, sameJson } from '../kernel/json.ts'
import { type AnyRow, assign, CHASSIS, cellOf, columnsOf, type Kind, NAT_ROW, POLICY, ROUTE, ROUTER_PORT, SWITCH, SWITCH_PORT } from './kinds.ts'
import type { NbSlice } from './slice.ts'
import type { Nat } from './tables.ts'
import { type Op, op, removeRef, together } from './transaction.ts'

/** Where rows hang: a set of references of one parent row. */
interface Place {
  readonly table: string
  readonly parent: string
  readonly column: string
}

interface Restore {
  /** A new `@name`, unique in the transaction. */
  symbol(): string
}

/**
 * Ops that make `now` equal `before` in all that `before.scope` covers; empty when it is.
 * @param now the same names and scope, read just now
 */
export function restoreOps(before: NbSlice, now: NbSlice): readonly Op[] {
  let count = 0
  const restore: Restore = { symbol: () => `@r${++count}` }
  const topology = before.scope.topology ? restoreTopology(restore, before, now) : { ops: [], port: now.routerPort?.uuid }
  const { port } = topology
  // The reference is weak: OVSDB empties it when the port goes.
  const survives = port === now.routerPort?.uuid
  const router = { table: 'Logical_Router', parent: now.router.uuid }
  const nats = diff(restore, NAT_ROW, gatewayPortAs(before, port), gatewayPortAs(now, survives ? port : undefined), { ...router, column: 'nat' })
  // A NAT row of a port that is only being made can only name it inside the same transaction.
  const tied = nats.filter((o) => port !== undefined && !survives && o.commands.flat().includes(`gateway_port=${port}`))
  const structure = [...topology.ops, ...tied]
  return [
    ...(structure.length === 0 ? [] : [together(structure.map((o) => o.about).join('; '), structure)]),
    ...nats.filter((o) => !tied.includes(o)),
    ...diff(restore, POLICY, before.policies, now.policies, { ...router, column: 'policies' }),
    ...diff(restore, ROUTE, before.routes, now.routes, { ...router, column: 'static_routes' }),
  ]
}

/** What a restore could not bring back had it to create these rows anew: said before something is deleted, not after. */
export function notRestorable({ switch: sw }: NbSlice): readonly string[] {
  const lost = { acls: sw?.acls, qos_rules: sw?.qos_rules, forwarding_groups: sw?.forwarding_groups }
  return Object.entries(lost).flatMap(([column, refs]) => (refs !== undefined && refs.length > 0 ? [`${refs.length} ${column} of switch ${sw?.name}`] : []))
}

function restoreTopology(restore: Restore, before: NbSlice, now: NbSlice): { readonly ops: readonly Op[]; readonly port: string | undefined } {
  const chassis = { kind: CHASSIS, column: 'gateway_chassis', before: before.gatewayChassis, now: now.gatewayChassis }
  const port = one(restore, ROUTER_PORT, before.routerPort, now.routerPort, chassis, { table: 'Logical_Router', parent: now.router.uuid, column: 'ports' })
  const switchPorts = { kind: SWITCH_PORT, column: 'ports', before: before.switchPorts, now: now.switchPorts }
  const sw = one(restore, SWITCH, before.switch, now.switch, switchPorts, undefined)
  return { ops: [...sw.ops, ...port.ops], port: port.ref }
}

/** The rows under a row. */
interface Children {
  readonly kind: Kind
  readonly column: string
  readonly before: readonly AnyRow[]
  readonly now: readonly AnyRow[]
}

interface One {
  readonly ops: readonly Op[]
  /** The row that is there afterwards: its UUID, or the `@name` it is created under. */
  readonly ref: string | undefined
}

/** A row there is at most one of, with its children. Without a place it is a root row (a switch). */
function one(restore: Restore, kind: Kind, before: AnyRow | null, now: AnyRow | null, children: Children, place: Place | undefined): One {
  const gone = now !== null && (before === null || now['name'] !== before['name']) ? [drop(kind, now, place)] : []
  if (before === null) return { ops: gone, ref: undefined }
  if (now !== null && gone.length === 0) {
    const under = { table: kind.parser.table, parent: now.uuid, column: children.column }
    return { ops: [...change(kind, before, now), ...diff(restore, children.kind, children.before, children.now, under)], ref: now.uuid }
  }
  // `add` cannot name a parent that is only being made, so the children come first and the parent is made with them.
  const made = children.before.map((row) => ({ row, ref: restore.symbol() }))
  const ref = restore.symbol()
  const members = `${children.column}=[${made.map((m) => m.ref).join(',')}]`
  return { ops: [...gone, ...made.map((m) => create(children.kind, m.row, m.ref, undefined)), create(kind, before, ref, place, members)], ref }
}

/** Rows under one parent, compared as a bag: equal ones stay, alike ones (by key) are changed, the rest is created or removed. */
function diff(restore: Restore, kind: Kind, before: readonly AnyRow[], now: readonly AnyRow[], place: Place): readonly Op[] {
  // What was remembered counts: a schema that was upgraded meanwhile has columns that nobody asked for.
  const columns = [...new Set(before.flatMap((r) => columnsOf(kind, r)))]
  const equal = match(before, now, (r) => canonical(columns.map((c) => [c, cellOf(r, c) ?? null])))
  const alike = match(equal.onlyBefore, equal.onlyNow, (r) => JSON.stringify(kind.key.map((k) => r[k] ?? null)))
  return [
    ...alike.onlyNow.map((r) => drop(kind, r, place)),
    ...alike.pairs.flatMap(([b, n]) => change(kind, b, n)),
    ...alike.onlyBefore.map((r) => create(kind, r, restore.symbol(), place)),
  ]
}

function match(before: readonly AnyRow[], now: readonly AnyRow[], keyOf: (row: AnyRow) => string) {
  const free = new Map<string, AnyRow[]>()
  for (const row of now) free.set(keyOf(row), [...(free.get(keyOf(row)) ?? []), row])
  const pairs: (readonly [AnyRow, AnyRow])[] = []
  const onlyBefore: AnyRow[] = []
  for (const row of before) {
    const partner = free.get(keyOf(row))?.shift()
    if (partner === undefined) onlyBefore.push(row)
    else pairs.push([row, partner])
  }
  return { pairs, onlyBefore, onlyNow: [...free.values()].flat() }
}

/** `--id=@x create TABLE column=value … -- add PARENT UUID column @x` */
function create(kind: Kind, row: AnyRow, ref: string, place: Place | undefined, ...more: readonly string[]): Op {
  const about = `put back ${kind.label(row)}`
  const values = columnsOf(kind, row).map((c) => assign(kind, row, c))
  const made = op(about, [`--id=${ref}`, 'create', kind.parser.table], ...values, ...more)
  return place === undefined ? made : together(about, [made, op(about, ['add', place.table, place.parent, place.column, ref])])
}

/** `set TABLE UUID column=value …`: only what differs. */
function change(kind: Kind, before: AnyRow, now: AnyRow): readonly Op[] {
  const differs = columnsOf(kind, before).filter((c) => !sameJson(cellOf(before, c), cellOf(now, c)))
  if (differs.length === 0) return []
  const values = differs.map((c) => assign(kind, before, c))
  return [op(`set ${differs.join(', ')} of ${kind.label(before)} back`, ['set', kind.parser.table, now.uuid], ...values)]
}

const drop = (kind: Kind, row: AnyRow, place: Place | undefined): Op =>
  place === undefined
    ? op(`remove ${kind.label(row)}`, ['--if-exists', 'destroy', kind.parser.table, row.uuid])
    : removeRef(`remove ${kind.label(row)}`, place.table, place.parent, place.column, row.uuid)

/** NAT rows with the gateway port named as it will be after the restore: its UUID changes when the port is made anew. */
const gatewayPortAs = ({ nats, routerPort }: NbSlice, port: string | undefined): readonly Nat[] =>
  nats.map((n) => (routerPort !== null && n.gateway_port === routerPort.uuid ? { ...n, gateway_port: port ?? null } : n))
