/** Which pod is owed what: the assignments of a site against the pods there are. Pure; the order of either list does not matter. */
import { isAlive } from '../gateway/judge.ts'
import { type PodView, podName } from '../gateway/pods.ts'
import type { Assignment } from '../inventory/site.ts'
import type { Ipv4 } from '../net/ip.ts'

export type Kind = 'eip' | 'snat'

/** One address a pod is owed: this one, or any of a pool. */
export interface Wish {
  readonly pod: PodView
  readonly kind: Kind
  readonly from: { readonly address: Ipv4 } | { readonly pool: string }
}

/** Something a person has to know or decide. `hint` is the way out. */
export interface Trouble {
  /** `waiting`: comes right by itself. */
  readonly kind: 'ambiguous' | 'exhausted' | 'unserved' | 'waiting'
  readonly object: string
  readonly what: string
  readonly hint: string
}

export interface Wishes {
  readonly wishes: readonly Wish[]
  readonly troubles: readonly Trouble[]
}

/** The more an assignment names, the more it counts: a pod beats its workload, a workload beats a selector. */
const rank = ({ target }: Assignment): number => ('pod' in target ? 2 : 'workload' in target ? 1 : 0)

function selects({ target }: Assignment, pod: PodView): boolean {
  if (!('select' in target)) return false
  const { namespace, labels } = target.select
  return (namespace === undefined || namespace === pod.namespace) && Object.entries(labels).every(([k, v]) => pod.labels[k] === v)
}

const fromOf = (a: Assignment, kind: Kind): Wish['from'] | undefined => {
  if (kind === 'snat') return 'snat' in a ? { address: a.snat as Ipv4 } : undefined
  if (!('eip' in a)) return undefined
  return typeof a.eip === 'string' ? { address: a.eip as Ipv4 } : { pool: a.eip.pool }
}

/** Pods that can hold an address now; one that is going away holds what it has and gets nothing new. */
export const canHave = (pod: PodView): boolean => isAlive(pod) && !pod.hostNetwork && !pod.deleting

/** The assignments that speak of a pod: by its name and its workload without a look at all the others. */
function assignedTo(assignments: readonly Assignment[]): (pod: PodView) => readonly Assignment[] {
  const naming = assignments.flatMap((a) => ('pod' in a.target ? [{ a, name: podName(a.target.pod) }] : []))
  const byName = Map.groupBy(naming, ({ name }) => name)
  const byWorkload = Map.groupBy(assignments, ({ target }) => ('workload' in target ? target.workload : undefined))
  const selecting = assignments.filter((a) => 'select' in a.target)
  return (pod) => [
    ...(byName.size === 0 ? [] : (byName.get(podName(pod)) ?? []).map(({ a }) => a)),
    ...(pod.workload === undefined ? [] : (byWorkload.get(pod.workload) ?? [])),
    ...selecting.filter((a) => selects(a, pod)),
  ]
}

/** @param unserved why the gateway never serves a pod (R20); undefined: it can */
export function wishesOf(assignments: readonly Assignment[], pods: readonly PodView[], unserved: (pod: PodView) => string | undefined): Wishes {
  const assigned = assignedTo(assignments)
  const wishes: Wish[] = []
  const troubles: Trouble[] = []
  for (const pod of pods) {
    if (!canHave(pod)) continue
    const mine = assigned(pod)
    if (mine.length === 0) continue
    for (const kind of ['eip', 'snat'] as const) {
      const found = strongest(mine, kind)
      if (found.length === 0) continue
      const why = unserved(pod)
      if (why !== undefined) troubles.push({ kind: 'unserved', object: podName(pod), what: why, hint: 'take it out of the assignments of the inventory' })
      else if (found.length > 1) troubles.push(ambiguous(pod, kind, found))
      else wishes.push(...found.map((from) => ({ pod, kind, from })))
    }
  }
  return { wishes, troubles }
}

/** The different wishes of the highest rank that has any. */
function strongest(assignments: readonly Assignment[], kind: Kind): readonly Wish['from'][] {
  const asked = assignments.flatMap((a) => {
    const from = fromOf(a, kind)
    return from === undefined ? [] : [{ from, rank: rank(a) }]
  })
  const top = Math.max(...asked.map((a) => a.rank))
  return [...new Map(asked.filter((a) => a.rank === top).map(({ from }) => [JSON.stringify(from), from])).values()]
}

const ambiguous = (pod: PodView, kind: Kind, found: readonly Wish['from'][]): Trouble => ({
  kind: 'ambiguous',
  object: podName(pod),
  what: `${found.length} assignments give it different ${kind === 'eip' ? 'EIPs' : 'SNAT addresses'}: ${found.map(showFrom).sort().join(', ')}`,
  hint: 'name the pod itself in an assignment, or narrow the selectors',
})

export const showFrom = (from: Wish['from']): string => ('pool' in from ? `pool ${from.pool}` : from.address)

/** Under what a pool remembers an address: the pod where its name comes back with it (StatefulSet, bare pod), else its workload. */
export const slotOf = (pod: PodView): string =>
  pod.workload === undefined || pod.workload.includes('/statefulset/') ? `${pod.namespace}/pod/${pod.name}` : pod.workload
