/** Addresses that other sites give away on the same outside network. Pure. */
import { addressOf, overlaps, parseCidr } from '../net/cidr.ts'
import type { PodRef, Site } from './site.ts'

export interface SiteAddress {
  readonly site: string
  readonly address: string
  /** For people: `EIP of shop/web-0`. */
  readonly what: string
  /** The very pod, where both files speak of one cluster. */
  readonly pod?: PodRef | undefined
}

/** Fixed addresses and the router port of every other site whose network overlaps ours; files without a gateway count when their cluster is ours. */
export const siteAddresses = (own: Site, others: readonly Site[]): readonly SiteAddress[] =>
  others.filter((other) => other.file !== own.file && sharesNetwork(own, other)).flatMap((other) => addressesOf(own, other))

function addressesOf(own: Site, other: Site): readonly SiteAddress[] {
  const ours = isOneGateway(own, other)
  const { name: site, gateway, assignments } = other
  const port =
    ours || gateway === undefined || gateway.address === 'auto' ? [] : [{ site, address: addressOf(parseCidr(gateway.address)), what: 'the router port' }]
  const given = assignments.flatMap((a): readonly SiteAddress[] => {
    const pod = 'pod' in a.target ? a.target.pod : undefined
    // Pods of one gateway may share a SNAT address (R19).
    if ('snat' in a) return ours ? [] : [{ site, address: a.snat, what: 'a SNAT address' }]
    if (typeof a.eip !== 'string') return []
    return [{ site, address: a.eip, what: pod === undefined ? 'an EIP' : `EIP of ${pod.namespace}/${pod.name}`, pod: ours ? pod : undefined }]
  })
  return [...port, ...given]
}

const networkOf = ({ gateway }: Site) => (gateway === undefined || gateway.address === 'auto' ? undefined : parseCidr(gateway.address))

function sharesNetwork(a: Site, b: Site): boolean {
  const [one, other] = [networkOf(a), networkOf(b)]
  return one === undefined || other === undefined ? isOneCluster(a, b) : overlaps(one, other)
}

const isOneCluster = (a: Site, b: Site): boolean => a.cluster.context === b.cluster.context && a.cluster.kubeconfig === b.cluster.kubeconfig
/** An adopted copy names the cluster by another kubeconfig, its gateway the same. */
const isOneGateway = (a: Site, b: Site): boolean =>
  a.gateway === undefined || b.gateway === undefined ? isOneCluster(a, b) : a.gateway.address === b.gateway.address
