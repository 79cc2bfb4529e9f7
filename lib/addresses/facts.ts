/** What pods, apply and drift look at: one read of each source, then the allocation and the agreement made from it. */
import { outOfReach } from '../gateway/judge-pods.ts'
import type { Look } from '../gateway/look.ts'
import { servedBy } from '../gateway/rows.ts'
import { agreement, type Line } from './agreement.ts'
import { type Allocation, allocate } from './allocate.ts'
import { type Memory, readMemory } from './memory.ts'
import { conflicts } from './owners.ts'
import { readOwners, type Unread } from './read.ts'

export interface Addresses {
  readonly lines: readonly Line[]
  readonly allocation: Allocation
  /** As it is in the cluster. */
  readonly memory: Memory
  /** Sources of owners that could not be read: no pool may give anything new then. */
  readonly unread: readonly Unread[]
}

export async function readAddresses(look: Look, adopt: boolean): Promise<Addresses> {
  const [{ owners, unread }, pods, served, settings, subnets, kept] = await Promise.all([
    readOwners(look),
    look.pods(),
    servedBy(look),
    look.settings(),
    look.subnets(),
    look.addressMemory(),
  ])
  const memory = readMemory(kept)
  const allocation = allocate({
    assignments: look.site.assignments,
    pools: look.site.pools,
    pods,
    memory,
    taken: (ip, pod) => conflicts(owners, ip, { pod, how: 'eip' }).some((o) => o.kind !== 'pod'),
    unserved: (pod) => outOfReach(pod, settings, subnets),
  })
  return { lines: agreement({ allocation, pods, served, adopt }), allocation, memory, unread }
}
