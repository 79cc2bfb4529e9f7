/** Rows of a pod's addresses in OVN: which are wanted, which are strays (R12, R17, R18), and putting them back as they were. */
import { setTimeout as delay } from 'node:timers/promises'
import { asError, isTransport } from '../kernel/errors.ts'
import type { NbTables } from '../ovn/nb.ts'
import { restoreOps } from '../ovn/restore.ts'
import { type NbSlice, sliceOf, sourceOf } from '../ovn/slice.ts'
import type { Nat, RouterPolicy, StaticRoute } from '../ovn/tables.ts'
import { commit, type Op, removeRef } from '../ovn/transaction.ts'
import type { Look } from './look.ts'
import { REROUTE_PRIORITY } from './names.ts'
import type { Hands } from './restore.ts'
import { sliceNames } from './state.ts'
import { until, type Waiting } from './until.ts'

/** What a pod's annotations ask of OVN. */
export type WantedAddresses = { readonly ip: string; readonly eip?: string | undefined; readonly snat?: string | undefined }

export interface PodRows {
  readonly nats: readonly Nat[]
  /** 29250 policies (v1.16). */
  readonly policies: readonly RouterPolicy[]
  /** `src-ip` routes (v1.11; v1.16 adds them at a sync, R3: no strays while the pod is annotated). */
  readonly routes: readonly StaticRoute[]
}

export const isWantedNat = (nat: Nat, { ip, eip, snat }: WantedAddresses): boolean =>
  nat.logical_ip === ip && ((nat.type === 'dnat_and_snat' && nat.external_ip === eip) || (nat.type === 'snat' && nat.external_ip === snat))

/** Everything the cluster router holds for a pod address. */
export function rowsOf(nb: NbTables, router: string, ip: string): PodRows {
  const uuids = nb.routers.find((r) => r.name === router)
  const on = (set: readonly string[] | undefined, row: { readonly uuid: string }): boolean => set?.includes(row.uuid) === true
  return {
    nats: nb.nats.filter((n) => n.logical_ip === ip && on(uuids?.nat, n)),
    policies: nb.policies.filter((p) => p.priority === REROUTE_PRIORITY && sourceOf(p) === ip && on(uuids?.policies, p)),
    routes: nb.routes.filter((r) => r.policy === 'src-ip' && r.ip_prefix.replace(/\/(32|128)$/, '') === ip && on(uuids?.static_routes, r)),
  }
}

/** Why the pod's traffic is not served as wanted yet; undefined when every wanted row is there and a next hop leads out. Strays are another question. */
export function missing(rows: PodRows, wanted: WantedAddresses): string | undefined {
  const kinds = [
    ['dnat_and_snat', wanted.eip],
    ['snat', wanted.snat],
  ] as const
  for (const [type, external] of kinds) {
    if (external !== undefined && !rows.nats.some((n) => n.type === type && n.external_ip === external))
      return `no NAT row ${type} ${external} → ${wanted.ip} yet`
  }
  const annotated = wanted.eip !== undefined || wanted.snat !== undefined
  if (annotated && rows.policies.length === 0 && rows.routes.length === 0)
    return `no next hop for ${wanted.ip} yet (policy ${REROUTE_PRIORITY} or src-ip route)`
  return undefined
}

/** External addresses that OvnFip and OvnSnatRule objects claim (R34). A list that fails makes the question unanswerable: it rejects. */
export async function claimedAddresses(look: Look): Promise<ReadonlySet<string>> {
  const objects = await look.natOwners()
  return new Set(
    objects.flatMap((o) =>
      ['v4Eip', 'v6Eip'].map((k) => (o['status'] as Record<string, string> | undefined)?.[k]).filter((ip) => ip !== undefined && ip !== ''),
    ) as string[],
  )
}

/**
 * Ops that remove what is there for the address and not wanted: by row, so that another owner's row of the same external address stays.
 * @param claimed external addresses of other owners: their rows are never strays
 */
export function strayOps(rows: PodRows, router: string, wanted: WantedAddresses, claimed: ReadonlySet<string>): readonly Op[] {
  const annotated = wanted.eip !== undefined || wanted.snat !== undefined
  const gone = <T extends { readonly uuid: string }>(list: readonly T[], column: string, about: (row: T) => string): readonly Op[] =>
    list.map((row) => removeRef(`remove ${about(row)}`, 'Logical_Router', router, column, row.uuid))
  return [
    ...gone(
      rows.nats.filter((n) => !isWantedNat(n, wanted) && !claimed.has(n.external_ip)),
      'nat',
      (n) => `NAT ${n.type} ${n.external_ip} → ${n.logical_ip}`,
    ),
    ...(annotated ? [] : gone(rows.policies, 'policies', (p) => `policy ${p.priority} ${p.match}`)),
    ...(annotated ? [] : gone(rows.routes, 'static_routes', (r) => `route ${r.ip_prefix} via ${r.nexthop}`)),
  ]
}

/** The rows of these addresses, to be journaled. */
export async function sliceFor({ lookAgain }: Pick<Hands, 'lookAgain'>, addresses: readonly string[]): Promise<NbSlice> {
  const look = lookAgain()
  const [nb, settings, parts] = await Promise.all([look.nb(), look.settings(), look.parts()])
  return sliceOf(nb, sliceNames(parts, settings), { topology: false, addresses: [...addresses].sort() })
}

/** One resync of the controller (R35). */
const SETTLE_MS = 1_200

/** Makes the rows of the slice's addresses what they were, and sees that they stay so over a resync. */
export async function restoreRows(hands: Hands, before: NbSlice, waiting: Waiting): Promise<void> {
  const read = async (): Promise<NbSlice> => sliceOf(await hands.lookAgain().nb(), before.names, before.scope)
  let equal = 0
  await until(waiting, async () => {
    const ops = restoreOps(before, await read())
    if (ops.length === 0 && ++equal >= 2) return undefined
    if (ops.length === 0) {
      await delay(SETTLE_MS, undefined, { signal: hands.signal })
      return 'as it was; waiting one resync to see that it stays so'
    }
    equal = 0
    await commit(hands.nb, ops, { signal: hands.signal }).catch((error: unknown) => {
      if (!isTransport(error) && asError(error).code !== 'COMMAND') throw error
    })
    return ops.map((o) => o.about).join('; ')
  })
}
