/** Draining a gateway node: in what order the others stand, who may not be drained, and what its end puts back, from the Node's own mark. */
import { expect, test } from 'vitest'
import type { Candidate, Failover } from '../../lib/gateway/failover.ts'
import { drained, finished, markedNodes } from '../../lib/gateway/maintenance.ts'
import { MAINTENANCE } from '../../lib/gateway/names.ts'
import { asError } from '../../lib/kernel/errors.ts'

const node = (n: number, priority: number, unfit: string | null = null): Candidate => ({
  chassis: `chassis-${n}`,
  node: `gw-${n}`,
  priority,
  active: n === 1,
  unfit,
})
const of = (...chassis: readonly Candidate[]): Failover => ({ type: 'centralized', routerPort: 'ovn-cluster-external', bfd: [], chassis })
const site = { name: 'prod', file: 'inventory/prod.yaml' }
const order = (...names: readonly (readonly [number, number])[]) => names.map(([n, priority]) => ({ name: `chassis-${n}`, priority }))

const annotated = (n: number, value: unknown) =>
  markedNodes([{ metadata: { name: `gw-${n}`, annotations: { [MAINTENANCE]: typeof value === 'string' ? value : JSON.stringify(value) } } }])
const mark = { before: order([1, 100], [2, 99]), after: order([2, 100], [1, 99]), by: 'ann', at: '2026-11-25T19:29:31.024Z' }
const during = of(node(2, 100), node(1, 99))

test('the drained node comes last, those that cannot carry the gateway before it, every priority another one', () => {
  const { after, fit } = drained(of(node(1, 100), node(2, 99, 'the node is not Ready'), node(3, 98)), [], 'gw-1', site)
  expect(after.map((c) => c.name)).toEqual(['chassis-3', 'chassis-2', 'chassis-1'])
  expect(fit.map((c) => c.node)).toEqual(['gw-3'])
  const numbers = drained(of(node(1, 0), node(2, 0), node(3, 0)), [], 'gw-1', site).after.map((c) => c.priority)
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => b - a))
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
})

const refusal = (act: () => unknown): { readonly said: string; readonly next: string | undefined; readonly exit: number } => {
  try {
    act()
  } catch (thrown) {
    const { message, hint, exit } = asError(thrown)
    return { said: message, next: hint, exit }
  }
  throw new Error('it was not refused')
}

test.each([
  ['no gateway node', of(node(1, 100), node(2, 99)), 'gw-9', /gw-9 is no gateway node: gateway nodes are gw-1, gw-2/, /ovngw check/],
  ['the only one', of(node(1, 100)), 'gw-1', /only gateway node.*no other gateway chassis/, /ovngw change --site prod/],
  ['the only live one', of(node(1, 100), node(2, 99, 'the node is not Ready')), 'gw-1', /gw-2: the node is not Ready/, /ovngw check/],
  ['BFD', { ...of(node(1, 100), node(2, 99)), bfd: ['172.56.0.1'] }, 'gw-1', /R35/, /kubectl get vpc/],
])('not drained: %s', (_what, f, name, says, next) => {
  expect(refusal(() => drained(f, [], name, site))).toEqual({ said: expect.stringMatching(says), next: expect.stringMatching(next), exit: 3 })
})

test('one node at a time: the other one’s maintenance ends first', () => {
  expect(refusal(() => drained(during, annotated(1, mark), 'gw-2', site))).toMatchObject({
    said: expect.stringContaining('by ann'),
    next: 'ovngw maintain --done gw-1 --site prod',
  })
})

test('the end is known from the mark alone, with or without the node’s name', () => {
  for (const name of [undefined, 'gw-1']) expect(finished(during, annotated(1, mark), name, site)).toMatchObject({ node: 'gw-1', untouched: true, mark })
  expect(finished(during, [], undefined, site)).toBeUndefined()
})

test('priorities somebody changed meanwhile are not ours to put back', () => {
  expect(finished(of(node(2, 120), node(1, 99)), annotated(1, mark), undefined, site)).toMatchObject({ untouched: false })
})

test.each(['', '{}', '{"before":[]}', { ...mark, before: [{ name: 'chassis-1' }] }])('a mark that is not ours is refused, not guessed: %j', (value) => {
  expect(refusal(() => finished(during, annotated(1, value), undefined, site))).toMatchObject({
    said: expect.stringContaining('cannot be read'),
    next: expect.stringContaining('kubectl annotate node gw-1'),
  })
})

test('a node that is not back yet is not put back', () => {
  expect(refusal(() => finished(of(node(2, 100), node(1, 99, 'the node is not Ready')), annotated(1, mark), undefined, site))).toMatchObject({
    said: 'gw-1 cannot carry the gateway yet: the node is not Ready',
    exit: 3,
  })
})
