import { describe, expect, it } from 'vitest'
import { agreement, type Line } from '../../lib/addresses/agreement.ts'
import type { Target } from '../../lib/addresses/allocate.ts'
import { readMemory, sameMemory, writeMemory } from '../../lib/addresses/memory.ts'
import type { Trouble } from '../../lib/addresses/wishes.ts'
import { claims } from '../../lib/gateway/judge.ts'
import { podView } from '../../lib/gateway/pods.ts'
import type { Served } from '../../lib/gateway/rows.ts'
import type { Nat, RouterPolicy } from '../../lib/ovn/tables.ts'

const IP = '10.16.0.3'
const [A, B] = ['172.56.0.201', '172.56.0.202'] as const

/** A pod as the API has it; `by` wrote its EIP. */
const pod = (eip?: string, by = 'ovngw') =>
  podView({
    metadata: {
      namespace: 'shop',
      name: 'web-0',
      uid: 'u',
      annotations: { 'ovn.kubernetes.io/ip_address': IP, ...(eip === undefined ? {} : { 'ovn.kubernetes.io/eip': eip }) },
      managedFields: [{ manager: by, fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:ovn.kubernetes.io/eip': {} } } } }],
    },
    status: { phase: 'Running' },
  })
const nat = (external_ip: string): Nat =>
  ({ uuid: external_ip, type: 'dnat_and_snat', external_ip, logical_ip: IP, external_mac: null, logical_port: null }) as unknown as Nat
const policy = { priority: 29250, match: `ip4.src == ${IP}`, action: 'reroute', nexthops: ['172.56.0.1'], nexthop: null } as unknown as RouterPolicy
const declaring = { metadata: { name: 'ovn-cluster' }, spec: { policyRoutes: [{ priority: 29250, match: `ip4.src == ${IP}` }] } }
const served = (...externals: readonly string[]): Served => ({
  router: 'ovn-cluster',
  type: 'centralized',
  by: { nats: () => externals.map(nat), policies: () => (externals.length === 0 ? [] : [policy]), routes: () => [] },
  shared: { policies: [] },
  claims: claims([], []),
  outside: { vpc: undefined, nextHop: '172.56.0.1', networks: ['172.56.0.100/16'] },
  twins: (pod) => [pod],
})
const judge = (annotated: ReturnType<typeof pod>, wanted: Target, done: Served, { adopt = false, troubles = [] as Trouble[] } = {}): Line | undefined =>
  agreement({ allocation: { wanted: new Map([['shop/web-0', wanted]]), memory: {}, troubles }, pods: [annotated], served: done, adopt })[0]

describe('inventory, annotation and OVN', () => {
  it.each<[string, Line | undefined, object | undefined]>([
    ['agree', judge(pod(A), { eip: A as never }, served(A)), { verdict: 'agrees' }],
    ['say nothing of a pod', judge(pod(), {}, served()), undefined],
    ['lack the annotation', judge(pod(), { eip: A as never }, served()), { verdict: 'to-do', act: 'new' }],
    ['differ', judge(pod(B), { eip: A as never }, served(B)), { verdict: 'to-do', act: 'change' }],
    ['want nothing any more', judge(pod(A), {}, served(A)), { verdict: 'to-do', act: 'release' }],
    ['differ by somebody else’s hand', judge(pod(B, 'kubectl'), { eip: A as never }, served(B)), { verdict: 'foreign' }],
    [
      'differ by somebody else’s hand, to be adopted',
      judge(pod(B, 'kubectl'), { eip: A as never }, served(B), { adopt: true }),
      { verdict: 'to-do', act: 'change' },
    ],
    ['agree, by somebody else’s hand', judge(pod(A, 'kubectl'), { eip: A as never }, served(A)), { verdict: 'agrees' }],
    ['agree, to be adopted', judge(pod(A, 'kubectl'), { eip: A as never }, served(A), { adopt: true }), { verdict: 'to-do', act: 'adopt' }],
    ['are not ours', judge(pod(A, 'kubectl'), {}, served(A), { adopt: true }), { verdict: 'unmanaged' }],
    ['agree, OVN does not (R31)', judge(pod(A), { eip: A as never }, served()), { verdict: 'to-do', act: 'again', why: expect.stringContaining('no NAT row') }],
    ['agree, OVN does more (R12)', judge(pod(A), { eip: A as never }, served(A, B)), { verdict: 'to-do', act: 'stray', why: expect.stringContaining(B) }],
    ['leave a stray behind', judge(pod(), {}, served(B)), { verdict: 'to-do', act: 'stray' }],
    [
      'leave only the way out behind (R17)',
      judge(pod(), {}, { ...served(), by: { ...served(B).by, nats: () => [] } }),
      { act: 'stray', why: expect.stringMatching(/untranslated/) },
    ],
    [
      'leave a policy that the VPC declares',
      judge(pod(), {}, { ...served(), by: { ...served(B).by, nats: () => [] }, outside: { vpc: declaring, nextHop: undefined, networks: [] } }),
      undefined,
    ],
    [
      'cannot be made to agree',
      judge(pod(), {}, served(), { troubles: [{ kind: 'exhausted', object: 'shop/web-0', what: 'pool web has no free address left', hint: '' }] }),
      { verdict: 'trouble', why: 'pool web has no free address left' },
    ],
  ])('%s', (_what, line, expected) => (expected === undefined ? expect(line).toBeUndefined() : expect(line).toMatchObject(expected)))
})

describe('what is remembered', () => {
  const memory = { web: { [A]: 'shop/pod/web-0', [B]: 'shop/deployment/api' }, empty: {} }
  it('is read as it was written, without empty pools', () => {
    const configMap = { metadata: { name: 'ovngw-addresses' }, data: writeMemory(memory) }
    expect(readMemory(configMap)).toEqual({ web: memory.web })
    expect([sameMemory(readMemory(configMap), memory), sameMemory({}, memory)]).toEqual([true, false])
  })
  it.each(['', '[]', '{"172.56.0.201": 1}', 'null', '{'])('%j is an error, not an empty memory', (web) => {
    expect(() => readMemory({ metadata: { name: 'x' }, data: { web } })).toThrow(/pool web/)
  })
  it('of nobody is nothing', () => expect(readMemory(undefined)).toEqual({}))
})
