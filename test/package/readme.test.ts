/** What the README shows is true: its runbook compiles and is understood, its commands, flags and exit codes are the program's. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { COMMANDS, GLOBAL_FLAGS } from '../../lib/cli/commands.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const dir = mkdtempSync(join(tmpdir(), 'ovngw-readme-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const [, runbook = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
const file = join(dir, 'share-snat.ts')
writeFileSync(file, runbook)

/** Types of the package as a user's editor sees them, but from the sources: no build is needed. */
function compile(source: string): string {
  const project = join(dir, 'types')
  mkdirSync(project, { recursive: true })
  rmSync(join(project, 'node_modules'), { force: true })
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'mine.ts'), source)
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  const compilerOptions = { paths: { ovngw: [join(ROOT, 'lib/cli/library.ts')] }, noEmit: true }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['mine.ts'] }))
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], { encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => line.includes('mine.ts'))
    .join('\n')
}

test('the runbook compiles', () => expect(compile(runbook)).toBe(''))
test('the runbook does not compile with a wrong input', () => {
  expect(compile(runbook.replace('waitRows({ pods })', 'waitRows({ pod: pods })'))).toContain("'pod' does not exist")
})
test('the runbook is about twenty lines', () => expect(runbook.trim().split('\n').length).toBeLessThanOrEqual(22))

test('ovngw run understands it: its arguments are flags', () => {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'bin/ovngw'), ['run', file, '--help'], { encoding: 'utf8', cwd: dir })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/--snat.*the address/)
  expect(stdout).toContain('Let every pod of a namespace leave the cluster under one address')
})

test('every command of the program is in the table, and no other', () => {
  const [, table = ''] = /## Commands\n([\s\S]*?)\nFlags/.exec(readme) ?? []
  const first = [...table.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell)
  const named = first.flatMap((cell) => [...cell.matchAll(/`(?:ovngw )?([a-z]+)/g)].map(([, name = '']) => name)).filter((name) => name !== 'ovngw')
  const lab = ['up', 'down', 'status', 'shell', 'break', 'mend']
  expect(named.filter((name) => !lab.includes(name)).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted())
})

test('every flag of every command is named', () => {
  const [, line = ''] = /Flags of every command: `(.*?)`/.exec(readme) ?? []
  for (const [flags] of GLOBAL_FLAGS) {
    const names = [...flags.matchAll(/-[-a-z]+/g)].map(([name]) => name)
    expect(
      names.some((name) => line.split(' ').includes(name)),
      flags,
    ).toBe(true)
  }
})
