/** Rules of assignments: one target, one kind, an address that may be given out, and no address given out twice (R9, R14, R15, R19). */
import { addressOf, contains, isHostOf, networkCidr } from '../net/cidr.ts'
import type { Ip } from '../net/ip.ts'
import { type At, type Loose, type LooseAssignment, poolOf } from './loose.ts'
import { nearest, type Problem, showPath } from './problem.ts'

export const assignmentRules = (site: Loose): readonly Problem[] => [
  ...site.assignments.flatMap((a) => [...shapeRules(site, a), ...addressRules(site, a.eip), ...addressRules(site, a.snat)]),
  ...uniqueRules(site),
  ...podRules(site),
]

const TARGETS = ['pod', 'workload', 'select'] as const

function shapeRules(site: Loose, a: LooseAssignment): readonly Problem[] {
  const { path, has } = a
  const found: Problem[] = []
  const say = (why: string, fix: string): number => found.push({ path, why, fix })
  const targets = TARGETS.filter((t) => has[t])
  if (targets.length > 1) say(`has ${targets.join(' and ')}`, 'keep one of them')
  if (targets.length === 0)
    say(
      'says neither pod, workload nor select',
      'add pod: NAMESPACE/NAME, workload: NAMESPACE/deployment/NAME, or select: { namespace: shop, labels: { app: api } }',
    )
  if (has.eip && has.snat)
    say('has both eip and snat', 'write an assignment for each: an EIP is used for outbound traffic too, so the eip alone is mostly enough')
  if (!has.eip && !has.snat) say('says neither eip nor snat', 'add eip: ADDRESS, eip: { pool: NAME } or snat: ADDRESS')
  if (a.emptySelect) found.push({ path: [...path, 'select'], why: 'selects every pod of the cluster', fix: 'add a namespace or labels' })
  if (has.select && a.eip !== undefined) {
    const fix = 'name the pod, write eip: { pool: NAME } for one address each, or snat: to share one'
    found.push({ path: a.eip.path, why: `one EIP cannot serve all selected pods`, fix })
  }
  if (a.pool !== undefined && !site.pools.some((p) => p.name?.value === a.pool?.value)) found.push(unknownPool(site, a.pool))
  return found
}

function unknownPool(site: Loose, pool: At<string>): Problem {
  const names = site.pools.flatMap((p) => (p.name === undefined ? [] : [p.name.value]))
  const guess = nearest(pool.value, names)
  const fix = guess !== undefined ? `did you mean ${guess}?` : names.length === 0 ? 'add it under pools:' : `pools here: ${names.join(', ')}`
  return { path: pool.path, why: `there is no pool ${pool.value}`, fix }
}

function addressRules(site: Loose, at: At<Ip> | undefined): readonly Problem[] {
  if (at === undefined) return []
  const { path, value: ip } = at
  const say = (why: string, fix: string): readonly Problem[] => [{ path, why: `${ip} ${why}`, fix }]
  const gateway = site.address
  if (gateway !== undefined && ip === addressOf(gateway.value)) return say('is the router port’s own address', 'give the pod another one')
  if (ip === site.nextHop?.value) return say('is the next hop: giving it to a pod cuts off the whole network', 'give the pod another one')
  const holder = site.pools.flatMap((p) => p.reserved).find((r) => r.value === ip)
  if (holder !== undefined) return say(`is reserved (${showPath(holder.path)})`, 'give the pod another one')
  if (poolOf(site, ip) !== undefined || gateway === undefined) return []
  const net = networkCidr(gateway.value)
  if (!contains(gateway.value, ip))
    return say(`is neither in ${net}, the network of gateway.address, nor in a pool`, 'correct it, or add a pool with onLink: false')
  return isHostOf(gateway.value, ip) ? [] : say(`is the network or broadcast address of ${net}`, 'give the pod another one')
}

const KINDS = ['eip', 'snat'] as const

interface Use {
  readonly at: At<Ip>
  readonly kind: 'eip' | 'snat'
}

/** An EIP is given once and is no SNAT (R9, R14); several pods may share a SNAT (R19). */
function uniqueRules(site: Loose): readonly Problem[] {
  const uses = new Map<string, Use>()
  return site.assignments.flatMap(usesOf).flatMap((use): readonly Problem[] => {
    const other = uses.get(use.at.value)
    if (other === undefined) {
      uses.set(use.at.value, use)
      return []
    }
    return use.kind === 'snat' && other.kind === 'snat' ? [] : [twice(use.at, use.kind, other)]
  })
}

const usesOf = (a: LooseAssignment): readonly Use[] => KINDS.flatMap((kind): readonly Use[] => (a[kind] === undefined ? [] : [{ at: a[kind], kind }]))

/** A pod has one EIP and one SNAT at most. */
function podRules(site: Loose): readonly Problem[] {
  const seen = new Map<string, string>()
  return site.assignments.flatMap((a) =>
    KINDS.filter((kind) => a.pod !== undefined && a.has[kind]).flatMap((kind): readonly Problem[] => {
      const key = `${kind} ${a.pod}`
      const earlier = seen.get(key)
      seen.set(key, earlier ?? showPath(a.path))
      return earlier === undefined ? [] : [{ path: [...a.path, 'pod'], why: `${a.pod} has ${an(kind)} already (${earlier})`, fix: 'keep one of the two' }]
    }),
  )
}

const an = (kind: 'eip' | 'snat'): string => (kind === 'eip' ? 'an EIP' : 'a SNAT')

const twice = (at: At<Ip>, kind: 'eip' | 'snat', other: Use): Problem => ({
  path: at.path,
  why: `${at.value} is ${an(other.kind)} already (${showPath(other.at.path)})${kind === other.kind ? '' : `, it cannot be ${an(kind)} too`}`,
  fix: 'give out another address',
})
