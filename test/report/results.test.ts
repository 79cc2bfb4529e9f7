import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { columns } from '../../lib/report/columns.ts'
import { junitText } from '../../lib/report/junit.ts'
import { cell, markdownText } from '../../lib/report/markdown.ts'
import { checksBlock } from '../../lib/report/sections.ts'
import { duration, widthOf, wrap } from '../../lib/report/style.ts'
import { at, finding } from './events.ts'

const GROUPS = [
  {
    group: 'node',
    findings: [
      finding('ready', { object: 'gw-1' }),
      finding('mtu', { level: 'warning', outcome: 'warn', detail: '1500 < 9000 & "so"' }),
      finding('nic', { outcome: 'fail', object: 'gw-1/eth0', detail: 'carries the tunnel', hint: 'take another' }),
      finding('clock', { outcome: 'unknown', detail: 'no answer\u0007' }),
      finding('dpdk', { outcome: 'skip', detail: 'no DPDK' }),
      finding('old', { outcome: 'fail', detail: 'too old', accepted: 'until May' }),
    ],
  },
]

describe('JUnit', () => {
  const text = junitText(GROUPS, at(0))
  test('a fatal failure is a failure, unknown an error, skip skipped; warnings and accepted ones pass and say so', () => {
    expect(text).toContain('<testsuites name="ovngw" tests="6" failures="1" errors="1" skipped="1">')
    expect(text).toContain('<testcase classname="ovngw.node" name="nic gw-1/eth0">\n      <failure message="carries the tunnel (next: take another)"/>')
    expect(text).toContain('<error message="no answer\ufffd"/>')
    expect(text).toContain('<system-out>warn: 1500 &lt; 9000 &amp; &quot;so&quot;</system-out>')
    expect(text).toContain('<system-out>fail: too old (accepted: until May)</system-out>')
  })
})

describe('Markdown', () => {
  test('foreign text cannot break the table', () => {
    expect(cell('a|b\nc `d` <e>')).toBe('a\\|b c \\`d\\` \\<e\\>')
    const rows = markdownText(GROUPS, 'lab', at(0)).split('\n')
    expect(rows.filter((r) => r.startsWith('| ') && !r.startsWith('| result'))).toHaveLength(6)
    expect(rows).toContain('| ✖ fail | nic | gw-1/eth0 | carries the tunnel | take another |')
  })
})

describe('text', () => {
  test.each([
    [0, '0.0 s'],
    [6_400, '6.4 s'],
    [99_949, '99.9 s'],
    [99_950, '1 m 40 s'],
    [125_000, '2 m 05 s'],
    [3_600_000, '60 m 00 s'],
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

  test('columns align by what is seen, colours not counted', () => {
    const lines = columns([
      ['\u001b[31mred\u001b[39m', 'x', 'last'],
      ['longer', 'yy', 'b'],
    ]).split('\n')
    expect(lines.map((l) => stripVTControlCharacters(l))).toEqual(['red     x   last', 'longer  yy  b', ''])
    expect(columns([])).toBe('')
  })

  const ROWS = [
    ['default/a-pod', '172.56.0.200, snat 172.56.0.201', 'unmanaged', 'it was annotated by somebody else and is not in the inventory'],
    ['default/b', '172.56.0.202', 'agrees', ''],
  ]
  test.each([40, 60, 80, 100, 140])('a table fits %i columns, and nothing of it is lost', (width) => {
    const text = columns(ROWS, width)
    expect(text.split('\n').filter((l) => widthOf(l) > width)).toEqual([])
    expect(
      text
        .split(/\s+/)
        .filter((w) => w !== '')
        .sort(),
    ).toEqual(
      ROWS.flat()
        .flatMap((c) => c.split(' '))
        .filter((w) => w !== '')
        .sort(),
    )
  })

  test('wrapped lines fit, and nothing is lost', () => {
    const text = 'the external switch is in OVN and has averyveryverylongwordindeed way out'
    const lines = wrap(text, 20)
    expect(lines.join(' ')).toBe(text)
    expect(lines.filter((l) => l.length > 20)).toEqual(['averyveryverylongwordindeed'])
  })

  test.each([40, 80, 120])('a block of checks fits %i columns and says what to do next', (width) => {
    const text = checksBlock('node', GROUPS[0]?.findings ?? [], { width, color: false, verbose: false })
    expect(text.split('\n').filter((l) => widthOf(l) > width)).toEqual([])
    expect(text.replaceAll(/\s+/g, ' ')).toContain('✖ 6 checks, 1 failed, 1 warning, 1 unknown, 1 skipped, 1 accepted')
    expect(text).toContain('next: take another')
    expect(text).not.toContain('as wanted')
  })
})
