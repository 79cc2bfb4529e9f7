/** A pod's rows in OVN: what is missing, what is too many and how to remove it (R12, R17, R18); and putting rows back as they were. */
import { asError, isTransport } from '../kernel/errors.ts'
import { restoreOps } from '../ovn/restore.ts'
import { type NbSlice, sliceOf, stillTheirs } from '../ovn/slice.ts'
import type { Nat, RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { commit, type Op, removeRef } from '../ovn/transaction.ts'
import { announce } from './announce.ts'
import { type ByAddress, byAddress, byInside, type Claims, claims, isAlive, natDifference, showNat, wantedRows } from './judge.ts'
import { pathOf, type Shared, sharedPolicies } from './judge-path.ts'
import type { Look } from './look.ts'
import { REROUTE_PRIORITY } from './names.ts'
import { pause } from './pause.ts'
import { isAnnotated, ownsPolicy, type PodView } from './pods.ts'
import type { Hands } from './restore.ts'
import { sliceNames } from './state.ts'
import { until, type Waiting } from './until.ts'
import { wantedFromConfig } from './wanted.ts'
import { isMadePolicy, isMadeRoute, type Outside, readOutside } from './ways.ts'

/** Everything to judge pods' rows by: made from one look, asked for every pod. */
export interface Served {
  readonly router: string
  readonly type: 'centralized' | 'distributed'
  readonly by: ByAddress
  readonly shared: Shared
  readonly claims: Claims
  readonly outside: Outside
  /** The pod and those that share its address. */
  twins(pod: PodView): readonly PodView[]
}

export async function servedBy(look: Look): Promise<Served> {
  const [nb, { router }, configMap, owners, eips, pods, outside] = await Promise.all([
    look.nb(),
    look.settings(),
    look.configMap(),
    look.natOwners(),
    look.ovnEips(),
    look.pods(),
    readOutside(look),
  ])
  return {
    router,
    type: wantedFromConfig(configMap)?.type ?? 'centralized',
    by: byAddress(nb, router),
    shared: sharedPolicies(nb, router),
    claims: claims(owners, eips),
    outside,
    twins: byInside(pods).twins,
  }
}

/** Why the pod's traffic is not served as its annotations ask; undefined when every wanted row is there and a next hop leads out. Strays are another question. */
export function unserved(pod: PodView, { by, shared, type, claims: claimed }: Served): string | undefined {
  if (pod.ip === undefined) return `${pod.namespace}/${pod.name} has no address yet`
  const [missing] = natDifference(by.nats(pod.ip), wantedRows(pod, { type }), claimed).missing
  if (missing !== undefined) return `no NAT row ${showNat(missing)} yet`
  if (!isAnnotated(pod)) return undefined
  const path = pathOf(by, shared, { ...pod, ip: pod.ip })
  if ('nextHops' in path && path.via !== 'captured') return undefined
  return path.via === 'nothing'
    ? `no next hop for ${pod.ip} yet (policy ${REROUTE_PRIORITY} or src-ip route)`
    : `policy ${path.policy} takes the packets of ${pod.ip}: its reroute policy is not there yet`
}

export interface PodStrays {
  readonly nats: readonly Nat[]
  readonly policies: readonly RouterPolicy[]
  readonly routes: readonly StaticRoute[]
}

/** What is there for the pod's address and nobody asks for: NAT rows (R12, R18), and the way out of a pod that is not annotated (R17). */
export function straysOf(pod: PodView, { by, type, claims: claimed, outside, twins }: Served): PodStrays {
  const { ip } = pod
  if (ip === undefined) return { nats: [], policies: [], routes: [] }
  const sharing = twins(pod)
  const present = by.nats(ip)
  const nats = natDifference(
    present,
    sharing.flatMap((p) => wantedRows(p, { type })),
    claimed,
  ).extra
  if (sharing.some(ownsPolicy)) return { nats, policies: [], routes: [] }
  // The sync of the VPC makes a route for every NAT row, whoever owns it (R3).
  const natted = nats.length < present.length
  return {
    nats,
    policies: by.policies(ip).filter((p) => isMadePolicy(outside, p)),
    routes: natted ? [] : by.routes(ip).filter((r) => isMadeRoute(outside, r)),
  }
}

/** Ops that remove it: by row, so that another owner's row of the same external address stays. */
export function strayOps(pod: PodView, served: Served): readonly Op[] {
  const { router } = served
  const { nats, policies, routes } = straysOf(pod, served)
  const gone = <T extends { readonly uuid: string }>(list: readonly T[], column: string, about: (row: T) => string): readonly Op[] =>
    list.map((row) => removeRef(`remove ${about(row)}`, 'Logical_Router', router, column, row.uuid))
  return [
    ...gone(nats, 'nat', (n) => `NAT ${showNat(n)}`),
    ...gone(policies, 'policies', (p) => `policy ${p.priority} ${p.match}`),
    ...gone(routes, 'static_routes', (r) => `route ${r.ip_prefix} via ${r.nexthop}`),
  ]
}

type Extent = { readonly topology?: boolean; readonly rows?: readonly string[] }

/** The rows of these addresses, to be journaled; with `topology` also the switch and the router port; of `rows` only these. */
export async function sliceFor(
  { lookAgain }: Pick<Hands, 'lookAgain'>,
  addresses: readonly string[],
  { topology = false, rows }: Extent = {},
): Promise<NbSlice> {
  const look = lookAgain()
  const [nb, settings, parts, pods] = await Promise.all([look.nb(), look.settings(), look.parts(), addresses.length === 0 ? [] : look.pods()])
  const holder = holderOf(pods)
  const scope = { topology, addresses: [...addresses].sort(), ...(rows === undefined ? {} : { rows }) }
  const slice = sliceOf(nb, sliceNames(parts, settings), scope)
  return { ...slice, holders: Object.fromEntries(addresses.map((a) => [a, holder(a) ?? null])) }
}

/** uid of the pod that has an address. */
function holderOf(pods: readonly PodView[]): (address: string) => string | undefined {
  const uids = new Map(pods.filter((p) => isAlive(p) && !p.hostNetwork).map((p) => [p.ip, p.uid]))
  return (address) => uids.get(address)
}

/** What has to be put back now of what was remembered, as ops; addresses that changed hands meanwhile are left alone. */
export async function opsBack(look: Look, before: NbSlice): Promise<readonly Op[]> {
  const [nb, pods] = await Promise.all([look.nb(), before.holders === undefined ? [] : look.pods()])
  const theirs = stillTheirs(before, holderOf(pods))
  return restoreOps(theirs, sliceOf(nb, theirs.names, theirs.scope))
}

/** One resync of the controller (R35). */
const SETTLE_MS = 1_200

/** Makes the rows of the slice's addresses what they were, and sees that they stay so over a resync. */
export async function restoreRows(hands: Hands, before: NbSlice, waiting: Waiting): Promise<void> {
  let equal = 0
  let written = false
  await until(waiting, async () => {
    const ops = await opsBack(hands.lookAgain(), before)
    if (ops.length === 0 && ++equal >= 2) return undefined
    if (ops.length === 0) {
      await pause(SETTLE_MS, hands.signal)
      return 'as it was; waiting one resync to see that it stays so'
    }
    equal = 0
    written = true
    await commit(hands.nb, ops, { signal: hands.signal }).catch((error: unknown) => {
      if (!isTransport(error) && asError(error).code !== 'COMMAND') throw error
    })
    return ops.map((o) => o.about).join('; ')
  })
  if (written) await announce(hands, before.scope.topology ? 'all' : before.nats.map((n) => n.external_ip), waiting.progress)
}
