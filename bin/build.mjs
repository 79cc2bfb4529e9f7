/**
 * dist/: the program as many small chunks (one file would parse everything at every start: 130 ms instead of 28), the library of
 * user runbooks (index.mjs and its types), and the licences of what is bundled. Takes 1-2 s. `build.mjs [DIR]`: elsewhere than dist/.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const began = new Date()
const dist = process.argv[2] ?? join(ROOT, 'dist')
const next = `${dist}.${process.pid}`

/** `new URL('…', import.meta.url)` in a source file keeps meaning a file beside that source, so that templates, schemas and Go sources are found. */
const besideSource = {
  name: 'beside-source',
  transform(code, id) {
    const path = relative(ROOT, id)
    if (!/^(lib|tasks)\//.test(path) || !code.includes('import.meta.')) return null
    if (/import\.meta\.(dirname|filename)/.test(code)) this.error(`${path}: say new URL('…', import.meta.url): the build keeps only that form true`)
    return code.replaceAll(/(new URL\((?:`[^`]*`|'[^']*'), )import\.meta\.url\)/g, `$1new URL(${JSON.stringify(`../${path}`)}, import.meta.url))`)
  },
}

/** Licence texts of every package that ended in a chunk: bundling is redistribution. */
const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
    const homes = new Set(modules.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []))
    const texts = [...homes].sort().map((home) => {
      const { name, version, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
      const file = readdirSync(home).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
      return `${name} ${version} (${license})\n\n${file ? readFileSync(join(home, file), 'utf8').trim() : 'no licence file in the package'}\n`
    })
    this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) })
  },
}

/** The types of index.mjs, from the same compiler that checks the sources. */
function declarations() {
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', join(ROOT, 'bin/tsconfig.types.json'), '--outDir', join(next, 'types')], { stdio: ['ignore', 'inherit', 'inherit'] })
}

if (!existsSync(join(ROOT, 'lib/cli/main.ts'))) throw new Error('lib/cli/main.ts is missing: nothing to build')
rmSync(next, { recursive: true, force: true })
try {
  const bundle = await rolldown({
    cwd: ROOT,
    input: { main: 'lib/cli/main.ts', index: 'lib/cli/library.ts' },
    platform: 'node',
    plugins: [besideSource, licences],
    // Without this one typed import anywhere pulls all 900 kB of generated API classes into every command that reads a kubeconfig.
    treeshake: { moduleSideEffects: (id) => !/client-node\/dist\/(gen\/|index\.js|api\.js)/.test(id) },
  })
  const { output } = await bundle.write({ dir: next, format: 'esm', minify: true, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  declarations()
  // The launcher takes the bundle only when it is newer than every source: date it by the moment the sources were read.
  utimesSync(join(next, 'main.mjs'), began, began)
  rmSync(dist, { recursive: true, force: true })
  renameSync(next, dist)
  const chunks = output.filter((file) => file.type === 'chunk')
  const size = chunks.reduce((sum, chunk) => sum + chunk.code.length, 0)
  process.stdout.write(`${relative(ROOT, dist)}: ${chunks.length} chunks, ${Math.round(size / 1024)} kB, ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
} finally {
  rmSync(next, { recursive: true, force: true })
}
