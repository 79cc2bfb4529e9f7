import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineDiff } from '../../lib/render/diff.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '-d', ' e'), { maxLength: 12 })
const side = (diff: readonly string[], not: string): string[] => diff.filter((l) => !l.startsWith(not)).map((l) => l.slice(1))

describe('lineDiff', () => {
  it('keeps what is common', () => {
    expect(lineDiff(['a', 'b', 'c'], ['a', 'x', 'c', 'd'])).toEqual([' a', '-b', '+x', ' c', '+d'])
  })
  it('holds both texts whole', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = lineDiff(a, b)
        expect(side(diff, '+')).toEqual(a)
        expect(side(diff, '-')).toEqual(b)
      }),
    )
  })
  it('is shortest: a text against itself has no change, and one added line shows as one', () => {
    fc.assert(
      fc.property(lines, fc.nat(12), (a, at) => {
        expect(lineDiff(a, a)).toEqual(a.map((l) => ` ${l}`))
        expect(lineDiff(a, [...a.slice(0, at), 'new', ...a.slice(at)]).filter((l) => !l.startsWith(' '))).toEqual(['+new'])
      }),
    )
  })
  it('shortens what is far from a change', () => {
    expect(lineDiff(['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'x', 'd', 'e'], 1)).toEqual([' …', ' b', '-c', '+x', ' d', ' …'])
    expect(lineDiff(['a'], ['a'], 1)).toEqual([' …'])
  })
})
