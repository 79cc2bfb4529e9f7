/** `check --baseline FILE`: only what differs, an exit code for what got worse, and a file that is read back strictly. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Finding, Outcome } from '../../lib/kernel/check.ts'
import { compare, comparedText, isWorse } from '../../lib/report/compare.ts'
import { bench } from './app.ts'

const f = (id: string, outcome: Outcome, more: Partial<Finding> = {}): Finding => ({ id, title: id, level: 'fatal', outcome, detail: 'seen', ...more })
const ASKED = [
  { id: 'a', group: 'gateway' },
  { id: 'b', group: 'pod' },
] as const
const hows = (before: readonly Finding[], now: readonly Finding[]) => compare(before, now, ASKED).differences.map((d) => d.how)

describe('comparing', () => {
  const a = f('a', 'pass')
  test.each([
    ['the same', [a], [a], [], false],
    ['another title, hint or evidence is no difference', [a], [{ ...a, title: 't', hint: 'h', seen: 1 }], [], false],
    ['pass → fail', [a], [f('a', 'fail')], ['worse'], true],
    ['pass → unknown: it could not look', [a], [f('a', 'unknown')], ['worse'], true],
    ['pass → warn is worse, and no failure', [a], [f('a', 'warn')], ['worse'], false],
    ['fail → pass', [f('a', 'fail')], [a], ['mended'], false],
    ['fail → fail for another reason', [f('a', 'fail')], [f('a', 'fail', { detail: 'other' })], ['changed'], false],
    ['pass with another detail', [a], [{ ...a, detail: 'other' }], ['changed'], false],
    ['accepted since', [f('a', 'fail')], [f('a', 'fail', { accepted: 'known' })], ['mended'], false],
    ['accepted no more', [f('a', 'fail', { accepted: 'known' })], [f('a', 'fail')], ['worse'], true],
    ['a failing object that was not there', [], [f('a', 'fail', { object: 'gw-2' })], ['worse'], true],
    ['a healthy object that was not there: nothing to tell', [], [f('a', 'pass', { object: 'gw-2' })], [], false],
    ['an object that is gone', [f('a', 'pass', { object: 'gw-2' })], [], ['gone'], false],
    ['a healthy pod that is gone: pods come and go', [f('b', 'pass', { object: 'shop/web' })], [], [], false],
    ['a broken pod that is gone', [f('b', 'fail', { object: 'shop/web' })], [], ['gone'], false],
    ['healthy ones told as one since', [f('a', 'pass', { object: 'x' })], [a], [], false],
    ['a check that was not asked now', [a, f('c', 'fail')], [a], [], false],
    [
      'two objects of one check are two',
      [f('a', 'pass', { object: 'x' }), f('a', 'fail', { object: 'y' })],
      [f('a', 'fail', { object: 'x' }), f('a', 'pass', { object: 'y' })],
      ['worse', 'mended'],
      true,
    ],
  ] as const)('%s', (_what, before, now, how, bad) => {
    expect(hows(before, now)).toEqual(how)
    expect(isWorse(compare(before, now, ASKED))).toBe(bad)
  })

  test('what fails as it did is no difference, and is said', () => {
    const same = [f('a', 'fail'), f('b', 'pass')]
    expect(comparedText(compare(same, same, ASKED), 'before.json', 'then')).toBe('nothing changed: 2 checks as in before.json (then); 1 finding fails as then')
  })
})

describe('from argv to exit code', () => {
  const kept = async (health: 'pass' | 'fail') => {
    const b = bench()
    b.cluster.health = health
    writeFileSync(join(b.stateDir, 'before.json'), (await b.run(['check', '-o', 'json'])).out)
    return b
  }

  test('nothing changed: one line, exit 0, also when it failed then as now', async () => {
    for (const health of ['pass', 'fail'] as const) {
      const b = await kept(health)
      const { exit, out } = await b.run(['check', '--baseline', 'before.json'])
      expect({ exit, out }).toEqual({ exit: 0, out: expect.stringMatching(/^ nothing changed: 1 check as in before\.json \(2026-11-22T10:00:\d\d\.000Z\)/) })
    }
  })

  test('what got worse is shown with what it was and what to type: exit 3; what was mended: exit 0', async () => {
    const worse = await kept('pass')
    worse.cluster.health = 'fail'
    const { exit, out } = await worse.run(['check', '--baseline', 'before.json'])
    expect(exit).toBe(3)
    expect(out).toMatch(/worse\n.*healthy.*gw-1: seen\n.*next: ovngw mend\n.*was pass: seen\n 1 worse since before\.json/)
    const mended = await kept('fail')
    mended.cluster.health = 'pass'
    expect(await mended.run(['check', '--baseline', 'before.json'])).toMatchObject({ exit: 0, out: expect.stringContaining('1 mended since') })
  })

  test('-o json: a difference a line, then the sum; -o markdown a table; -o junit is refused', async () => {
    const b = await kept('pass')
    b.cluster.health = 'fail'
    const lines = (await b.run(['check', '--baseline', 'before.json', '-o', 'json'])).out
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l))
    expect(lines).toMatchObject([
      { change: 'worse', was: { outcome: 'pass' }, now: { outcome: 'fail' } },
      { baseline: 'before.json', differences: 1, exit: 3 },
    ])
    expect((await b.run(['check', '--baseline', 'before.json', '-o', 'markdown'])).out).toMatch(/\| worse \| healthy gw-1 \| pass: seen \| fail: seen \|/)
    expect(await b.run(['check', '--baseline', 'before.json', '-o', 'junit'])).toMatchObject({ exit: 2, err: expect.stringContaining('-o json') })
  })

  const whole = async (): Promise<readonly string[]> => (await bench().run(['check', '-o', 'json'])).out.trim().split('\n')
  test.each([
    ['is not there', undefined, /cannot read before\.json/],
    ['is empty', () => '', /no whole answer of ovngw check[\s\S]*empty/],
    ['is no JSON', () => 'ok\n', /before\.json:1 is no line of ovngw check[\s\S]*not JSON/],
    ['was cut off', (lines: readonly string[]) => `${lines[0]}\n`, /not the end of a check/],
    ['was cut in a line', (lines: readonly string[]) => `${lines[0]}\n${lines[1]?.slice(0, 30)}`, /before\.json:2 is no line/],
    [
      'has a finding without an outcome',
      (lines: readonly string[]) => `${lines[0]?.replace('"outcome":"pass",', '')}\n${lines[1]}\n`,
      /before\.json:1[\s\S]*outcome/,
    ],
    ['is of a run', (lines: readonly string[]) => lines.map((l) => l.replace('"run":"check"', '"run":"x-install"')).join('\n'), /no whole answer/],
  ])('a file that %s: exit 2, where, and how to make one', async (_what, make, says) => {
    const b = bench()
    if (make !== undefined) writeFileSync(join(b.stateDir, 'before.json'), make(await whole()))
    const { exit, err } = await b.run(['check', '--baseline', 'before.json'])
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringMatching(says) })
    expect(err).toContain('ovngw check -o json > FILE')
  })
})
