import { expect, test } from 'vitest'
import { FAULTS } from '../../lib/lab/faults/index.ts'
import { inverse } from '../../lib/lab/faults/kinds.ts'
import { checks } from '../../tasks/checks/index.ts'

test('there are thirty faults at least, each with an id to type and a title of its own', () => {
  expect(FAULTS.length).toBeGreaterThanOrEqual(30)
  expect(new Set(FAULTS.map((f) => f.id)).size).toBe(FAULTS.length)
  expect(new Set(FAULTS.map((f) => f.title)).size).toBe(FAULTS.length)
  expect(FAULTS.filter((f) => !/^[a-z]+(-[a-z]+)*$/.test(f.id))).toEqual([])
})

test('every fault is for checks that there are', () => {
  const known = new Set(checks.map((c) => c.check.id as string))
  const named = FAULTS.flatMap((f) => [...f.caught, ...(f.skipped === 'unseen' ? [] : (f.skipped ?? []))])
  expect(named.filter((id) => !known.has(id))).toEqual([])
  // What no check finds a diagnosis does.
  expect(FAULTS.filter((f) => f.caught.length === 0 && f.link === undefined)).toEqual([])
})

test('a merge patch is taken back: what was changed, what was added, what was removed', () => {
  const object = { data: { kept: 'a', changed: 'b', removed: 'c' }, list: [1, 2] }
  const patch = { data: { changed: 'x', removed: null, added: 'y' }, list: [3], whole: { new: true } }
  expect(inverse(patch, object)).toEqual({ data: { changed: 'b', removed: 'c', added: null }, list: [1, 2], whole: null })
})
