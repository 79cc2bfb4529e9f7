/** bin/ovngw in a clone: the bundle while it is newer than every source, else the sources, each under the private Node. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EARLY = new Date('2026-01-01')
const MIDDLE = new Date('2026-01-02')
const LATE = new Date('2026-01-03')

let clone: string
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ovngw clone-'))
  for (const dir of ['bin', 'dist', 'lib/cli', 'lib/net', 'tasks']) mkdirSync(join(clone, dir), { recursive: true })
  for (const file of ['bin/ovngw', 'bin/need-node.cjs', 'tsconfig.json']) copyFileSync(join(ROOT, file), join(clone, file))
  writeFileSync(join(clone, 'package.json'), '{"type":"module"}')
  writeFileSync(join(clone, 'package-lock.json'), '{}')
  const say = (from: string) => `console.log(${JSON.stringify(from)}, process.versions.node, JSON.stringify(process.argv.slice(2)))`
  writeFileSync(join(clone, 'lib/cli/main.ts'), `const from: string = 'source'\n${say('source')}\nexport { from }`)
  writeFileSync(join(clone, 'lib/net/ip.ts'), '')
  writeFileSync(join(clone, 'tasks/index.ts'), '')
  writeFileSync(join(clone, 'dist/main.mjs'), say('bundle'))
  date(MIDDLE, 'dist/main.mjs')
  date(EARLY, 'lib/cli/main.ts', 'lib/net/ip.ts', 'tasks/index.ts', 'lib', 'lib/cli', 'lib/net', 'tasks', 'package-lock.json')
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

function date(when: Date, ...files: string[]): void {
  for (const file of files) utimesSync(join(clone, file), when, when)
}
function ovngw(...args: string[]): { from: string | undefined; line: string; status: number | null; stderr: string } {
  const { stdout, stderr, status } = spawnSync(join(clone, 'bin/ovngw'), args, { encoding: 'utf8', cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: clone } })
  return { from: stdout.split(' ')[0], line: stdout, status, stderr }
}

test('takes the bundle when it is newer than every source', () => expect(ovngw().from).toBe('bundle'))
test.each(['lib/net/ip.ts', 'tasks/index.ts', 'package-lock.json'])('takes the sources when %s is newer', (file) => {
  date(LATE, file)
  expect(ovngw().from).toBe('source')
})
test('takes the sources when one was removed since', () => {
  date(LATE, 'lib/net') // what removing a file does to its folder
  expect(ovngw().from).toBe('source')
})
test('takes the sources when there is no bundle', () => {
  rmSync(join(clone, 'dist'), { recursive: true })
  expect(ovngw().from).toBe('source')
})
test('runs the private Node and hands arguments on, in both forms', () => {
  const expected = `24.21.0 ${JSON.stringify(['a b', '', '-x', '$(id)'])}\n`
  expect(ovngw('a b', '', '-x', '$(id)').line).toBe(`bundle ${expected}`)
  date(LATE, 'tasks/index.ts')
  expect(ovngw('a b', '', '-x', '$(id)').line).toBe(`source ${expected}`)
})
test('the folder it is called from cannot put its own modules in the place of ours', () => {
  writeFileSync(join(clone, 'lib/cli/main.ts'), `import { z } from 'zod'\nconsole.log(typeof z)`)
  const elsewhere = join(clone, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'tsconfig.json'), '{"compilerOptions":{"paths":{"zod":["./z.ts"]}}}')
  writeFileSync(join(elsewhere, 'z.ts'), 'export const z = 1')
  const { stdout } = spawnSync('../bin/ovngw', [], { encoding: 'utf8', cwd: elsewhere, env: { PATH: '/usr/bin:/bin', HOME: clone } })
  expect(stdout).toBe('object\n')
})
test('a clone without packages says what to type, exit 2', () => {
  rmSync(join(clone, 'node_modules'))
  date(LATE, 'tasks/index.ts')
  expect(ovngw()).toMatchObject({ status: 2, stderr: 'ovngw: this clone has no packages yet: run `npm run setup` in it\n' })
})
