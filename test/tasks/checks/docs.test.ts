import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checks } from '../../../tasks/checks/index.ts'

const at = (path: string): URL => new URL(`../../../${path}`, import.meta.url)
const docs = readFileSync(at('docs/checks.md'), 'utf8')
const files = readdirSync(at('tasks/checks')).filter((f) => f !== 'index.ts')
const ids = files.map((f) => f.replace('.ts', ''))
const sections = new Map(
  docs
    .split(/^### /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
)

describe('docs/checks.md', () => {
  test('has a heading for every check, and none for what is no check', () => expect([...sections.keys()].sort()).toEqual([...ids].sort()))

  test.each(checks.map((c) => [c.check.id, c.check] as const))('%s says what the check itself says', (id, check) => {
    const section = sections.get(id) ?? ''
    for (const part of [check.reads, check.why, check.mend, `*${check.level}*`, '**Likely causes**']) expect(section).toContain(part)
  })
})

describe('the registry', () => {
  test('has every check once, but those that only runbooks ask', () => {
    const known = checks.map((c) => c.check.id)
    expect([...known, 'gateway-as-before', 'rows-as-before', 'carrier-as-before', 'owners-read', 'swept'].sort()).toEqual([...ids].sort())
  })

  test('no file of a check is longer than 60 lines', () => {
    const long = files.filter((f) => readFileSync(at(`tasks/checks/${f}`), 'utf8').split('\n').length > 61)
    expect(long).toEqual([])
  })
})
