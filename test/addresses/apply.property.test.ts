/** What `apply` plans, done wave by wave on a small model of Kube-OVN and OVN: rows follow the annotations, nothing else happens. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressesOf, agreement, changesOf, type PodChange } from '../../lib/addresses/agreement.ts'
import { type Allocation, allocate } from '../../lib/addresses/allocate.ts'
import type { Memory } from '../../lib/addresses/memory.ts'
import { type WaveSize, wavesOf } from '../../lib/addresses/waves.ts'
import { byInside, claims } from '../../lib/gateway/judge.ts'
import { type PodView, podName } from '../../lib/gateway/pods.ts'
import type { Served } from '../../lib/gateway/rows.ts'
import type { Assignment } from '../../lib/inventory/site.ts'
import type { Nat, RouterPolicy } from '../../lib/ovn/tables.ts'
import { assignments, memory, pods, pools } from './arbitrary.ts'

interface Cluster {
  readonly pods: readonly PodView[]
  readonly memory: Memory
}

/** NAT rows as Kube-OVN makes them of the annotations. */
const rowsOf = ({ ip, eip, snat, name }: PodView): readonly Nat[] =>
  [...(eip === undefined ? [] : [{ type: 'dnat_and_snat', external_ip: eip }]), ...(snat === undefined ? [] : [{ type: 'snat', external_ip: snat }])].map(
    (row) => ({ uuid: `${name} ${row.type}`, logical_ip: ip, external_mac: null, logical_port: null, ...row }) as unknown as Nat,
  )

const servedOf = (all: readonly PodView[]): Served => {
  const of = (ip: string): readonly Nat[] => all.filter((p) => p.ip === ip).flatMap(rowsOf)
  const policy = (ip: string): RouterPolicy =>
    ({ match: `ip4.src == ${ip}`, action: 'reroute', nexthops: ['172.56.0.1'], nexthop: null }) as unknown as RouterPolicy
  return {
    router: 'ovn-cluster',
    type: 'centralized',
    by: { nats: of, policies: (ip) => (of(ip).length === 0 ? [] : [policy(ip)]), routes: () => [] },
    shared: { policies: [] },
    claims: claims([], []),
    outside: { vpc: undefined, nextHop: '172.56.0.1', networks: [] },
    twins: byInside(all).twins,
  }
}

function plan(wanted: readonly Assignment[], cluster: Cluster): { readonly allocation: Allocation; readonly changes: readonly PodChange[] } {
  const allocation = allocate({ assignments: wanted, pools, ...cluster, taken: () => false, unserved: () => undefined })
  return { allocation, changes: changesOf(agreement({ allocation, pods: cluster.pods, served: servedOf(cluster.pods), adopt: false })) }
}

const annotated = (all: readonly PodView[], wave: readonly PodChange[]): readonly PodView[] =>
  all.map((p) => {
    const to = wave.find((c) => podName(c) === podName(p))?.to
    return to === undefined ? p : { ...p, eip: to.eip ?? undefined, snat: to.snat ?? undefined }
  })

/** EIPs that more than one row has, or a row and a SNAT. */
const twice = (all: readonly PodView[]): readonly string[] => {
  const rows = all.flatMap(rowsOf)
  return rows
    .filter(
      (row) =>
        row.type === 'dnat_and_snat' && rows.some((other) => other !== row && other.external_ip === row.external_ip && other.logical_ip !== row.logical_ip),
    )
    .map((row) => row.external_ip)
}

/** Does the plan; every state on the way is looked at. */
function apply(wanted: readonly Assignment[], from: Cluster, sizes: readonly WaveSize[]) {
  const { allocation, changes } = plan(wanted, from)
  const { waves, circle } = wavesOf(changes, sizes)
  let now = from.pods
  for (const wave of waves) {
    now = annotated(now, wave)
    expect(twice(now), JSON.stringify(waves)).toEqual([])
  }
  return { cluster: { pods: now, memory: allocation.memory }, circle, exhausted: allocation.troubles.some((t) => t.kind === 'exhausted') }
}

const bare = (all: readonly PodView[]): readonly PodView[] =>
  all.map((p, i) => ({ ...p, ip: `10.16.0.${i + 2}`, eip: undefined, snat: undefined, deleting: false }))
/** No EIP twice, and none that is a SNAT too: as a cluster without conflicts is. */
const sound = (all: readonly PodView[]): Cluster['pods'] => {
  const eips = new Set<string>()
  const snats = new Set(all.map((p) => p.snat))
  return all.map((p, i) => {
    const keeps = p.eip !== undefined && !eips.has(p.eip) && !snats.has(p.eip)
    if (keeps) eips.add(p.eip ?? '')
    return { ...p, ip: `10.16.0.${i + 2}`, eip: keeps ? p.eip : undefined }
  })
}
const sizes = fc.uniqueArray(
  fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((n) => ({ pods: n })),
    fc.constant({ percent: 50 }),
  ),
  { minLength: 1, maxLength: 3 },
)
const world = fc.record({ wanted: assignments, pods: pods.map(sound), memory, sizes })

test('once it is applied there is nothing to plan, and no address ever had two owners', () => {
  fc.assert(
    fc.property(world, ({ wanted, sizes: by, ...cluster }) => {
      const first = apply(wanted, cluster, by)
      // Of a pool that is full, more pods may be served once others gave theirs back.
      fc.pre(!first.exhausted)
      const left = first.circle.map(podName)
      expect(plan(wanted, first.cluster).changes.filter((c) => !left.includes(podName(c)))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('release undoes assign: without assignments nothing of them is left', () => {
  fc.assert(
    fc.property(world, ({ wanted, sizes: by, pods: all, memory: kept }) => {
      const before = { pods: bare(all), memory: kept }
      const given = apply(wanted, before, by)
      const back = apply([], given.cluster, by)
      expect(back.cluster.pods).toEqual(before.pods)
    }),
    { numRuns: 300 },
  )
})

test('the order of the file changes neither who gets what nor in which wave', () => {
  fc.assert(
    fc.property(
      world.chain((w) => fc.record({ w: fc.constant(w), other: fc.shuffledSubarray([...w.wanted], { minLength: w.wanted.length }) })),
      ({ w, other }) => {
        const order = (file: readonly Assignment[]) =>
          wavesOf(plan(file, w).changes, w.sizes).waves.map((wave) => wave.map((c) => [podName(c), ...addressesOf(c.to)]))
        expect(order(other)).toEqual(order(w.wanted))
      },
    ),
  )
})
