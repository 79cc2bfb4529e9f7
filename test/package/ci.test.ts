/** .ci/run's last line: counted from vitest's JSON report by bin/count.cjs. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const COUNT = fileURLToPath(new URL('../../bin/count.cjs', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'ovngw-count-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

type State = 'passed' | 'failed' | 'pending' | 'skipped' | 'todo'
const file = (status: 'passed' | 'failed', ...states: State[]) => ({ status, assertionResults: states.map((state) => ({ status: state })) })

function count(testResults: readonly object[] | undefined, npmTest: number): { line: string; status: number | null } {
  const report = join(dir, 'tests.json')
  rmSync(report, { force: true })
  if (testResults) writeFileSync(report, JSON.stringify({ testResults }))
  const { stdout, status } = spawnSync(process.execPath, [COUNT, report, `${npmTest}`], { encoding: 'utf8' })
  return { line: stdout, status }
}

test('everything that is neither passed nor failed was skipped', () => {
  const files = [file('passed', 'passed', 'pending', 'skipped', 'todo'), file('passed', 'passed')]
  expect(count(files, 0)).toEqual({ line: '2 passed, 0 failed, 3 skipped\n', status: 0 })
})
test('one failed test fails', () => {
  expect(count([file('failed', 'passed', 'failed')], 1)).toEqual({ line: '1 passed, 1 failed, 0 skipped\n', status: 1 })
})
test('a file that does not load is a failure', () => {
  expect(count([file('failed'), file('passed', 'passed')], 1)).toEqual({ line: '1 passed, 1 failed, 0 skipped\n', status: 1 })
})
test('nothing ran is not a success', () => {
  expect(count([file('passed', 'skipped')], 0)).toEqual({ line: '0 passed, 0 failed, 1 skipped\n', status: 1 })
})
test('a gate that stopped before the tests is a failure', () => {
  expect(count(undefined, 1)).toEqual({ line: '0 passed, 1 failed, 0 skipped\n', status: 1 })
})
test('an error outside any test is a failure', () => {
  expect(count([file('passed', 'passed')], 1)).toEqual({ line: '1 passed, 1 failed, 0 skipped\n', status: 1 })
})
