import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { COMMANDS, GLOBAL_FLAGS, helpText } from '../../lib/cli/commands.ts'
import { ROUTES } from '../../lib/cli/routes.ts'
import { runbooks } from '../../tasks/index.ts'

test('the static table names every runbook with its own summary, and nothing that is none', () => {
  const rows = COMMANDS.filter((c) => c.runbook).map((c) => [c.name, c.summary])
  expect(new Map(rows as [string, string][])).toEqual(new Map(runbooks.map((r) => [r.name, r.summary])))
})

test('every other command has a route, and every route a row', () => {
  const names = COMMANDS.filter((c) => !c.runbook).map((c) => c.name)
  expect(Object.keys(ROUTES).sort()).toEqual([...names].sort())
})

test('help fits 80 columns of flags and names every command and flag', () => {
  const text = helpText()
  for (const { name } of COMMANDS) expect(text).toContain(`  ${name}`)
  for (const [flag] of GLOBAL_FLAGS) expect(text).toContain(flag)
})

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))
const shell = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', MAIN, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (e: { code: number; stdout: string; stderr: string }) => e,
  )

test('the real process: help on stdout, errors on stderr with what, why and next, the exit code', async () => {
  expect(await shell('--help')).toMatchObject({ code: 0, stdout: helpText(), stderr: '' })
  expect(await shell('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  const wrong = await shell('chekc')
  expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 2, stdout: '' })
  expect(wrong.stderr).toBe("error: unknown command 'chekc'\nwhy:   Did you mean check?\nnext:  ovngw --help\n")
})
