import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Allocation, type AllocationInput, allocate } from '../../lib/addresses/allocate.ts'
import { spaceOf } from '../../lib/addresses/space.ts'
import { type PodView, podName } from '../../lib/gateway/pods.ts'
import type { Assignment, Pool } from '../../lib/inventory/site.ts'
import { cases, pod, pools } from './arbitrary.ts'

const web: Pool = { name: 'web', ranges: [{ first: '172.56.0.200', last: '172.56.0.203' }], reserved: { '172.56.0.201': 'printer' }, onLink: true }
const api = { target: { workload: 'shop/deployment/api' }, eip: { pool: 'web' } } as const
const run = (input: Partial<AllocationInput>): Allocation =>
  allocate({ assignments: [], pools: [web], pods: [], memory: {}, taken: () => false, unserved: () => undefined, ...input })
const given = ({ wanted }: Allocation): Record<string, unknown> => Object.fromEntries(wanted)
const ofApi = (name: string, rest: Partial<PodView> = {}): PodView => pod({ name, workload: 'shop/deployment/api', ...rest })

describe('a pool', () => {
  it('gives the lowest free address, reserved ones never, who was there first first', () => {
    const pods = [ofApi('api-b', { created: '2026-01-02T00:00:00Z' }), ofApi('api-c', { created: '2026-01-01T00:00:00Z' })]
    expect(given(run({ assignments: [api], pods }))).toEqual({ 'shop/api-c': { eip: '172.56.0.200' }, 'shop/api-b': { eip: '172.56.0.202' } })
  })

  it('leaves a pod what it has, also the higher address', () => {
    const pods = [ofApi('api-a'), ofApi('api-b', { eip: '172.56.0.203' })]
    expect(given(run({ assignments: [api], pods }))).toEqual({ 'shop/api-a': { eip: '172.56.0.200' }, 'shop/api-b': { eip: '172.56.0.203' } })
  })

  it('gives a workload’s next pod the address that is remembered', () => {
    const memory = { web: { '172.56.0.203': 'shop/deployment/api' } }
    expect(given(run({ assignments: [api], pods: [ofApi('api-new')], memory }))).toEqual({ 'shop/api-new': { eip: '172.56.0.203' } })
  })

  it('knows a pod of a StatefulSet again by its name, whoever is made first', () => {
    const assignments = [{ target: { workload: 'shop/statefulset/db' }, eip: { pool: 'web' } } as const]
    const db = (name: string, created: string): PodView => pod({ name, workload: 'shop/statefulset/db', created })
    const first = run({ assignments, pods: [db('db-0', '2026-01-01T00:00:00Z'), db('db-1', '2026-01-02T00:00:00Z')] })
    const again = run({ assignments, pods: [db('db-0', '2026-02-02T00:00:00Z'), db('db-1', '2026-02-01T00:00:00Z')], memory: first.memory })
    expect(given(again)).toEqual(given(first))
  })

  it('passes over what is taken, what another pod is annotated with and what an assignment names', () => {
    const assignments: Assignment[] = [api, { target: { pod: { namespace: 'shop', name: 'not-there' } }, eip: '172.56.0.200' }]
    const pods = [ofApi('api-a'), pod({ name: 'by-hand', eip: '172.56.0.202' })]
    expect(given(run({ assignments, pods, taken: (ip) => ip === '172.56.0.204' }))).toEqual({ 'shop/api-a': { eip: '172.56.0.203' } })
  })

  it('does not let two pods keep one address (R14): the older has it', () => {
    const pods = [ofApi('api-a', { eip: '172.56.0.203', created: '2026-01-05T00:00:00Z' }), ofApi('api-b', { eip: '172.56.0.203' })]
    expect(given(run({ assignments: [api], pods }))).toEqual({ 'shop/api-b': { eip: '172.56.0.203' }, 'shop/api-a': { eip: '172.56.0.200' } })
  })

  it('does not hand out what a pod that is going away still has', () => {
    const memory = { web: { '172.56.0.200': 'shop/deployment/api' } }
    const pods = [ofApi('api-old', { eip: '172.56.0.200', deleting: true }), ofApi('api-new')]
    expect(given(run({ assignments: [api], pods, memory }))).toEqual({ 'shop/api-new': { eip: '172.56.0.202' } })
  })

  it('gives both pods of a virtual machine on the move one address, the one it has, also when the first is going', () => {
    const vm = (name: string, rest: Partial<PodView> = {}): PodView => pod({ name, ip: '10.16.0.7', workload: 'shop/virtualmachineinstance/vm', ...rest })
    const assignments = [{ target: { workload: 'shop/virtualmachineinstance/vm' }, eip: { pool: 'web' } } as const]
    const [old, next] = [vm('vm-old', { eip: '172.56.0.203' }), vm('vm-next', { created: '2026-01-05T00:00:00Z' })]
    const both = { 'shop/vm-old': { eip: '172.56.0.203' }, 'shop/vm-next': { eip: '172.56.0.203' } }
    expect(given(run({ assignments, pods: [old, next] }))).toEqual(both)
    expect(given(run({ assignments, pods: [old, { ...next, eip: '172.56.0.203' }] }))).toEqual(both)
    const memory = { web: { '172.56.0.203': 'shop/virtualmachineinstance/vm' } }
    expect(given(run({ assignments, memory, pods: [{ ...old, deleting: true }, next] }))).toEqual({ 'shop/vm-next': { eip: '172.56.0.203' } })
    const fixed = [{ target: { workload: 'shop/virtualmachineinstance/vm' }, eip: '172.56.0.203' } as const]
    expect(run({ assignments: fixed, pods: [old, next] })).toMatchObject({ troubles: [] })
    expect(given(run({ assignments: fixed, pods: [{ ...old, deleting: true }, next] }))).toEqual({ 'shop/vm-next': { eip: '172.56.0.203' } })
  })

  it('says which pods get nothing when it is exhausted, and gives away what only a memory holds', () => {
    const memory = { web: { '172.56.0.200': 'shop/deployment/gone' } }
    const pods = ['a', 'b', 'c', 'd'].map((n) => ofApi(`api-${n}`))
    const { wanted, troubles } = run({ assignments: [api], pods, memory })
    expect(wanted.get('shop/api-c')).toEqual({ eip: '172.56.0.200' })
    expect(troubles).toMatchObject([{ kind: 'exhausted', object: 'shop/api-d', what: expect.stringContaining('3 addresses') }])
  })

  it('of IPv6 ranges has nothing to give', () => {
    const six: Pool = { ...web, ranges: [{ first: 'fd00::1', last: 'fd00::9' }] }
    expect(run({ assignments: [api], pools: [six], pods: [ofApi('api-a')] })).toMatchObject({ wanted: new Map(), troubles: [{ kind: 'exhausted' }] })
  })
})

