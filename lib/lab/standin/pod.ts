/** What Kube-OVN writes into and reads from one pod. */
import type { KubeObject } from '../../kube/port.ts'
import { parseIp } from '../../net/ip.ts'
import { specOf, statusOf } from './context.ts'

const key = (name: string): string => `ovn.kubernetes.io/${name}`
export const ALLOCATED = key('allocated')
export const ROUTED = key('routed')
export const EIP = key('eip')
export const SNAT = key('snat')
export const IP = key('ip_address')
export const MAC = key('mac_address')
export const CIDR = key('cidr')
export const GATEWAY = key('gateway')
export const LOGICAL_SWITCH = key('logical_switch')
export const LOGICAL_ROUTER = key('logical_router')
export const NIC_TYPE = key('pod_nic_type')

export const annotation = (pod: KubeObject, name: string): string => pod.metadata.annotations?.[name] ?? ''

/** `namespace/name`. */
export const podKey = (pod: KubeObject): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`

/** Name of its logical switch port: `name.namespace`. */
export const portName = (pod: KubeObject): string => `${pod.metadata.name}.${pod.metadata.namespace ?? 'default'}`

export const nodeOf = (pod: KubeObject): string => String(specOf(pod)['nodeName'] ?? '')

/** On a node, in the pod network, and not finished. */
export const isOurs = (pod: KubeObject): boolean =>
  nodeOf(pod) !== '' && specOf(pod)['hostNetwork'] !== true && !['Succeeded', 'Failed'].includes(String(statusOf(pod)['phase'] ?? ''))

/** Kube-OVN's CheckProtocol: the family of the first address, '' for what is no address (R15). */
export function protocol(text: string): '' | 'IPv4' | 'IPv6' {
  const first = (text.split(',')[0] ?? '').split('/')[0] ?? ''
  try {
    return parseIp(first).includes(':') ? 'IPv6' : 'IPv4'
  } catch {
    return ''
  }
}
