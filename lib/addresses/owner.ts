/** Somebody who has or occupies an external address, and everything such people are found in. Types only, and their words. */
import type { PodView } from '../gateway/pods.ts'
import type { SiteAddress } from '../inventory/neighbours.ts'
import type { PodRef, Site } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import type { Ip } from '../net/ip.ts'
import type { NbTables } from '../ovn/nb.ts'

export interface Owner {
  readonly kind:
    | 'pod'
    | 'nat'
    | 'load-balancer'
    | 'ovn-eip'
    | 'ovn-fip'
    | 'ovn-snat'
    | 'ovn-dnat'
    | 'iptables-eip'
    | 'egress-gateway'
    | 'ip'
    | 'vip'
    | 'service'
    | 'node'
    | 'router-port'
    | 'next-hop'
    | 'site'
  /** For people: `shop/web-0` of a pod, `OvnEip office`, `Service shop/web`. */
  readonly object: string
  /** What it does with the address, where the kind leaves that open. */
  readonly how?: 'eip' | 'snat' | undefined
  /** The way out: the command or action after which the address is free. */
  readonly way: string
  /** The pod whose address it is: to that pod it is no conflict. */
  readonly pod?: PodRef | undefined
  /** Of a NAT row of the gateway's router, or of a pod on it: the address inside, which may be the asking pod's own (KubeVirt: two pods, one address). */
  readonly logicalIp?: string | undefined
}

/** What owners are found in, as it was read. */
export interface Sources {
  /** Whose pools reserve addresses; its name is in the commands. */
  readonly site: Pick<Site, 'name' | 'file' | 'pools'>
  readonly pods: readonly PodView[]
  readonly nb: Pick<NbTables, 'routers' | 'routerPorts' | 'nats' | 'loadBalancers'>
  /** The router whose pods the gateway serves; other routers may use the same inside addresses. */
  readonly router: string
  readonly nextHop: string | undefined
  readonly nodes: readonly KubeObject[]
  readonly services: readonly KubeObject[]
  readonly ovnEips: readonly KubeObject[]
  readonly ovnFips: readonly KubeObject[]
  readonly ovnSnatRules: readonly KubeObject[]
  readonly ovnDnatRules: readonly KubeObject[]
  readonly iptablesEips: readonly KubeObject[]
  readonly egressGateways: readonly KubeObject[]
  readonly ips: readonly KubeObject[]
  readonly vips: readonly KubeObject[]
  readonly otherSites: readonly SiteAddress[]
}

export interface Owners {
  /** Everybody who has it; nobody: an empty list. */
  of(ip: Ip): readonly Owner[]
}

/** The owner of every one of the addresses. Texts that are no address are passed over (R15); `v4,v6` is two. Described when asked for: 100,000 texts would be kept for nothing. */
export type Add = (addresses: readonly unknown[], describe: () => Owner) => void

/** The way out where the address is no pod's to have. */
export const ELSEWHERE = 'choose another address'
