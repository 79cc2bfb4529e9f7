/**
 * Which address each pod gets. A pure function of the inventory, the pods and what is remembered: the same on every machine, whatever the order
 * of either list; what a pod has it keeps; what a workload had comes back to its next pod; only then the lowest free address is taken.
 */
import { isTwin, type PodView, podName } from '../gateway/pods.ts'
import type { Assignment, Pool } from '../inventory/site.ts'
import type { Ipv4 } from '../net/ip.ts'
import type { Memory } from './memory.ts'
import { byAddress, type Space, spaceOf } from './space.ts'
import { showFrom, slotOf, type Trouble, type Wish, wishesOf } from './wishes.ts'

export interface Target {
  readonly eip?: Ipv4
  readonly snat?: Ipv4
}

export interface AllocationInput {
  readonly assignments: readonly Assignment[]
  readonly pools: readonly Pool[]
  readonly pods: readonly PodView[]
  readonly memory: Memory
  /** Somebody or something that is no pod's annotation has this address, and not for this pod: an OvnEip, a node, a NAT row, … */
  readonly taken: (ip: Ipv4, pod: PodView) => boolean
  readonly unserved: (pod: PodView) => string | undefined
}

export interface Allocation {
  /** By `namespace/name`: every pod some assignment speaks of, and gets something. */
  readonly wanted: ReadonlyMap<string, Target>
  readonly memory: Memory
  readonly troubles: readonly Trouble[]
}

type Given = { readonly wish: Wish; readonly ip: Ipv4 }

export function allocate(input: AllocationInput): Allocation {
  const { wishes, troubles } = wishesOf(input.assignments, input.pods, input.unserved)
  const { leading: sorted, following } = apart(wishes.toSorted((a, b) => older(a.pod, b.pod)))
  const fixed = giveFixed(sorted, input.pods)
  const used = new Set(fixed.given.map((g) => g.ip))
  const named = new Set(input.assignments.flatMap((a) => ('eip' in a ? (typeof a.eip === 'string' ? [a.eip] : []) : [a.snat])))
  const held = holders(input.pods)
  const pooled = input.pools
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((pool) =>
      givePool(pool, {
        wishes: sorted.filter((w) => 'pool' in w.from && w.from.pool === pool.name),
        held,
        memory: input.memory,
        used,
        named,
        taken: input.taken,
      }),
    )
  const given = [...fixed.given, ...pooled.flatMap((p) => p.given)]
  const wanted = new Map<string, Target>()
  for (const { wish, ip } of given)
    for (const { pod, kind } of [wish, ...(following.get(wish) ?? [])]) wanted.set(podName(pod), { ...wanted.get(podName(pod)), [kind]: ip })
  return {
    wanted,
    memory: Object.fromEntries(pooled.map((p) => [p.pool, p.remembered])),
    troubles: [...troubles, ...fixed.troubles, ...pooled.flatMap((p) => p.troubles)],
  }
}

/** The order in which pods are served: who was there first; made in the same second, by name. */
const older = (a: PodView, b: PodView): number => compare(a.created, b.created) || compare(podName(a), podName(b))
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Two pods with one address inside (a virtual machine on the move) that wish for the same: one of them takes part, who has something already,
 * else the older; the other gets what it gets.
 */
function apart(wishes: readonly Wish[]): { readonly leading: readonly Wish[]; readonly following: ReadonlyMap<Wish, readonly Wish[]> } {
  const groups = Map.groupBy(wishes, ({ pod, kind, from }) => (pod.ip === undefined ? podName(pod) : `${kind} ${pod.vpc} ${pod.ip} ${showFrom(from)}`))
  const following = new Map<Wish, readonly Wish[]>()
  for (const group of groups.values()) {
    const leader = group.find((w) => w.pod[w.kind] !== undefined) ?? group[0]
    if (leader !== undefined && group.length > 1 && leader.pod.ip !== undefined)
      following.set(
        leader,
        group.filter((w) => w !== leader),
      )
  }
  const followers = new Set([...following.values()].flat())
  return { leading: wishes.filter((w) => !followers.has(w)), following }
}

interface Share {
  readonly given: readonly Given[]
  readonly troubles: readonly Trouble[]
}

/** Addresses an assignment names. One EIP serves one pod: who has it, else the oldest; the others wait for it. */
function giveFixed(wishes: readonly Wish[], pods: readonly PodView[]): Share {
  const given: Given[] = []
  const troubles: Trouble[] = []
  const askers = new Map<Ipv4, Wish[]>()
  for (const wish of wishes) {
    if ('pool' in wish.from) continue
    const { address } = wish.from
    const known = askers.get(address)
    if (wish.kind === 'snat') given.push({ wish, ip: address })
    else if (known === undefined) askers.set(address, [wish])
    else known.push(wish)
  }
  const leavers = new Map(pods.flatMap((p) => (p.deleting && p.eip !== undefined ? [[p.eip, p] as const] : [])))
  for (const [ip, all] of askers) {
    const leaver = leavers.get(ip)
    // Who goes away keeps it until then, for all but its twin.
    const next = leaver === undefined ? all[0] : all.find((w) => isTwin(w.pod, leaver))
    const holder = all.find((w) => w.pod.eip === ip) ?? next
    if (holder !== undefined) given.push({ wish: holder, ip })
    for (const w of all) if (w !== holder) troubles.push(waiting(w.pod, ip, holder?.pod ?? leaver))
  }
  return { given, troubles }
}

