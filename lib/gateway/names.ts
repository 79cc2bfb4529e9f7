/** Kube-OVN's own keys, as the controller and the daemon spell them (reality.md; kube-ovn pkg/util/const.go). */
export const CONFIG_NAME = 'ovn-external-gw-config'
/** Ours: which address of a pool was whose (docs/adr/0007). */
export const MEMORY_NAME = 'ovngw-addresses'
export const INTERCONNECT_NAME = 'ovn-ic-config'

export const EIP = 'ovn.kubernetes.io/eip'
export const SNAT = 'ovn.kubernetes.io/snat'
export const ROUTED = 'ovn.kubernetes.io/routed'
export const POD_IP = 'ovn.kubernetes.io/ip_address'
export const POD_SWITCH = 'ovn.kubernetes.io/logical_switch'
/** A next hop of the pod's own: another feature with a policy of the same priority (R31). */
export const NORTH_GATEWAY = 'ovn.kubernetes.io/north_gateway'
export const POD_ROUTER = 'ovn.kubernetes.io/logical_router'
export const CHASSIS = 'ovn.kubernetes.io/chassis'
export const GATEWAY_LABEL = 'ovn.kubernetes.io/external-gw'
/** Ours, on a Node: it is in maintenance, and what to put back (lib/gateway/maintenance.ts). */
export const MAINTENANCE = 'ovngw.io/maintenance'

/** Priority of the reroute policy of an EIP or SNAT pod (R3). */
export const REROUTE_PRIORITY = 29250
/** The default VPC: the only one whose pods the ConfigMap gateway serves (R20). */
export const DEFAULT_VPC = 'ovn-cluster'

/** Keys of the ConfigMap. */
export const KEY = {
  enable: 'enable-external-gw',
  type: 'type',
  nodes: 'external-gw-nodes',
  nic: 'external-gw-nic',
  address: 'nic-ip',
  mac: 'nic-mac',
  nextHop: 'external-gw-addr',
} as const
