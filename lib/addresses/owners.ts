/**
 * Who has or occupies an external address: one index over everything that can be read, made in one pass over each source and then asked for
 * any number of addresses. Pure. Kube-OVN itself looks for no conflict at all (R9, R14, R15).
 */
import { isAlive } from '../gateway/judge.ts'
import { hint } from '../gateway/judge-hints.ts'
import { samePod } from '../gateway/judge-pods.ts'
import { tryIp } from '../gateway/judge-scene.ts'
import { DEFAULT_VPC } from '../gateway/names.ts'
import { type PodView, podName } from '../gateway/pods.ts'
import type { PodRef } from '../inventory/site.ts'
import type { Ip } from '../net/ip.ts'
import { addObjects } from './objects.ts'
import { type Add, ELSEWHERE, type Owner, type Owners, type Sources } from './owner.ts'
import { addRows } from './rows.ts'

export function indexOwners(sources: Sources): Owners {
  const byIp = new Map<Ip, (() => Owner)[]>()
  const add: Add = (addresses, describe) => {
    for (const ip of ipsOf(addresses, byIp)) {
      const known = byIp.get(ip)
      if (known === undefined) byIp.set(ip, [describe])
      else known.push(describe)
    }
  }
  addPods(add, sources)
  addObjects(add, sources)
  addRows(add, sources)
  addSites(add, sources)
  return { of: (ip) => byIp.get(ip)?.map((describe) => describe()) ?? [] }
}

/** The addresses of texts, each once. A text that is a key already needs no parsing: most are said by several sources. */
function ipsOf(values: readonly unknown[], known: ReadonlyMap<Ip, unknown>): readonly Ip[] {
  const ips: Ip[] = []
  for (const value of values) {
    if (typeof value !== 'string' || value === '') continue
    for (const part of value.split(',')) {
      const ip = known.has(part as Ip) ? (part as Ip) : tryIp(part.trim())
      if (ip !== undefined && !ips.includes(ip)) ips.push(ip)
    }
  }
  return ips
}

/** Finished pods gave their address back. */
function addPods(add: Add, { pods, site, router }: Sources): void {
  const way = (pod: PodView, only: 'eip' | 'snat'): string =>
    `${hint.release(site, pod)}${pod.eip === undefined || pod.snat === undefined ? '' : ` --only ${only}`}`
  const onRouter = (pod: PodView): string | undefined => (pod.vpc === router || pod.vpc === DEFAULT_VPC ? pod.ip : undefined)
  for (const pod of pods) {
    if (!isAlive(pod)) continue
    for (const how of ['eip', 'snat'] as const)
      if (pod[how] !== undefined) add([pod[how]], () => ({ kind: 'pod', object: podName(pod), how, way: way(pod, how), pod, logicalIp: onRouter(pod) }))
  }
}

function addSites(add: Add, { site, nextHop, otherSites }: Sources): void {
  add([nextHop], () => ({ kind: 'next-hop', object: 'the next hop', way: ELSEWHERE }))
  for (const { name, reserved } of site.pools)
    for (const [address, why] of Object.entries(reserved))
      add([address], () => ({ kind: 'site', object: `reserved in pool ${name}: ${why}`, way: `take it out of reserved of pool ${name}${at(site.file)}` }))
  for (const { site: other, address, what, pod } of otherSites)
    add([address], () => ({ kind: 'site', object: `${what} in site ${other}`, way: `give it up in site ${other}`, pod }))
}

const at = (file: string | undefined): string => (file === undefined ? '' : ` in ${file}`)

/** Who wants the address, and as what. */
export interface Claim {
  /** `ip`: its address inside, as annotated. Undefined: nobody's yet. */
  readonly pod: (PodRef & { readonly ip?: string | undefined }) | undefined
  readonly how: 'eip' | 'snat'
}

/**
 * The owners that conflict with giving `ip` to this pod: not the pod itself, by its annotation or by rows for its address inside. An EIP is
 * exclusive; a SNAT may be shared by pods (R19), and with nothing else.
 */
export function conflicts(owners: Owners, ip: Ip, { pod, how }: Claim): readonly Owner[] {
  const inside = pod?.ip?.split(',') ?? []
  return owners.of(ip).filter((o) => {
    if (o.pod !== undefined && samePod(o.pod, pod)) return false
    if (o.logicalIp !== undefined && inside.includes(o.logicalIp)) return false
    return !(how === 'snat' && o.kind === 'pod' && o.how === 'snat')
  })
}

/** So many are named, the others counted: one SNAT can be a thousand pods'. */
const NAMED = 5

/** `OvnEip office`; of several each with its own way out: `EIP of pod shop/web-0 (ovngw release shop/web-0) and OvnEip office (…) and 12 others` */
export function showOwners(owners: readonly Owner[]): string {
  const [only, ...others] = owners
  if (only !== undefined && others.length === 0) return showOwner(only)
  const rest = owners.length - NAMED
  return [...owners.slice(0, NAMED).map((o) => `${showOwner(o)} (${o.way})`), ...(rest > 0 ? [`${rest} others`] : [])].join(' and ')
}

const showOwner = ({ kind, object, how }: Owner): string => (kind === 'pod' ? `${how === 'eip' ? 'EIP' : 'SNAT'} of pod ${object}` : object)
