import { expect, test } from 'vitest'
import { checks } from '../../../tasks/checks/index.ts'

const all = checks.map(({ check }) => check)
const needs = new Map<string, readonly string[]>(all.map((c) => [c.id, Object.keys(c.needs ?? {})]))

test('what a check needs is in the catalogue', () => {
  expect([...needs.values()].flat().filter((id) => !needs.has(id))).toEqual([])
})

test('no check needs itself, by whatever way', () => {
  const reached = (id: string, from: readonly string[] = []): readonly string[] =>
    from.includes(id) ? [] : (needs.get(id) ?? []).flatMap((next) => [next, ...reached(next, [...from, id])])
  expect([...needs.keys()].filter((id) => reached(id).includes(id))).toEqual([])
})

test('a check that stops needs none that only warns: its failure would be lost', () => {
  const warnings = new Set<string>(all.filter((c) => c.level === 'warning').map((c) => c.id))
  expect(
    all.filter((c) => c.level === 'fatal').flatMap((c) => (needs.get(c.id) ?? []).filter((id) => warnings.has(id)).map((id) => `${c.id} → ${id}`)),
  ).toEqual([])
})
