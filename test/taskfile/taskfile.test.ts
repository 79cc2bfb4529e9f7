/**
 * Taskfile.yml with the real go-task: each verb reaches the launcher as the argv it should be, whatever is in the values.
 * The Taskfile is copied beside a launcher that prints its arguments, so nothing of ovngw runs. Without go-task: skipped (bin/setup --test).
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../lib/cli/commands.ts'

const TASK = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ovngw/go-task/bin/task')

const dir = mkdtempSync(join(tmpdir(), 'ovngw-task '))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
mkdirSync(join(dir, 'bin'))
copyFileSync(fileURLToPath(new URL('../../Taskfile.yml', import.meta.url)), join(dir, 'Taskfile.yml'))
// Answers with one JSON line of its arguments; a NUL can be in no argument, so it separates.
writeFileSync(join(dir, 'bin/ovngw'), `#!/bin/sh\nprintf 'argv:'; for a in "$@"; do printf '%s\\000' "$a"; done; echo\n`, { mode: 0o755 })

function task(...args: string[]): { status: number | null; argv: string[] | undefined; stderr: string } {
  const { status, stdout, stderr } = spawnSync(TASK, ['-d', dir, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: dir } })
  const line = /^argv:([\s\S]*)\n$/.exec(stdout)?.[1]
  return { status, argv: line?.split('\0').slice(0, -1), stderr }
}

const HOSTILE = ['a b', '$(touch pwned)', '`touch pwned`', "'; touch pwned; '", '"; touch pwned; "', '-rf', 'a\nb', '*', '$HOME', '\\', 'ü', '!!', '#x']

describe.skipIf(!existsSync(TASK))('go-task', () => {
  test.each([
    [
      ['plan', 'SITE=lab'],
      ['plan', '--site=lab'],
    ],
    [
      ['plan', 'SITE=lab', 'RUNBOOK=change'],
      ['plan', '--site=lab', '--', 'change'],
    ],
    [
      ['install', 'SITE=lab', '--', '--yes', '-o', 'json'],
      ['install', '--site=lab', '--yes', '-o', 'json'],
    ],
    [
      ['uninstall', 'SITE=lab'],
      ['uninstall', '--site=lab'],
    ],
    [
      ['check', 'SITE=lab', 'ID=nic-up'],
      ['check', '--site=lab', '--', 'nic-up'],
    ],
    [
      ['assign', 'SITE=lab', 'POD=shop/web-0', 'EIP=172.56.0.233'],
      ['assign', '--eip=172.56.0.233', '--site=lab', '--', 'shop/web-0'],
    ],
    [
      ['assign', 'POD=shop/web-0', 'SNAT=172.56.0.200'],
      ['assign', '--snat=172.56.0.200', '--', 'shop/web-0'],
    ],
    [
      ['rollback', 'RUN=2026-11-22T10-00-03-install'],
      ['rollback', '--', '2026-11-22T10-00-03-install'],
    ],
    [['lab:up'], ['lab', 'up']],
    [['lab:down'], ['lab', 'down']],
    [['default'], []],
  ])('task %j', (args, argv) => {
    expect(task(...args)).toMatchObject({ status: 0, argv })
  })

  test.each(HOSTILE)('%j stays one argument', (value) => {
    expect(task('rollback', `SITE=${value}`, `RUN=${value}`).argv).toEqual(['rollback', `--site=${value}`, '--', value])
    expect(task('assign', `POD=${value}`, `EIP=${value}`, '--', value).argv).toEqual(['assign', `--eip=${value}`, value, '--', value])
    expect(existsSync(join(dir, 'pwned'))).toBe(false)
  })

  test('go-task expands its own templates in values; the outcome is still one argument', () => {
    expect(task('rollback', 'RUN={{"a b; touch pwned"}}').argv).toEqual(['rollback', '--', 'a b; touch pwned'])
    expect(existsSync(join(dir, 'pwned'))).toBe(false)
  })

  test('a missing value is refused before anything starts', () => {
    const { status, argv, stderr } = task('assign', 'EIP=172.56.0.233')
    expect(status).not.toBe(0)
    expect(argv).toBeUndefined()
    expect(stderr).toContain('POD')
  })

  test('--dry shows the command and runs nothing', () => {
    const { status, argv, stderr } = task('plan', 'SITE=lab', '--dry')
    expect(status).toBe(0)
    expect(argv).toBeUndefined()
    expect(stderr).toContain('plan --site=lab')
  })

  test('--list names every verb of the program that the Taskfile has, and no other command', () => {
    const { stdout } = spawnSync(TASK, ['-d', dir, '--list', '--json'], { encoding: 'utf8' })
    const names = (JSON.parse(stdout) as { tasks: { name: string }[] }).tasks.map(({ name }) => name)
    const commands = new Set(COMMANDS.map(({ name }) => name))
    const ours = ['default', 'quickstart', 'setup', 'test', 'bench', 'gate']
    expect(names.filter((name) => !ours.includes(name) && !commands.has(name.split(':')[0] ?? ''))).toEqual([])
    expect(names).toEqual(
      expect.arrayContaining(['plan', 'install', 'change', 'uninstall', 'check', 'assign', 'release', 'resume', 'rollback', 'lab:up', 'lab:down']),
    )
  })
})
