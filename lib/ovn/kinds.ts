/** How rows of each table are compared and put back. */
import type { Json } from '../kernel/json.ts'
import type { Columns, RowParser } from './parse.ts'
import { GATEWAY_CHASSIS, LOGICAL_ROUTER_POLICY, LOGICAL_ROUTER_PORT, LOGICAL_SWITCH, LOGICAL_SWITCH_PORT, NAT, STATIC_ROUTE } from './tables.ts'

export type AnyRow = { readonly uuid: string; readonly [column: string]: Json | undefined }

/** How rows of one table are put back. */
export interface Kind {
  readonly parser: RowParser<Columns>
  /** Columns we neither compare nor write: references restored elsewhere, and what ovn-northd fills in. */
  readonly skip: readonly string[]
  /** Columns that say which row it is: rows alike in these are changed, not replaced. */
  readonly key: readonly string[]
  readonly label: (row: AnyRow) => string
}

const named = (row: AnyRow): string => String(row['name'])
export const SWITCH: Kind = {
  parser: LOGICAL_SWITCH,
  skip: ['ports', 'acls', 'qos_rules', 'forwarding_groups'],
  key: ['name'],
  label: (r) => `switch ${named(r)}`,
}
export const SWITCH_PORT: Kind = { parser: LOGICAL_SWITCH_PORT, skip: ['up'], key: ['name'], label: (r) => `switch port ${named(r)}` }
export const ROUTER_PORT: Kind = {
  parser: LOGICAL_ROUTER_PORT,
  skip: ['gateway_chassis', 'status', 'ipv6_prefix'],
  key: ['name'],
  label: (r) => `router port ${named(r)}`,
}
export const CHASSIS: Kind = { parser: GATEWAY_CHASSIS, skip: [], key: ['name'], label: (r) => `gateway chassis ${named(r)}` }
export const NAT_ROW: Kind = {
  parser: NAT,
  skip: [],
  key: ['type', 'external_ip', 'logical_ip'],
  label: (r) => `NAT ${r['type']} ${r['external_ip']} → ${r['logical_ip']}`,
}
export const POLICY: Kind = { parser: LOGICAL_ROUTER_POLICY, skip: [], key: ['priority', 'match'], label: (r) => `policy ${r['priority']} ${r['match']}` }
export const ROUTE: Kind = {
  parser: STATIC_ROUTE,
  skip: [],
  key: ['ip_prefix', 'policy', 'route_table'],
  label: (r) => `route ${r['ip_prefix']} via ${r['nexthop']}`,
}

/** Columns to compare and write: those the row has (a row of an older schema lacks some). */
export const columnsOf = (kind: Kind, row: AnyRow): readonly string[] =>
  Object.keys(kind.parser.columns).filter((c) => !kind.skip.includes(c) && row[c] !== undefined)

/** A column's value for comparing: the members of a set have no order. */
export function cellOf(row: AnyRow, column: string): Json | undefined {
  const value = row[column]
  return Array.isArray(value) ? [...(value as readonly Json[])].sort() : value
}

/** `column=value` as ovn-nbctl takes it. */
export const assign = (kind: Kind, row: AnyRow, column: string): string => `${column}=${kind.parser.columns[column]?.encode(row[column])}`
