import { expect, test } from 'vitest'
import type { Look } from '../../lib/gateway/look.ts'
import { moments } from '../../lib/gateway/moments.ts'

/** Looks that only say under whose signal they read. */
type Told = { readonly n: number; readonly signal: () => AbortSignal; readonly failed: () => void }

function opened() {
  let n = 0
  const lookOf = moments((from) => ({ n: ++n, signal: () => from.signal(), failed: () => from.failed() }) as unknown as Look)
  return (moment: object, signal = new AbortController().signal) => lookOf(moment, signal) as unknown as Told
}

test('one moment has one look, another moment another', () => {
  const lookOf = opened()
  const [one, two] = [{}, {}]
  expect([lookOf(one).n, lookOf(one).n, lookOf(two).n, lookOf(one).n]).toEqual([1, 1, 2, 1])
})

test('a read ends with who asks now, not with the step before', () => {
  const lookOf = opened()
  const moment = {}
  const [first, second] = [new AbortController(), new AbortController()]
  lookOf(moment, first.signal)
  const look = lookOf(moment, second.signal)
  first.abort()
  expect(look.signal().aborted).toBe(false)
})

test('after a read that failed the moment is looked at anew', () => {
  const lookOf = opened()
  const moment = {}
  const old = lookOf(moment)
  old.failed()
  expect(lookOf(moment).n).toBe(2)
  old.failed() // of the look that is no longer the moment's
  expect(lookOf(moment).n).toBe(2)
})
