/** Access control lists of logical switches and port groups (ovn-nb(5)): NetworkPolicy and security groups become these. */
import type { Runner } from '../proc/command.ts'
import { type CallOptions, type ReadSpec, type Rows, readTables } from './call.ts'
import { int, type RowOf, rowParser, set, str, strings, uuid } from './parse.ts'

const ACL = rowParser({
  table: 'ACL',
  columns: {
    /** `allow`, `allow-related`, `allow-stateless`, `drop`, `reject` or `pass`. */
    action: str,
    /** `from-lport`: what the port sends; `to-lport`: what it gets. */
    direction: str,
    match: str,
    priority: int,
    external_ids: strings,
  },
})
const GROUP = rowParser({ table: 'Port_Group', columns: { name: str, ports: set(uuid), acls: set(uuid), external_ids: strings } })

const tables = { acls: ACL, groups: GROUP }
const ACLS: ReadSpec<typeof tables> = { bin: 'ovn-nbctl', tables, narrow: true }

export type Acl = RowOf<typeof ACL>
export type AclTables = Rows<typeof tables>

/** `ovn-nbctl --timeout=15 --format=json -- --columns=… list ACL -- --columns=… list Port_Group` */
export const readAcls = (runner: Runner, options?: CallOptions): Promise<AclTables> => readTables(runner, ACLS, options)
