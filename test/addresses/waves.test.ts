import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressesOf, type PodChange } from '../../lib/addresses/agreement.ts'
import { type ApplyFacts, stillFits } from '../../lib/addresses/plan-facts.ts'
import { parseWaves, wavesOf } from '../../lib/addresses/waves.ts'

const change = (name: string, from: string | null, to: string | null): PodChange => ({
  namespace: 'shop',
  name,
  uid: name,
  ip: '10.16.0.9',
  act: 'change',
  from: { eip: from, snat: null },
  to: { eip: to, snat: null },
})
const names = (waves: readonly (readonly PodChange[])[]): string[][] => waves.map((w) => w.map((c) => c.name))
const many = (n: number): PodChange[] => Array.from({ length: n }, (_, i) => change(`p${i}`, null, `172.56.1.${i}`))

describe('waves', () => {
  it.each([
    ['1,25%,100%', 12, [1, 3, 8]],
    ['5', 12, [5, 5, 2]],
    ['1%', 3, [1, 1, 1]],
    ['100%', 4, [4]],
    [' 2 , 50% ', 6, [2, 3, 1]],
  ])('%s of %d', (text, n, sizes) => expect(wavesOf(many(n), parseWaves(text)).waves.map((w) => w.length)).toEqual(sizes))

  it.each(['', '0', '1,,2', '101%', '-3', '5 pods', '1.5'])('%j is refused', (text) => expect(() => parseWaves(text)).toThrow(RangeError))

  it('give an address on only after the wave that takes it away', () => {
    const handOver = [change('b', null, '172.56.0.1'), change('a', '172.56.0.1', '172.56.0.2'), change('c', null, '172.56.0.3')]
    expect(names(wavesOf(handOver, parseWaves('100%')).waves)).toEqual([['a', 'c'], ['b']])
  })

  it('leave out a circle, which has no first', () => {
    const swap = [change('a', '172.56.0.1', '172.56.0.2'), change('b', '172.56.0.2', '172.56.0.1'), change('c', null, '172.56.0.3')]
    const { waves, circle } = wavesOf(swap, parseWaves('100%'))
    expect([names(waves), circle.map((c) => c.name)]).toEqual([[['c']], ['a', 'b']])
  })

  it('never let two pods have one address, whatever is to be changed', () => {
    const ip = fc.option(fc.integer({ min: 1, max: 6 }).map((n) => `172.56.0.${n}`))
    // What an allocation gives: no address from two pods, none to two.
    const changes = fc
      .tuple(fc.shuffledSubarray([1, 2, 3, 4, 5, 6]), fc.shuffledSubarray([1, 2, 3, 4, 5, 6]), fc.array(fc.tuple(ip, ip)))
      .map(([from, to]) =>
        ['a', 'b', 'c', 'd', 'e'].map((name, i) =>
          change(name, from[i] === undefined ? null : `172.56.0.${from[i]}`, to[i] === undefined ? null : `172.56.0.${to[i]}`),
        ),
      )
    fc.assert(
      fc.property(changes, fc.constantFrom('1', '2', '100%'), (all, size) => {
        const has = new Map(all.map((c) => [c.name, c.from.eip]))
        for (const wave of wavesOf(all, parseWaves(size)).waves) {
          for (const c of wave) for (const a of addressesOf(c.to)) expect([...has].filter(([name, eip]) => eip === a && name !== c.name)).toEqual([])
          for (const c of wave) has.set(c.name, c.to.eip)
        }
      }),
    )
  })
})

describe('a plan still fits', () => {
  const facts = (...changes: PodChange[]): ApplyFacts => ({ changes }) as unknown as ApplyFacts
  const planned = facts(change('a', null, '172.56.0.1'), change('b', null, '172.56.0.2'))
  it.each([
    ['when nothing changed', planned, true],
    ['when a pod is gone or right by now', facts(change('a', null, '172.56.0.1')), true],
    ['when another pod came that wants another address', facts(change('n', null, '172.56.0.9')), true],
    ['not when a pod would get another address', facts(change('a', null, '172.56.0.7')), false],
    ['not when its address would be another pod’s', facts(change('n', null, '172.56.0.1')), false],
  ])('%s', (_what, now, fits) => expect(stillFits(planned, now)).toBe(fits))
})
