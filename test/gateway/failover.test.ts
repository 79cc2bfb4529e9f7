/** Who may take the gateway over, and each reason why nobody may, with what to type. */
import { expect, test } from 'vitest'
import { type Candidate, type Failover, takeover } from '../../lib/gateway/failover.ts'
import { first } from '../../lib/gateway/moving.ts'
import { isError } from '../../lib/kernel/errors.ts'

const node = (n: number, priority: number, more: Partial<Candidate> = {}): Candidate => ({
  chassis: `chassis-${n}`,
  node: `gw-${n}`,
  priority,
  active: n === 1,
  unfit: null,
  ...more,
})
const of = (...chassis: readonly Candidate[]): Failover => ({ type: 'centralized', routerPort: 'ovn-cluster-external', bfd: [], chassis })
const site = { name: 'prod', file: 'inventory/prod.yaml' }

test('the next fit one by priority, or the one asked for', () => {
  const all = of(node(1, 100), node(2, 99, { unfit: 'the node is not Ready' }), node(3, 98), node(4, 97))
  expect(takeover(all, site, undefined)).toMatchObject({ from: { node: 'gw-1' }, to: { node: 'gw-3' } })
  expect(takeover(all, site, 'gw-4').to.node).toBe('gw-4')
})

const REFUSED: readonly (readonly [what: string, f: Failover | null, to: string | undefined, says: RegExp, next: RegExp])[] = [
  ['no gateway', null, undefined, /no gateway/, /ovngw check gateway-switch/],
  ['BFD', { ...of(node(1, 100), node(2, 99)), bfd: ['172.56.0.1'] }, undefined, /BFD.*R35/, /kubectl get vpc/],
  ['nobody active', of(node(1, 100, { active: false }), node(2, 99)), undefined, /no chassis carries/, /gateway-active-chassis/],
  ['one chassis', of(node(1, 100)), undefined, /only gateway chassis/, /ovngw change --site prod/],
  ['equal priorities', of(node(1, 100), node(2, 100)), undefined, /not the highest priority alone: gw-1 100, gw-2 100/, /ovngw change/],
  ['another one above', of(node(2, 101), node(1, 100)), undefined, /not the highest priority alone/, /ovngw change/],
  ['none fit', of(node(1, 100), node(2, 99, { unfit: 'the node is not Ready' })), undefined, /gw-2: the node is not Ready/, /ovngw check node-ready/],
  ['the one asked for is not fit', of(node(1, 100), node(2, 99, { unfit: 'no patch' }), node(3, 98)), 'gw-2', /gw-2: no patch/, /ovngw check/],
  ['a node that is none', of(node(1, 100), node(2, 99)), 'gw-9', /gw-9 is no standby.*gw-2/, /--help/],
]

test.each(REFUSED)('refused: %s', (_what, f, to, says, next) => {
  const thrown = (() => {
    try {
      return takeover(f, site, to)
    } catch (error) {
      return error
    }
  })()
  expect(isError(thrown, 'CHECK_FAILED')).toBe(true)
  expect(thrown).toMatchObject({ message: expect.stringMatching(says), hint: expect.stringMatching(next), exit: 3 })
})

test('one row changes; at the end of OVN’s scale two change places', () => {
  const two = (a: number, b: number) => [
    { name: 'a', priority: a },
    { name: 'b', priority: b },
  ]
  expect(first(two(100, 99), 'b')).toEqual(two(100, 101))
  expect(first(two(32_767, 99), 'b')).toEqual(two(99, 32_767))
})
