/** Rules between members of a site. They see what could be understood, so that all problems of a file come at once. */
import { addressOf, broadcast, contains, inRange, isHostOf, network, networkCidr, rangesOverlap, showRange } from '../net/cidr.ts'
import { compareIp } from '../net/ip.ts'
import { assignmentRules } from './assignment-rules.ts'
import type { At, Loose, LoosePool } from './loose.ts'
import type { Problem } from './problem.ts'
import { showPath } from './problem.ts'

export const crossProblems = (site: Loose): readonly Problem[] => [...gatewayRules(site), ...poolRules(site), ...assignmentRules(site), ...probeRules(site)]

function gatewayRules(site: Loose): readonly Problem[] {
  if (!site.gateway) return []
  const distributed = site.type === 'distributed'
  const found: Problem[] = []
  if (!distributed && !site.anyNodes) {
    found.push({ path: ['gateway', 'nodes'], why: 'a centralized gateway needs at least one node', fix: 'add it, like nodes: [gw-1]' })
  }
  site.nodes.forEach((n, i) => {
    const first = site.nodes.findIndex((other) => other.value === n.value)
    if (first < i) found.push({ path: n.path, why: `node ${n.value} is listed twice`, fix: 'name each node once' })
    if (n.priority && distributed) {
      found.push({ path: [...n.path.slice(0, -1), 'priority'], at: 'key', why: 'a distributed gateway has no priorities', fix: 'leave it out' })
    }
  })
  return [...found, ...nextHopRules(site)]
}

function nextHopRules({ address, nextHop }: Loose): readonly Problem[] {
  if (address === undefined || nextHop === undefined) return []
  const net = networkCidr(address.value)
  const problem = (why: string, fix: string): readonly Problem[] => [{ path: nextHop.path, why: `${nextHop.value} ${why}`, fix }]
  if (!contains(address.value, nextHop.value)) {
    return problem(`is not in ${net}, the network of gateway.address`, 'correct the address, its prefix length or the next hop')
  }
  if (nextHop.value === addressOf(address.value)) return problem('is gateway.address itself', 'write the address of the physical gateway')
  if (!isHostOf(address.value, nextHop.value)) return problem(`is the network or broadcast address of ${net}`, 'write the address of the physical gateway')
  return []
}

function poolRules(site: Loose): readonly Problem[] {
  const found: Problem[] = []
  const ranges = site.pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range })))
  ranges.forEach(({ range }, i) => {
    const other = ranges.slice(0, i).find((o) => rangesOverlap(o.range.value, range.value))
    if (other === undefined) return
    const why = `${showRange(range.value)} overlaps ${showRange(other.range.value)} (${showPath(other.range.path)})`
    found.push({ path: range.path, why, fix: 'give each address to one range' })
  })
  site.pools.forEach((pool, i) => {
    const { name } = pool
    if (name !== undefined && site.pools.slice(0, i).some((p) => p.name?.value === name.value)) {
      found.push({ path: name.path, why: `pool ${name.value} is there twice`, fix: 'join their ranges, or rename one' })
    }
    found.push(...rangeOrder(pool), ...linkRules(site, pool))
  })
  return found
}

function rangeOrder(pool: LoosePool): readonly Problem[] {
  return pool.ranges.flatMap((range, i): readonly Problem[] => {
    const before = pool.ranges[i - 1]
    if (before === undefined || compareIp(before.value.first, range.value.first) <= 0) return []
    return [{ path: range.path, why: `${showRange(range.value)} stands after ${showRange(before.value)}`, fix: 'order the ranges of a pool by address' }]
  })
}

/** An on-link pool lies in the router port's network, and cannot hold its network or broadcast address. */
function linkRules({ address }: Loose, pool: LoosePool): readonly Problem[] {
  if (address === undefined || !pool.onLink) return []
  const net = networkCidr(address.value)
  const ends = [network(address.value), broadcast(address.value)].filter((ip) => ip !== undefined)
  return pool.ranges.flatMap(({ path, value }): readonly Problem[] => {
    if (!contains(address.value, value.first) || !contains(address.value, value.last)) {
      return [
        {
          path,
          why: `${showRange(value)} is not in ${net}, the network of gateway.address`,
          fix: 'correct it, or say onLink: false when it is routed to the gateway',
        },
      ]
    }
    const end = ends.find((ip) => inRange(value, ip))
    return end === undefined ? [] : [{ path, why: `${showRange(value)} holds ${end}, which is no host of ${net}`, fix: `leave ${end} out` }]
  })
}

function probeRules(site: Loose): readonly Problem[] {
  return site.outside.flatMap(({ path, value }: At<readonly string[]>): readonly Problem[] =>
    value.length === 1
      ? []
      : [
          {
            path,
            why: value.length === 0 ? 'has neither exec nor ssh' : `has ${value.length === 2 ? 'both ' : ''}${value.join(' and ')}`,
            fix: 'write { exec: [ip, netns, exec, outside] } or { ssh: user@host }',
          },
        ],
  )
}
