import { straysSeenTwice, unreadOwners } from '../../lib/addresses/read-strays.ts'
import type { Stray } from '../../lib/addresses/strays.ts'
import { type Ctx, chain, defineRunbook, preflight, verify } from '../../lib/define.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { servedBy, sliceFor, unserved } from '../../lib/gateway/rows.ts'
import type { Change } from '../../lib/kernel/events.ts'
import type { NbSlice } from '../../lib/ovn/slice.ts'
import { controllerChecks, rightsFor } from '../checks/index.ts'
import { ownersRead } from '../checks/owners-read.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { swept } from '../checks/swept.ts'
import { removeRows } from '../remove-rows.ts'
import { noArgs } from './parts.ts'

type SweepFacts = {
  readonly strays: readonly Stray[]
  /** What is left alone, and why; one sentence each. */
  readonly left: readonly string[]
  /** Owners of rows that could not be read: with one of them nothing is a stray. */
  readonly unread: readonly string[]
  /** Pods that have an address concerned and were served before. */
  readonly served: readonly string[]
  readonly rows: NbSlice | null
}

/** Under which finding a person may have accepted a stray (a row somebody made by hand). */
const findingOf = ({ kind, external, inside, holder, annotated }: Stray): readonly [id: string, object: string] =>
  kind === 'nat' ? (annotated ? ['pod-nat', holder ?? inside] : ['nat-strays', external ?? inside]) : ['pod-policy', holder ?? inside]

function acceptedOf(ctx: Ctx, stray: Stray): string | undefined {
  const [id, object] = findingOf(stray)
  return ctx.findings.accepted({ id, object, title: stray.row, level: 'fatal', outcome: 'fail', detail: stray.why })
}

/** A NAT row that stays keeps the way of its address: policy and route lead its packets out. */
function withoutAccepted(ctx: Ctx, strays: readonly Stray[]): { readonly swept: readonly Stray[]; readonly kept: readonly string[] } {
  const reasons = new Map(strays.flatMap((s) => (s.kind === 'nat' && acceptedOf(ctx, s) !== undefined ? [[s.inside, acceptedOf(ctx, s)] as const] : [])))
  const judged = strays.map((s) => ({ s, why: acceptedOf(ctx, s) ?? (s.kind === 'nat' ? undefined : reasons.get(s.inside)) }))
  return {
    swept: judged.filter((j) => j.why === undefined).map((j) => j.s),
    kept: judged.flatMap(({ s, why }) => (why === undefined ? [] : [`${s.row} is left alone: accepted, ${why}`])),
  }
}

async function readFacts(ctx: Ctx): Promise<SweepFacts> {
  const unread = await unreadOwners(ctx.look())
  if (unread.length > 0) return { strays: [], left: [], unread: unread.map((u) => `${u.what}: ${u.error.message}`), served: [], rows: null }
  const { strays, waiting } = await straysSeenTwice(ctx)
  const { swept, kept } = withoutAccepted(ctx, strays)
  const left = [...kept, ...waiting]
  if (swept.length === 0) return { strays: [], left, unread: [], served: [], rows: null }
  const look = ctx.lookAgain()
  const [pods, now] = await Promise.all([look.pods(), servedBy(look)])
  const holders = new Set(swept.map((s) => s.holder))
  return {
    strays: swept,
    left,
    unread: [],
    served: pods.filter((p) => holders.has(podName(p)) && unserved(p, now) === undefined).map(podName),
    rows: await sliceFor({ lookAgain: () => look }, [...new Set(swept.map((s) => s.inside))], { rows: swept.map((s) => s.row) }),
  }
}

/** So many are shown one by one. */
const SHOWN = 20

const shown = ({ row, why }: Stray): Change => ({ object: row, action: 'delete', diff: [` ${why}`] })

const some = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const EFFECT: Readonly<Record<Stray['kind'], (n: number) => string>> = {
  nat: (n) => `${some(n, 'NAT row')}: connections through their external addresses end at once`,
  policy: (n) => `${n === 1 ? '1 reroute policy' : `${n} reroute policies`}: packets of these addresses go by their node again, as those of other pods`,
  route: (n) => `${some(n, 'src-ip route')} of addresses no pod with an EIP or SNAT has`,
}

function effectsOf({ strays, left }: SweepFacts): readonly string[] {
  const counts = (['nat', 'policy', 'route'] as const).flatMap((kind) => {
    const n = strays.filter((s) => s.kind === kind).length
    return n === 0 ? [] : [EFFECT[kind](n)]
  })
  return [
    ...(strays.length > SHOWN ? [`${strays.length - SHOWN} more rows like these, all in the journal`] : []),
    ...(strays.length === 0 ? ['no strays'] : [...counts, 'a row somebody made in OVN by hand looks the same: accept its finding and it stays']),
    ...left.slice(0, SHOWN),
    ...(left.length > SHOWN ? [`${left.length - SHOWN} more are left alone`] : []),
  ]
}

export default defineRunbook({
  name: 'sweep',
  summary: 'Remove NAT rows, policies and routes that Kube-OVN left behind of pods (R12, R17, R18)',
  args: noArgs,
  facts: readFacts,
  plan: (_args, facts) => {
    const { strays, served, unread } = facts
    if (unread.length > 0)
      return {
        steps: [preflight({ checks: [ownersRead({}), ...rightsFor('sweep')] })],
        effects: unread.map((u) => `nothing may be called a stray, not to be read are ${u}`),
      }
    if (strays.length === 0) return { steps: [], effects: effectsOf(facts) }
    const rows = strays.map((s) => s.row)
    return {
      steps: chain(
        preflight({ checks: [...controllerChecks(), ownersRead({}), ...rightsFor('sweep')] }),
        removeRows({ rows }),
        verify({ checks: [swept({ rows, served })] }),
      ),
      changes: strays.slice(0, SHOWN).map(shown),
      effects: effectsOf(facts),
    }
  },
  // What turned up since is another sweep's; a planned row that has an owner now is looked at by a person again.
  fits: (_args, planned, now) => {
    const rows = new Set(now.strays.map((s) => s.row))
    return now.unread.length === 0 && planned.strays.every((s) => rows.has(s.row))
  },
  restored: (_args, { rows }) => (rows === null ? [] : [rowsAsBefore(rows)]),
})