describe('assignments', () => {
  const labels = { app: 'api' }
  it('of a pod beat those of its workload, and those a selector', () => {
    const assignments: Assignment[] = [
      { target: { select: { namespace: 'shop', labels } }, snat: '172.56.0.210' },
      { target: { select: { namespace: 'shop', labels } }, eip: { pool: 'web' } },
      { target: { workload: 'shop/deployment/api' }, eip: '172.56.0.220' },
      { target: { pod: { namespace: 'shop', name: 'api-a' } }, eip: '172.56.0.230' },
    ]
    const pods = [ofApi('api-a', { labels }), ofApi('api-b', { labels }), pod({ name: 'c', labels })]
    expect(given(run({ assignments, pods }))).toEqual({
      'shop/api-a': { eip: '172.56.0.230', snat: '172.56.0.210' },
      'shop/api-b': { eip: '172.56.0.220', snat: '172.56.0.210' },
      'shop/c': { eip: '172.56.0.200', snat: '172.56.0.210' },
    })
  })

  it('of the same rank that differ give nothing and are told', () => {
    const assignments: Assignment[] = ['172.56.0.210', '172.56.0.211'].map((snat, i) => ({
      target: { select: { namespace: 'shop', labels: i === 0 ? {} : labels } },
      snat,
    }))
    expect(run({ assignments, pods: [pod({ name: 'a', labels })] })).toMatchObject({
      wanted: new Map(),
      troubles: [{ kind: 'ambiguous', object: 'shop/a', what: expect.stringContaining('172.56.0.210, 172.56.0.211') }],
    })
  })

  it('of one EIP to a workload serve one pod; the next waits for it, also while it goes away', () => {
    const assignments: Assignment[] = [{ target: { workload: 'shop/deployment/api' }, eip: '172.56.0.220' }]
    const [old, fresh] = [ofApi('api-old', { eip: '172.56.0.220' }), ofApi('api-new', { created: '2025-01-01T00:00:00Z' })]
    expect(run({ assignments, pods: [fresh, old] })).toMatchObject({
      wanted: new Map([['shop/api-old', { eip: '172.56.0.220' }]]),
      troubles: [{ kind: 'waiting', object: 'shop/api-new' }],
    })
    expect(run({ assignments, pods: [fresh, { ...old, deleting: true }] })).toMatchObject({
      wanted: new Map(),
      troubles: [{ kind: 'waiting', what: expect.stringContaining('shop/api-old') }],
    })
    expect(given(run({ assignments, pods: [fresh] }))).toEqual({ 'shop/api-new': { eip: '172.56.0.220' } })
  })

  it('of pods the gateway never serves are told (R20)', () => {
    const found = run({ assignments: [api], pods: [ofApi('api-a')], unserved: () => 'it is dual stack' })
    expect(found).toMatchObject({ wanted: new Map(), troubles: [{ kind: 'unserved', object: 'shop/api-a', what: 'it is dual stack' }] })
  })
})

