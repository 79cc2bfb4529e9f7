/** The way a pod's packets take to outside destinations: router policies come before routes (R3, R31). */
import type { NbTables } from '../ovn/nb.ts'
import type { RouterPolicy } from '../ovn/tables.ts'
import { type ByAddress, type ByInside, nextHopsOf, policiesOf, rerouted } from './judge.ts'
import { ownsPolicy, type PodView, podName } from './pods.ts'

export type Path =
  | { readonly via: 'policy' | 'route'; readonly nextHops: readonly string[] }
  /** A policy for many pods sends the packets elsewhere: to the node, untranslated. */
  | { readonly via: 'captured'; readonly nextHops: readonly string[]; readonly policy: string }
  | { readonly via: 'nothing' }
  /** A policy with an address set whose members cannot be seen decides. */
  | { readonly via: 'unseen'; readonly policy: string }

/** `ip4.src == $ovn.default.node1_ip4` names the addresses of port group `ovn.default.node1`. */
const groupOf = (match: string): string | undefined => /^ip4\.src == \$(.+)_ip4$/.exec(match)?.[1]

type Member = 'yes' | 'no' | 'unseen'

/** What decides beside a pod's own policy: the policies for many pods, and who is in their groups. Made once a look. */
export interface Shared {
  readonly policies: readonly { readonly policy: RouterPolicy; readonly pods: ReadonlySet<string> | undefined }[]
}

/** The shared reroute policies; `pods` holds `namespace/name` of the members, undefined where the port group is not to be seen. */
export function sharedPolicies(nb: NbTables, router?: string): Shared {
  const podOf = new Map(nb.switchPorts.map((p) => [p.uuid, p.external_ids['pod'] ?? p.name.split('.').reverse().join('/')]))
  const policies = policiesOf(nb, router).flatMap((policy) => {
    const name = groupOf(policy.match)
    if (name === undefined || policy.action !== 'reroute') return []
    const group = nb.portGroups.find((g) => g.name === name)
    return [{ policy, pods: group === undefined ? undefined : new Set(group.ports.map((uuid) => podOf.get(uuid) ?? uuid)) }]
  })
  return { policies }
}

function memberOf({ policy, pods }: Shared['policies'][number], pod: PodView): Member {
  const { node } = policy.external_ids
  if (pods !== undefined) return pods.has(`${pod.namespace}/${pod.name}`) ? 'yes' : 'no'
  return node !== undefined && pod.node !== undefined && node !== pod.node ? 'no' : 'unseen'
}

/** The effective path of one pod: its own policy, else a shared one it is a member of, else its `src-ip` route. */
export function pathOf(rows: ByAddress, shared: Shared, pod: PodView & { readonly ip: string }): Path {
  const own = rows.policies(pod.ip)[0]
  if (own !== undefined) return { via: 'policy', nextHops: nextHopsOf(own) }
  const asked = shared.policies.map((s) => ({ policy: s.policy, member: memberOf(s, pod) }))
  const captor = asked.find(({ member }) => member === 'yes')?.policy
  if (captor !== undefined) return { via: 'captured', nextHops: nextHopsOf(captor), policy: showPolicy(captor) }
  const route = rows.routes(pod.ip)[0]
  if (route === undefined) return { via: 'nothing' }
  const unseen = asked.find(({ member }) => member === 'unseen')?.policy
  return unseen === undefined ? { via: 'route', nextHops: [route.nexthop] } : { via: 'unseen', policy: showPolicy(unseen) }
}

const showPolicy = (p: RouterPolicy): string => `${p.priority} ${p.match}`

export interface PathStray {
  /** The pod, or the address where no pod has it. */
  readonly object: string
  readonly what: string
  readonly pod: PodView | undefined
}

/** Reroute policies of pods that are not annotated (R17), and of addresses no pod has. Shared policies are not ours. */
export function straysOnPath({
  nb,
  settings,
  inside,
}: {
  readonly nb: NbTables
  readonly settings: { readonly router: string }
  readonly inside: ByInside
}): readonly PathStray[] {
  return policiesOf(nb, settings.router).flatMap((policy): readonly PathStray[] => {
    const ip = rerouted(policy)
    const holders = ip === undefined ? [] : inside.of(ip)
    const [pod] = holders
    if (ip === undefined || holders.some(ownsPolicy)) return []
    if (pod === undefined) return [{ object: ip, pod, what: `policy ${showPolicy(policy)} is there, no pod has that address` }]
    return [{ object: podName(pod), pod, what: 'its reroute policy is still there though it has no annotation: its packets leave untranslated' }]
  })
}
