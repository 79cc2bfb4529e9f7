/**
 * A database's rows, read whole and put back by difference: rows that did not change keep their life, those that come back keep their
 * UUID (ovsdb-server takes one in `insert`), so OVN does not have to build anything again.
 */
import { OvngwError } from '../kernel/errors.ts'
import { canonical, type Json } from '../kernel/json.ts'
import { transaction } from './ovsdb-call.ts'

type Row = Readonly<Record<string, Json>>
/** Rows by UUID, by table. */
export type Rows = Readonly<Record<string, Readonly<Record<string, Row>>>>

export interface Scope {
  readonly socket: string
  readonly database: string
  /** Tables, each with the columns to keep; an empty list is all of them. */
  readonly tables: Readonly<Record<string, readonly string[]>>
  /** Keys of `external_ids` that a daemon writes for itself. */
  readonly volatileIds?: RegExp
}

export const NORTHBOUND: Scope['tables'] = Object.fromEntries(
  [
    ...['Copp', 'Logical_Switch', 'Logical_Switch_Port', 'Address_Set', 'Port_Group', 'Load_Balancer', 'ACL', 'QoS', 'Logical_Router', 'Logical_Router_Port'],
    ...[
      'Logical_Router_Static_Route',
      'Logical_Router_Policy',
      'NAT',
      'DHCP_Options',
      'Gateway_Chassis',
      'HA_Chassis',
      'HA_Chassis_Group',
      'BFD',
      'Meter',
      'Meter_Band',
    ],
  ].map((table) => [table, []]),
)

/** What people and daemons configure; what the switch reports about itself stays as it is. */
export const SWITCH: Scope['tables'] = {
  Open_vSwitch: ['bridges', 'external_ids', 'other_config'],
  Bridge: ['name', 'datapath_type', 'ports', 'fail_mode', 'other_config', 'external_ids', 'protocols', 'stp_enable', 'mcast_snooping_enable'],
  Port: ['name', 'interfaces', 'tag', 'trunks', 'vlan_mode', 'other_config', 'external_ids'],
  Interface: ['name', 'type', 'options', 'mac', 'mtu_request', 'ofport_request', 'other_config', 'external_ids'],
}
export const SWITCH_VOLATILE = /^(ovn-installed|ct-zone-|ovn-startup-ts|ovn-nb-cfg|ovn-chassis-idx)/

async function transact(scope: Scope, operations: readonly Json[]): Promise<readonly Record<string, Json>[]> {
  const answers = (await transaction(scope.socket, [scope.database, ...operations])) as (Record<string, Json> | null)[]
  const wrong = answers.find((a) => a !== null && 'error' in a)
  if (wrong) throw new OvngwError('COMMAND', { what: `${scope.database} refused a transaction`, why: JSON.stringify(wrong) })
  return answers.map((a) => a ?? {})
}

export async function readRows(scope: Scope): Promise<Rows> {
  const tables = Object.entries(scope.tables)
  const select = ([table, columns]: [string, readonly string[]]): Json => ({
    op: 'select',
    table,
    where: [],
    ...(columns.length > 0 ? { columns: ['_uuid', ...columns] } : {}),
  })
  const answers = await transact(scope, tables.map(select))
  return Object.fromEntries(
    tables.map(([table], i) => [table, Object.fromEntries(((answers[i]?.['rows'] ?? []) as readonly Row[]).map((row) => [uuidOf(row), strip(row, scope)]))]),
  )
}

const uuidOf = (row: Row): string => String((row['_uuid'] as readonly Json[])[1])

function strip({ _uuid, _version, ...row }: Row, { volatileIds }: Scope): Row {
  if (!volatileIds || !row['external_ids']) return row
  return { ...row, external_ids: ['map', pairs(row['external_ids']).filter(([key]) => !volatileIds.test(key))] }
}

const pairs = (map: Json): readonly (readonly [string, Json])[] => (map as readonly [string, readonly (readonly [string, Json])[]])[1]

/** Makes the tables what they were. Answers how many rows it touched. */
export async function restoreRows(scope: Scope, want: Rows): Promise<number> {
  const have = await readRows(scope)
  const operations: Json[] = []
  for (const table of Object.keys(scope.tables)) {
    const [now, then] = [have[table] ?? {}, want[table] ?? {}]
    const where = (uuid: string): Json => [['_uuid', '==', ['uuid', uuid]]]
    // A port goes by itself with the last name of it: thousands of deletions would not fit into one argument.
    const stays = table === 'Open_vSwitch' || table === 'Logical_Switch_Port'
    for (const uuid of Object.keys(now)) if (!(uuid in then) && !stays) operations.push({ op: 'delete', table, where: where(uuid) })
    for (const [uuid, row] of Object.entries(then)) {
      const current = now[uuid]
      if (current === undefined) operations.push({ op: 'insert', table, uuid, row })
      else operations.push(...changes(table, where(uuid), current, row, scope))
    }
  }
  if (operations.length > 0) await transact(scope, operations)
  return operations.length
}

function changes(table: string, where: Json, current: Row, row: Row, { volatileIds }: Scope): Json[] {
  const differ = Object.keys(row).filter((column) => canonical(current[column]) !== canonical(row[column]))
  const [ids, columns] = [differ.includes('external_ids') && volatileIds !== undefined, differ.filter((c) => c !== 'external_ids' || volatileIds === undefined)]
  const update = columns.length === 0 ? [] : [{ op: 'update', table, where, row: Object.fromEntries(columns.map((c) => [c, row[c]])) }]
  if (!ids) return update
  // Only the keys that are not a daemon's: taken out, then put back with their old values.
  const keys = pairs(current['external_ids'] ?? ['map', []]).map(([key]) => key)
  return [
    ...update,
    {
      op: 'mutate',
      table,
      where,
      mutations: [
        ['external_ids', 'delete', ['set', keys]],
        ['external_ids', 'insert', row['external_ids'] ?? ['map', []]],
      ],
    },
  ]
}
