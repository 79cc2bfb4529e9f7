/**
 * The rows of the northbound database ovngw works with (ovn-nb(5)). Names are the schema's own; `since` marks columns that some of
 * the OVN releases we meet (22.x … 25.03) do not have.
 */
import { bool, int, optional, type RowOf, rowParser, set, since, str, strings, uuid } from './parse.ts'

export const LOGICAL_SWITCH = rowParser({
  table: 'Logical_Switch',
  columns: {
    name: str,
    ports: set(uuid),
    acls: set(uuid),
    qos_rules: set(uuid),
    forwarding_groups: set(uuid),
    load_balancer: set(uuid),
    dns_records: set(uuid),
    other_config: strings,
    external_ids: strings,
  },
})

export const LOGICAL_SWITCH_PORT = rowParser({
  table: 'Logical_Switch_Port',
  columns: {
    name: str,
    type: str,
    options: strings,
    addresses: set(str),
    port_security: set(str),
    parent_name: optional(str),
    /** VLAN id; on a localnet port the tag on the wire. */
    tag: optional(int),
    tag_request: optional(int),
    enabled: optional(bool),
    /** Written by ovn-northd. */
    up: optional(bool),
    /** 24.09+; a router port is named by `options:router-port` in every version. */
    peer: since(optional(str)),
    dhcpv4_options: optional(uuid),
    dhcpv6_options: optional(uuid),
    external_ids: strings,
  },
})

export const LOGICAL_ROUTER = rowParser({
  table: 'Logical_Router',
  columns: {
    name: str,
    ports: set(uuid),
    nat: set(uuid),
    policies: set(uuid),
    static_routes: set(uuid),
    enabled: optional(bool),
    options: strings,
    external_ids: strings,
  },
})

export const LOGICAL_ROUTER_PORT = rowParser({
  table: 'Logical_Router_Port',
  columns: {
    name: str,
    mac: str,
    networks: set(str),
    gateway_chassis: set(uuid),
    ha_chassis_group: optional(uuid),
    peer: optional(str),
    enabled: optional(bool),
    options: strings,
    ipv6_ra_configs: strings,
    ipv6_prefix: set(str),
    external_ids: strings,
    /** Written by ovn-northd (24.03+): `hosting-chassis`. */
    status: since(strings),
  },
})

export const LOGICAL_ROUTER_POLICY = rowParser({
  table: 'Logical_Router_Policy',
  columns: {
    priority: int,
    match: str,
    action: str,
    nexthop: optional(str),
    nexthops: set(str),
    options: strings,
    external_ids: strings,
    bfd_sessions: since(set(uuid)),
    chain: since(optional(str)),
    jump_chain: since(optional(str)),
  },
})

export const STATIC_ROUTE = rowParser({
  table: 'Logical_Router_Static_Route',
  columns: {
    ip_prefix: str,
    nexthop: str,
    /** `src-ip` or `dst-ip`; nothing means dst-ip. */
    policy: optional(str),
    output_port: optional(str),
    route_table: since(str),
    bfd: optional(uuid),
    options: strings,
    external_ids: strings,
    selection_fields: since(set(str)),
  },
})

export const NAT = rowParser({
  table: 'NAT',
  columns: {
    /** `snat`, `dnat` or `dnat_and_snat`. */
    type: str,
    external_ip: str,
    logical_ip: str,
    external_mac: optional(str),
    logical_port: optional(str),
    external_port_range: str,
    gateway_port: since(optional(uuid)),
    match: since(str),
    priority: since(int),
    allowed_ext_ips: optional(uuid),
    exempted_ext_ips: optional(uuid),
    options: strings,
    external_ids: strings,
  },
})

export const LOAD_BALANCER = rowParser({
  table: 'Load_Balancer',
  columns: {
    name: str,
    /** `172.56.0.9:80` → `10.16.0.5:8080,10.16.0.6:8080`; without a port all of them, IPv6 with a port in brackets. */
    vips: strings,
    /** `tcp`, `udp` or `sctp`. */
    protocol: optional(str),
    external_ids: strings,
  },
})

export const GATEWAY_CHASSIS = rowParser({
  table: 'Gateway_Chassis',
  columns: { name: str, chassis_name: str, priority: int, options: strings, external_ids: strings },
})

export const PORT_GROUP = rowParser({ table: 'Port_Group', columns: { name: str, ports: set(uuid), external_ids: strings } })

export const BFD = rowParser({ table: 'BFD', columns: { logical_port: str, dst_ip: str, status: optional(str), external_ids: strings } })

export type LogicalSwitch = RowOf<typeof LOGICAL_SWITCH>
export type LogicalSwitchPort = RowOf<typeof LOGICAL_SWITCH_PORT>
export type LogicalRouter = RowOf<typeof LOGICAL_ROUTER>
export type LogicalRouterPort = RowOf<typeof LOGICAL_ROUTER_PORT>
export type RouterPolicy = RowOf<typeof LOGICAL_ROUTER_POLICY>
export type StaticRoute = RowOf<typeof STATIC_ROUTE>
export type Nat = RowOf<typeof NAT>
export type LoadBalancer = RowOf<typeof LOAD_BALANCER>
export type GatewayChassis = RowOf<typeof GATEWAY_CHASSIS>
