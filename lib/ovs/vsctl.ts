/** A node's Open vSwitch, four tables in one call (ovs-vswitchd.conf.db(5)); the columns all exist since OVS 2.13. */

import { OvngwError } from '../kernel/errors.ts'
import { type CallOptions, listTables, parseTables, type ReadSpec, type Rows, readTables } from '../ovn/call.ts'
import { int, optional, type RowOf, rowParser, set, str, strings, uuid } from '../ovn/parse.ts'
import type { Runner } from '../proc/command.ts'

export const OPEN_VSWITCH = rowParser({
  table: 'Open_vSwitch',
  columns: { bridges: set(uuid), ovs_version: optional(str), datapath_types: set(str), iface_types: set(str), other_config: strings, external_ids: strings },
})

export const BRIDGE = rowParser({
  table: 'Bridge',
  columns: {
    name: str,
    ports: set(uuid),
    /** `netdev` is the userspace (DPDK) datapath; empty or `system` is the kernel's. */
    datapath_type: str,
    fail_mode: optional(str),
    other_config: strings,
    external_ids: strings,
  },
})

export const PORT = rowParser({
  table: 'Port',
  columns: {
    name: str,
    interfaces: set(uuid),
    tag: optional(int),
    trunks: set(int),
    vlan_mode: optional(str),
    bond_mode: optional(str),
    external_ids: strings,
  },
})

export const INTERFACE = rowParser({
  table: 'Interface',
  columns: {
    name: str,
    /** Empty or `system` is a network device of the host; `internal`, `patch`, `geneve`, `dpdk`, … */
    type: str,
    options: strings,
    /** Why the device could not be opened, or a patch port found no peer. */
    error: optional(str),
    admin_state: optional(str),
    link_state: optional(str),
    /** Bits per second. */
    link_speed: optional(int),
    mac_in_use: optional(str),
    mtu: optional(int),
    ofport: optional(int),
    status: strings,
    external_ids: strings,
  },
})

const tables = { roots: OPEN_VSWITCH, bridges: BRIDGE, ports: PORT, interfaces: INTERFACE }
export const OVS: ReadSpec<typeof tables> = { bin: 'ovs-vsctl', tables, narrow: true }

export type OpenVswitch = RowOf<typeof OPEN_VSWITCH>
export type Bridge = RowOf<typeof BRIDGE>
export type Port = RowOf<typeof PORT>
export type Interface = RowOf<typeof INTERFACE>

export interface OvsTables extends Omit<Rows<typeof tables>, 'roots'> {
  readonly openVswitch: OpenVswitch
}

/** `ovs-vsctl --timeout=15 --format=json -- --columns=… list Open_vSwitch -- … list Bridge -- … list Port -- … list Interface` */
export const listOvs = () => listTables(OVS)

export const parseOvs = (text: string): OvsTables => oneRoot(parseTables(OVS, text))

export const readOvs = async (runner: Runner, options?: CallOptions): Promise<OvsTables> => oneRoot(await readTables(runner, OVS, options))

function oneRoot({ roots, ...rest }: Rows<typeof tables>): OvsTables {
  const [openVswitch, ...more] = roots
  if (openVswitch !== undefined && more.length === 0) return { openVswitch, ...rest }
  throw new OvngwError('PARSE', { what: `the Open_vSwitch table has ${roots.length} rows`, why: 'exactly one is what ovs-vswitchd makes' })
}