const waiting = (pod: PodView, ip: Ipv4, holder: PodView | undefined): Trouble => ({
  kind: 'waiting',
  object: podName(pod),
  what: `${ip} is still ${holder === undefined ? 'taken' : `${podName(holder)}'s`}: one EIP serves one pod`,
  hint: 'it gets the address when that pod is gone; eip: { pool: NAME } gives each pod one of its own',
})

interface PoolInput extends Pick<AllocationInput, 'memory' | 'taken'> {
  readonly wishes: readonly Wish[]
  readonly held: Holders
  /** Given already; grows by what is given here. */
  readonly used: Set<Ipv4>
  /** Named by an assignment: no pool's to give, also while the pod it is for is not there. */
  readonly named: ReadonlySet<string>
}

interface PoolShare extends Share {
  readonly pool: string
  /** Address → slot. */
  readonly remembered: Readonly<Record<string, string>>
}

function givePool(pool: Pool, { wishes, held, memory, used, named, taken }: PoolInput): PoolShare {
  const space = spaceOf(pool)
  const known = stillKnown(memory[pool.name] ?? {}, space, named)
  const bySlot = Map.groupBy([...known.keys()].toSorted(byAddress), (ip) => known.get(ip) ?? '')
  const wishing = new Set(wishes.map((w) => podName(w.pod)))
  const given: Given[] = []
  const mayHave = (ip: Ipv4, pod: PodView): boolean => !used.has(ip) && !named.has(ip) && !taken(ip, pod)
  const free = (ip: Ipv4, pod: PodView): boolean => held.all(ip).every((p) => isTwin(p, pod)) && mayHave(ip, pod)
  /** What is annotated stays, unless it is not the pool's, is remembered for another slot or is also on a pod that is none of this pool's. */
  const keeps = ({ pod }: Wish): Ipv4 | undefined => {
    const ip = pod.eip as Ipv4 | undefined
    if (ip === undefined || !space.has(ip) || !mayHave(ip, pod)) return undefined
    const slot = known.get(ip)
    return (slot === undefined || slot === slotOf(pod)) && held.all(ip).every((p) => wishing.has(podName(p)) || isTwin(p, pod)) ? ip : undefined
  }
  const lowest = space.free((ip) => known.has(ip))
  const living = new Set(wishes.map((w) => slotOf(w.pod)))
  const forgotten = [...bySlot].flatMap(([slot, ips]) => (living.has(slot) ? [] : ips)).toSorted(byAddress)
  const left = takeTurns(
    wishes,
    [
      keeps,
      ({ pod }) => bySlot.get(slotOf(pod))?.find((ip) => free(ip, pod)),
      ({ pod }) => firstOf(lowest, (ip) => free(ip, pod)),
      // The pool is full of memories: the lowest address of a slot without a pod is given away.
      ({ pod }) => forgotten.find((ip) => free(ip, pod)),
    ],
    (wish, ip) => {
      used.add(ip)
      known.set(ip, slotOf(wish.pod))
      given.push({ wish, ip })
    },
  )
  return {
    pool: pool.name,
    given,
    remembered: Object.fromEntries([...known].toSorted(([one], [other]) => byAddress(one, other))),
    troubles: left.map(({ pod }) => exhausted(pod, pool.name, space.size, wishes.length)),
  }
}

/** Every wish has its try at one rule before anybody has a try at the next. Answers those who got nothing. */
function takeTurns(wishes: readonly Wish[], rules: readonly ((wish: Wish) => Ipv4 | undefined)[], give: (wish: Wish, ip: Ipv4) => void): readonly Wish[] {
  return rules.reduce<readonly Wish[]>(
    (left, rule) =>
      left.filter((wish) => {
        const ip = rule(wish)
        if (ip !== undefined) give(wish, ip)
        return ip === undefined
      }),
    wishes,
  )
}

interface Holders {
  all(ip: string): readonly PodView[]
}

/** Pods by the address they are annotated with, those that are going away too: their rows are still there. Hardly an address has two. */
function holders(pods: readonly PodView[]): Holders {
  const first = new Map<string, PodView>()
  const more = new Map<string, PodView[]>()
  for (const pod of pods)
    for (const ip of [pod.eip, pod.snat]) {
      if (ip === undefined) continue
      if (!first.has(ip)) first.set(ip, pod)
      else if (more.get(ip)?.push(pod) === undefined) more.set(ip, [pod])
    }
  return {
    all: (ip) => {
      const pod = first.get(ip)
      return pod === undefined ? [] : [pod, ...(more.get(ip) ?? [])]
    },
  }
}

/** The next of an ascending walk that fits; what does not fit one pod is passed over for good. */
function firstOf(walk: Iterator<Ipv4>, fits: (ip: Ipv4) => boolean): Ipv4 | undefined {
  for (let step = walk.next(); step.done !== true; step = walk.next()) if (fits(step.value)) return step.value
  return undefined
}

/** What an earlier allocation remembered and the pool still has to give. */
const stillKnown = (remembered: Readonly<Record<string, string>>, space: Space, named: ReadonlySet<string>): Map<Ipv4, string> =>
  new Map(Object.entries(remembered).flatMap(([ip, slot]) => (space.has(ip) && !named.has(ip) ? [[ip as Ipv4, slot] as const] : [])))

const exhausted = (pod: PodView, pool: string, size: number, wishes: number): Trouble => ({
  kind: 'exhausted',
  object: podName(pod),
  what: `pool ${pool} has no free address left: ${size} addresses that may be given out, ${wishes} pods`,
  hint: `add a range to pool ${pool} in the inventory, or release pods: ovngw pods`,
})