const all = (found: Partial<AllocationInput>): Allocation => run({ ...found, pools })

describe('for any inventory, pods and memory', () => {
  it('no EIP has two owners, and none is anybody’s SNAT', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const targets = [...all(input).wanted.values()]
        const eips = targets.flatMap((t) => t.eip ?? [])
        expect(new Set(eips).size).toBe(eips.length)
        expect(targets.flatMap((t) => (t.snat !== undefined && eips.includes(t.snat) ? [t.snat] : []))).toEqual([])
      }),
    )
  })

  it('the order of assignments and of pods does not matter', () => {
    const shuffled = cases.chain((input) =>
      fc.record({
        input: fc.constant(input),
        assignments: fc.shuffledSubarray([...input.assignments], { minLength: input.assignments.length }),
        pods: fc.shuffledSubarray([...input.pods], { minLength: input.pods.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ input, ...other }) => {
        const [one, two] = [all(input), all({ ...input, ...other })]
        expect(two.wanted).toEqual(one.wanted)
        expect(two.memory).toEqual(one.memory)
      }),
    )
  })

  it('once it is done there is nothing to do', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const first = all(input)
        // What is released by the same plan is free only afterwards: a full pool may serve more pods then.
        fc.pre(!first.troubles.some((t) => t.kind === 'exhausted'))
        const done = input.pods.flatMap((p): PodView[] => {
          const { eip, snat } = first.wanted.get(podName(p)) ?? {}
          return [p.deleting ? p : { ...p, eip, snat }]
        })
        const again = all({ ...input, pods: done, memory: first.memory })
        for (const [name, target] of first.wanted) expect(again.wanted.get(name)).toEqual(target)
      }),
    )
  })

  it('what a pool gives is the pool’s, not reserved, and remembered for its pod', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { wanted, memory: kept } = all(input)
        for (const { eip } of wanted.values()) {
          if (eip === undefined || input.assignments.some((a) => 'eip' in a && a.eip === eip)) continue
          const pool = pools.find((p) => spaceOf(p).has(eip))
          expect(kept[pool?.name ?? '']?.[eip]).toBeDefined()
        }
      }),
    )
  })
})
