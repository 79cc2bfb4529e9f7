import { describe, expect, it } from 'vitest'
import { isError, type OvngwError } from '../../lib/kernel/errors.ts'
import { bool, int, listings, optional, rowParser, set, since, str, strings, uuid } from '../../lib/ovn/parse.ts'

const A = 'aaaaaaaa-0000-4000-8000-000000000001'
const B = 'bbbbbbbb-0000-4000-8000-000000000002'
const table = rowParser({
  table: 'T',
  columns: { name: str, n: int, on: bool, ids: strings, tag: optional(int), ports: set(uuid), names: set(str), newer: since(str) },
})
const headings = ['_uuid', 'name', 'n', 'on', 'ids', 'tag', 'ports', 'names', 'extra']
const row: unknown[] = [
  ['uuid', A],
  'x',
  5,
  true,
  [
    'map',
    [
      ['__proto__', 'v'],
      ['k', 'w'],
    ],
  ],
  ['set', []],
  [
    'set',
    [
      ['uuid', A],
      ['uuid', B],
    ],
  ],
  'one',
  'ignored',
]
const text = (data: unknown, heads: unknown = headings): string => `${JSON.stringify({ data, headings: heads })}\n`
const failure = (run: () => unknown): OvngwError => {
  try {
    run()
  } catch (e) {
    if (isError(e, 'PARSE')) return e
    throw e
  }
  throw new Error('it was accepted')
}

describe('rowParser', () => {
  it('types every encoding; a column of another schema is an absent member', () => {
    const [got] = table.parse(text([row]), 'ovn-nbctl')
    expect(got).toStrictEqual({
      uuid: A,
      name: 'x',
      n: 5,
      on: true,
      ids: Object.fromEntries([
        ['__proto__', 'v'],
        ['k', 'w'],
      ]),
      tag: null,
      ports: [A, B],
      names: ['one'],
    })
    expect(Object.keys(got?.ids ?? {})).toEqual(['__proto__', 'k'])
    expect(got?.newer).toBeUndefined()
    expect(JSON.parse(JSON.stringify(got))).toEqual(got)
  })

  it('reads a present optional column, and a set of one uuid', () => {
    const one = row.with(5, 7).with(6, ['uuid', B])
    expect(table.parse(text([one]), 't')[0]).toMatchObject({ tag: 7, ports: [B] })
  })

  it('an empty table is empty', () => expect(table.parse(text([]), 't')).toEqual([]))

  it.each([
    ['not JSON', 'ovn-nbctl: unix: database connection failed\n', 'not JSON'],
    ['cut', text([row]).slice(0, 40), 'not JSON'],
    ['nothing', '', 'got 0'],
    ['null', 'null\n', 'expected {"headings"'],
    ['another shape', '{"headings":["a"],"data":{}}\n', 'expected {"headings"'],
    ['a short row', text([row.slice(1)]), 'rows of 9'],
    ['a missing column', text([], ['_uuid', 'name']), 'missing'],
    ['no _uuid', text([], headings.slice(1)), 'missing'],
    ['two listings', text([row]) + text([row]), 'got 2'],
  ])('refuses %s', (_, input, why) => {
    const e = failure(() => table.parse(input, 'ovn-nbctl'))
    expect(e.what).toContain('ovn-nbctl')
    expect(e.what).toContain('table T')
    expect(e.why).toContain(why)
  })

  it.each([
    ['name', 1, 3],
    ['n', 2, '3'],
    ['n', 2, 1.5],
    ['on', 3, 'true'],
    ['ids', 4, ['set', []]],
    ['ids', 4, ['map', [['a', 1]]]],
    ['tag', 5, ['set', [1, 2]]],
    ['tag', 5, ['uuid', A]],
    ['ports', 6, ['set', ['x']]],
    ['ports', 6, ['uuid', 'short']],
    ['names', 7, ['map', []]],
  ])('refuses a wrong %s', (column, at, value) => {
    const e = failure(() => table.parse(text([row, row.with(at, value)]), 'ovs-vsctl'))
    expect(e.what).toContain(`column ${column}`)
    expect(e.why).toContain(JSON.stringify(value))
  })

  it('quotes at most 200 characters', () => expect(failure(() => table.parse('z'.repeat(5000), 't')).why).toMatch(/[^z]z{200}$/))
})

describe('listings', () => {
  it('splits one answer by table, in order', () => {
    const got = listings(text([row]) + text([], ['_uuid']), 't', ['A', 'B'])
    expect(got.map((l) => l.data.length)).toEqual([1, 0])
  })
  it('names the table that is missing', () => expect(failure(() => listings(text([]), 't', ['A', 'B'])).what).toContain('table B'))
})
