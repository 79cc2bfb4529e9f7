import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const script = fileURLToPath(new URL('./mortal.ts', import.meta.url))
const START = { 'a.left': '0' }
const TARGET = { 'a.left': '1', 'a.right': '1', 'b.left': '2', 'b.right': '2' }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovngw-kill-'))
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(Object.entries(START)))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function life(mode: string, n = 0): { readonly signal: string | null; readonly end: unknown } {
  const { signal, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', script, folder, String(n), mode], { encoding: 'utf8', timeout: 15_000 })
  if (stdout === '' && signal !== 'SIGKILL') throw new Error(stderr)
  return { signal, end: stdout === '' ? undefined : JSON.parse(stdout) }
}

/** facts, plan (2 records each), gate, facts-again (2), then before and apply of two steps (2 each). */
const RECORDS = 15

it('a whole run makes the records this test kills at', () => {
  expect(life('fresh').end).toEqual({ ending: 'done', exit: 0, left: [], count: RECORDS, cells: TARGET })
})

/** Every point is tried in memory by test/kernel/crash.test.ts; these few show that the disk holds what that journal held. */
it.each([
  [5, 'resume', TARGET],
  [10, 'rollback', START],
  [11, 'resume', TARGET],
  [11, 'rollback', START],
  [15, 'resume', TARGET],
] as const)('kill -9 after record %i, then %s in another process', (n, mode, cells) => {
  expect(life('fresh', n).signal).toBe('SIGKILL')
  expect(life(mode).end).toMatchObject({ exit: 0, left: [], cells })
})

it('kill -9 during a rollback: resume finishes the rollback', () => {
  life('fresh')
  expect(life('rollback', 4).signal).toBe('SIGKILL') // gate, rollback, begin and value of the first undo
  expect(life('resume').end).toMatchObject({ ending: 'restored', exit: 0, left: [], cells: START })
})
