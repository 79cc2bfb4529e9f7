/** The southbound database: which chassis exist, where ports are bound (ovn-sb(5)). Columns all exist since OVN 20.09, so only they are asked for. */
import type { Runner } from '../proc/command.ts'
import { type CallOptions, listTables, type ReadSpec, type Rows, readTables } from './call.ts'
import { bool, int, optional, type RowOf, rowParser, set, str, strings, uuid } from './parse.ts'

export const CHASSIS = rowParser({
  table: 'Chassis',
  columns: {
    /** The node's `external_ids:system-id`; what the annotation `ovn.kubernetes.io/chassis` names. */
    name: str,
    hostname: str,
    /** `ovn-bridge-mappings` and the like, as ovn-controller reported them. */
    other_config: strings,
    external_ids: strings,
    nb_cfg: int,
  },
})

export const ENCAP = rowParser({ table: 'Encap', columns: { chassis_name: str, type: str, ip: str } })

export const PORT_BINDING = rowParser({
  table: 'Port_Binding',
  columns: {
    logical_port: str,
    /** `chassisredirect` is a gateway port (`cr-PORT`): its `chassis` is where it is active. */
    type: str,
    chassis: optional(uuid),
    up: optional(bool),
    mac: set(str),
    nat_addresses: set(str),
    tag: optional(int),
    options: strings,
    external_ids: strings,
  },
})

const tables = { chassis: CHASSIS, encaps: ENCAP, portBindings: PORT_BINDING }
export const SB: ReadSpec<typeof tables> = { bin: 'ovn-sbctl', tables, narrow: true }

export type SbTables = Rows<typeof tables>
export type Chassis = RowOf<typeof CHASSIS>

/** `ovn-sbctl --timeout=15 --format=json -- --columns=_uuid,name,… list Chassis -- … list Encap -- … list Port_Binding` */
export const listSb = () => listTables(SB)
export const readSb = (runner: Runner, options?: CallOptions): Promise<SbTables> => readTables(runner, SB, options)

/** The chassis on which a router port's gateway is active now; undefined while nobody has it, or when it is no gateway port. */
export function activeChassis(sb: SbTables, routerPort: string): Chassis | undefined {
  const binding = sb.portBindings.find((b) => b.type === 'chassisredirect' && b.logical_port === `cr-${routerPort}`)
  return sb.chassis.find((c) => c.uuid === binding?.chassis)
}
