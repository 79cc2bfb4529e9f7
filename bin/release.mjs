/**
 * `release.mjs [DIR]`: the package as it is published, as DIR/ovngw-VERSION.tgz (default: here). The manifest is made here, not taken
 * from the clone: the bundle holds every dependency but zod (whose types a user's runbook meets), and a package brings no Node of its own.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const out = resolve(process.argv[2] ?? '.')
const stage = mkdtempSync(join(tmpdir(), 'ovngw-release-'))
try {
  execFileSync(process.execPath, [join(ROOT, 'bin/build.mjs'), join(stage, 'dist')], { stdio: 'inherit' })
  const { name, version, description, license, type, bin, exports, files, engines, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const file of [...files, 'README.md', 'LICENSE']) {
    if (file !== 'dist' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(stage, file), { recursive: true })
  }
  const manifest = { name, version, description, license, type, bin, exports, files, engines, dependencies: { zod: dependencies.zod } }
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { cwd: stage, encoding: 'utf8' })
  const [{ filename, size, entryCount }] = Object.values(JSON.parse(packed))
  process.stdout.write(`${join(out, filename)}: ${entryCount} files, ${Math.round(size / 1024)} kB\n`)
} finally {
  rmSync(stage, { recursive: true, force: true })
}
