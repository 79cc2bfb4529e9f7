/** The northbound database, all tables ovngw looks at in one call. */
import type { Runner } from '../proc/command.ts'
import { type CallOptions, listTables, type ReadSpec, type Rows, readTables } from './call.ts'
import {
  BFD,
  GATEWAY_CHASSIS,
  LOAD_BALANCER,
  LOGICAL_ROUTER,
  LOGICAL_ROUTER_POLICY,
  LOGICAL_ROUTER_PORT,
  LOGICAL_SWITCH,
  LOGICAL_SWITCH_PORT,
  NAT,
  PORT_GROUP,
  STATIC_ROUTE,
} from './tables.ts'

const tables = {
  switches: LOGICAL_SWITCH,
  switchPorts: LOGICAL_SWITCH_PORT,
  routers: LOGICAL_ROUTER,
  routerPorts: LOGICAL_ROUTER_PORT,
  policies: LOGICAL_ROUTER_POLICY,
  routes: STATIC_ROUTE,
  nats: NAT,
  loadBalancers: LOAD_BALANCER,
  gatewayChassis: GATEWAY_CHASSIS,
  portGroups: PORT_GROUP,
  bfd: BFD,
}
/** Not narrow: which columns exist differs between the OVN releases we meet. */
export const NB: ReadSpec<typeof tables> = { bin: 'ovn-nbctl', tables, narrow: false }

/** Rows of every table, `{ uuid, …columns }`; references between rows are UUIDs. */
export type NbTables = Rows<typeof tables>

/** `ovn-nbctl --timeout=15 --format=json -- list Logical_Switch -- list Logical_Switch_Port -- …` */
export const listNb = () => listTables(NB)
export const readNb = (runner: Runner, options?: CallOptions): Promise<NbTables> => readTables(runner, NB, options)
