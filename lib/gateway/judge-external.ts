/** External addresses: which are asked about, and what the external network looks like. */
import type { PodRef, Pool, Site } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { contains, inRange, parseRange, type Range, showRange } from '../net/cidr.ts'
import { parseIp } from '../net/ip.ts'
import type { External, Wish } from './judge-address.ts'
import { externalNetwork, nextHopOf, readScene, tryCidr, wantedGateway } from './judge-scene.ts'
import type { Look } from './look.ts'

/**
 * One address for one pod, or many (`asks`); without either every fixed address of the site's assignments. `leaving`: pods whose present
 * addresses and NAT rows go in the same run, before anybody gets them.
 */
export type AddressArgs = {
  readonly address?: string
  readonly kind?: 'eip' | 'snat'
  readonly pod?: { readonly namespace: string; readonly name: string }
  readonly asks?: readonly { readonly address: string; readonly kind: 'eip' | 'snat'; readonly pod: { readonly namespace: string; readonly name: string } }[]
  readonly leaving?: readonly { readonly namespace: string; readonly name: string; readonly ip: string | null }[]
}

export function wishes(site: Site, { address, kind = 'eip', pod, asks }: AddressArgs): readonly Wish[] {
  if (address !== undefined) return [{ address, kind, pod }]
  if (asks !== undefined) return asks
  return site.assignments.flatMap((a): readonly Wish[] => {
    const whose: PodRef | undefined = 'pod' in a.target ? a.target.pod : undefined
    if ('snat' in a) return [{ address: a.snat, kind: 'snat', pod: whose }]
    return typeof a.eip === 'string' && whose !== undefined ? [{ address: a.eip, kind: 'eip', pod: whose }] : []
  })
}

/** @throws what looking throws */
export async function readExternal(look: Look): Promise<External> {
  const [wanted, scene, subnets, ovnEips] = await Promise.all([wantedGateway(look), readScene(look), look.subnets(), look.ovnEips()])
  return {
    network: wanted === undefined ? undefined : externalNetwork(wanted, scene, subnets),
    routerPort: scene.parts.routerPort?.networks ?? (wanted === undefined || wanted.address === 'auto' ? [] : [wanted.address]),
    nextHop: wanted === undefined ? undefined : nextHopOf(wanted, scene.settings, subnets),
    pools: look.site.pools,
    nodes: scene.nodes,
    ovnEips: ovnEips.filter((e) => (e['spec'] as { type?: string } | undefined)?.type !== 'lrp'),
  }
}

/** Ranges of the pool that a Subnet covers and does not exclude: its IPAM may hand them out. Ranges that are excluded in parts count whole. */
export function notExcluded(pool: Pool, subnet: KubeObject): readonly string[] {
  const spec = (subnet['spec'] ?? {}) as { readonly cidrBlock?: string; readonly excludeIps?: readonly string[] }
  const blocks = (spec.cidrBlock ?? '').split(',').flatMap((text) => tryCidr(text) ?? [])
  const excluded = (spec.excludeIps ?? []).flatMap((text) => tryRange(text.replace('..', '-')) ?? [])
  return pool.ranges
    .map(({ first, last }) => ({ first: parseIp(first), last: parseIp(last) }))
    .filter(({ first, last }) => blocks.some((b) => contains(b, first) || contains(b, last)) && !excluded.some((e) => inRange(e, first) && inRange(e, last)))
    .map(showRange)
}

function tryRange(text: string): Range | undefined {
  try {
    return parseRange(text)
  } catch {
    return undefined // what Kube-OVN itself does not understand excludes nothing
  }
}
