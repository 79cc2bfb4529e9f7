import { expect, test } from 'vitest'
import type { Finding } from '../../lib/kernel/check.ts'
import { checksBlock } from '../../lib/report/sections.ts'
import { tally } from '../../lib/report/words.ts'

const finding = (id: string, outcome: Finding['outcome'], because?: string): Finding => ({
  id,
  title: id,
  level: 'fatal',
  outcome,
  detail: 'seen',
  ...(because === undefined ? {} : { because }),
})
const LOOK = { width: 80, color: false, verbose: false }

test('what is not judged because of another failure is counted with its name, apart from what is skipped', () => {
  const all = [finding('bridge', 'fail'), finding('patch', 'skip', 'bridge'), finding('packet', 'skip', 'bridge'), finding('labels', 'skip')]
  expect(tally(all)).toBe('4 checks, 1 failed, 2 not judged (bridge), 1 skipped')
  expect(tally([...all, finding('nat', 'fail'), finding('truth', 'skip', 'nat')])).toBe('6 checks, 2 failed, 3 not judged (2 causes), 1 skipped')
  expect(tally([finding('nat', 'pass'), finding('nat', 'skip', 'values')])).toBe('1 check, 0 failed, 1 not judged (values)')
})

test('a group of which nothing failed of itself is not green, and one whose checks had nothing to do is', () => {
  const sign = (...findings: readonly Finding[]): string => checksBlock('packet', findings, LOOK).split(/\s+/)[2] ?? ''
  expect(sign(finding('a', 'pass'), finding('b', 'skip', 'bridge'))).toBe('↷')
  expect(sign(finding('a', 'pass'), finding('b', 'skip'))).toBe('✔')
  expect(sign(finding('a', 'fail'), finding('b', 'skip', 'a'))).toBe('✖')
})
