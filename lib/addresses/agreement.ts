/** For each pod: what the inventory wants, what is annotated, what OVN does, and whether the three agree. Pure. */
import { isAlive, showNat } from '../gateway/judge.ts'
import { isTwin, type PodView, podName } from '../gateway/pods.ts'
import { type Served, straysOf, unserved } from '../gateway/rows.ts'
import type { Ipv4 } from '../net/ip.ts'
import type { Allocation, Target } from './allocate.ts'
import type { Kind, Trouble } from './wishes.ts'

/** What `apply` does for a pod. The annotation is right, and `again`: OVN does not do it (R14, R31, R32), `stray`: OVN does more (R12, R17, R18). */
export const ACTS = ['new', 'change', 'release', 'adopt', 'again', 'stray'] as const
export type Act = (typeof ACTS)[number]

/**
 * `agrees`: wanted, annotated and done. `to-do`: `apply` makes it so. `foreign`: somebody else wrote another value. `unmanaged`: annotated by
 * somebody else, the inventory says nothing of it. `trouble`: it cannot be done (yet), see `why`.
 */
export type Verdict = 'agrees' | 'to-do' | 'foreign' | 'unmanaged' | 'trouble'

export interface Line {
  readonly pod: PodView
  readonly wanted: Target
  /** External addresses of the NAT rows for the pod's address. */
  readonly inOvn: readonly string[]
  readonly verdict: Verdict
  readonly act?: Act
  readonly why?: string
}

export interface AgreementInput {
  readonly allocation: Allocation
  readonly pods: readonly PodView[]
  readonly served: Served
  /** Annotations of somebody else may be taken over. */
  readonly adopt: boolean
}

/** One line for each pod that is wanted, annotated or translated; by namespace and name. */
export function agreement({ allocation, pods, served, adopt }: AgreementInput): readonly Line[] {
  const troubles = new Map(allocation.troubles.map((t) => [t.object, t]))
  const lines = pods
    .filter((p) => isAlive(p) && !p.hostNetwork && !p.deleting)
    .map((pod) => ({ pod, name: podName(pod) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ pod, name }): readonly Line[] => {
      const wanted = allocation.wanted.get(name) ?? {}
      const inOvn = (pod.ip === undefined ? [] : served.by.nats(pod.ip)).map((n) => n.external_ip)
      const trouble = troubles.get(name)
      const stray = strayWords(pod, served)
      const silent = Object.keys(wanted).length === 0 && pod.eip === undefined && pod.snat === undefined
      if (silent && inOvn.length === 0 && trouble === undefined && stray === undefined) return []
      return [{ pod, wanted, inOvn, ...judge(pod, wanted, { served, adopt, trouble, stray }) }]
    })
  return withoutTaken(lines, pods.filter(isAlive))
}

/** A pod waits for an address that a pod keeps for which nothing is done; so it keeps its own, for which others may have to wait in turn. */
function withoutTaken(lines: readonly Line[], pods: readonly PodView[]): readonly Line[] {
  const acting = new Set(lines.flatMap((l) => (l.act === undefined ? [] : [podName(l.pod)])))
  const staying = pods.filter((p) => !acting.has(podName(p)))
  const [eips, snats] = [new Map(staying.map((p) => [p.eip, p])), new Map(staying.map((p) => [p.snat, p]))]
  /** A SNAT may be shared by SNATs (R19), nothing else. */
  const keeper = ({ pod, wanted: { eip, snat }, act }: Line): { readonly ip: Ipv4; readonly by: PodView } | undefined => {
    const by = (ip: Ipv4 | undefined, had: string | undefined, who: PodView | undefined) =>
      ip === undefined || ip === had || who === undefined || isTwin(who, pod) ? undefined : { ip, by: who }
    return act === undefined ? undefined : (by(eip, pod.eip, eips.get(eip) ?? snats.get(eip)) ?? by(snat, pod.snat, eips.get(snat)))
  }
  const judged = lines.map((line): Line => {
    const kept = keeper(line)
    if (kept === undefined) return line
    const { act: _, ...rest } = line
    return { ...rest, verdict: 'trouble', why: `${kept.ip} is still ${podName(kept.by)}'s, for which nothing is done` }
  })
  return judged.some((line, i) => line !== lines[i]) ? withoutTaken(judged, pods) : judged
}

interface Around {
  readonly served: Served
  readonly adopt: boolean
  readonly trouble: Trouble | undefined
  readonly stray: string | undefined
}

type Judged = Pick<Line, 'verdict' | 'act' | 'why'>

const KINDS: readonly Kind[] = ['eip', 'snat']

function judge(pod: PodView, wanted: Target, { served, adopt, trouble, stray }: Around): Judged {
  if (trouble !== undefined) return { verdict: 'trouble', why: trouble.what }
  const differ = KINDS.filter((k) => wanted[k] !== pod[k])
  const foreign = differ.filter((k) => pod.foreign.includes(k))
  if (foreign.length > 0 && !KINDS.some((k) => wanted[k] !== undefined))
    return { verdict: 'unmanaged', why: `${said(pod, foreign)} was annotated by somebody else and is not in the inventory` }
  if (foreign.length > 0 && !adopt) return { verdict: 'foreign', why: `${said(pod, foreign)} was annotated by somebody else; --adopt takes it over` }
  if (differ.length > 0) return { verdict: 'to-do', act: actOf(pod, wanted) }
  if (adopt && pod.foreign.length > 0) return { verdict: 'to-do', act: 'adopt' }
  const why = unserved(pod, served)
  if (why !== undefined) return { verdict: 'to-do', act: 'again', why }
  return stray === undefined ? { verdict: 'agrees' } : { verdict: 'to-do', act: 'stray', why: stray }
}

const actOf = (pod: PodView, wanted: Target): Act =>
  pod.eip === undefined && pod.snat === undefined ? 'new' : wanted.eip === undefined && wanted.snat === undefined ? 'release' : 'change'

const said = (pod: PodView, kinds: readonly Kind[]): string => kinds.map((k) => `${k} ${pod[k]}`).join(', ')

function strayWords(pod: PodView, served: Served): string | undefined {
  const { nats, policies, routes } = straysOf(pod, served)
  const ways = policies.length + routes.length
  const [first, ...more] = nats
  if (first !== undefined) return `OVN also has ${showNat(first)}${more.length === 0 ? '' : ` and ${more.length} more`}, which nobody asks for`
  return ways === 0 ? undefined : 'its way out is still there though it has no annotation: its packets leave untranslated (R17)'
}

/** A change of one pod: JSON. Null: the annotation is taken away. */
export type PodChange = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The pod's address inside; null while it has none. */
  readonly ip: string | null
  readonly act: Act
  readonly from: { readonly eip: string | null; readonly snat: string | null }
  readonly to: { readonly eip: string | null; readonly snat: string | null }
}

export const changesOf = (lines: readonly Line[]): readonly PodChange[] =>
  lines.flatMap(({ pod, wanted, act }) =>
    act === undefined
      ? []
      : [
          {
            namespace: pod.namespace,
            name: pod.name,
            uid: pod.uid,
            ip: pod.ip ?? null,
            act,
            from: { eip: pod.eip ?? null, snat: pod.snat ?? null },
            to: { eip: wanted.eip ?? null, snat: wanted.snat ?? null },
          },
        ],
  )

export const addressesOf = ({ eip, snat }: PodChange['to']): readonly Ipv4[] => [eip, snat].filter((a) => a !== null) as Ipv4[]
