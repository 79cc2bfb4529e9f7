/**
 * The import laws (architecture.md, 1 and 2) are lint rules in biome.json: prove that each one bites, and that what is allowed passes.
 * One temporary tree with our biome.json, one file a case, one run of Biome over it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  'lib/kernel/x.ts': ['node:fs', '../proc/command.ts', 'zod'],
  'lib/net/x.ts': ['node:net', '../ovn/parse.ts'],
  'lib/proc/x.ts': ['zx/core', 'node:child_process'],
  'lib/proc/local.ts': ['../kube/port.ts', 'listr2'],
  'lib/ovn/x.ts': ['node:child_process', '../gateway/look.ts'],
  'lib/ovs/x.ts': ['../kube/client.ts'],
  'lib/kube/x.ts': ['@kubernetes/client-node', 'node:fs'],
  'lib/kube/port.ts': ['../../tasks/annotate.ts', 'undici'],
  'lib/inventory/x.ts': ['node:fs/promises'],
  'lib/render/x.ts': ['../kube/client.ts'],
  'lib/journal/x.ts': ['../kube/port.ts'],
  'lib/report/x.ts': ['listr2', '../gateway/look.ts'],
  'lib/report/html/x.ts': ['node:fs', '../../topology/svg.ts'],
  'lib/topology/x.ts': ['@dagrejs/dagre', 'node:fs', '../kube/client.ts', '../cli/app.ts'],
  'lib/topology/layout.ts': ['node:fs', '../gateway/look.ts'],
  'lib/gateway/x.ts': ['../kube/client.ts', '../../tasks/annotate.ts', 'node:fs', '../cli/app.ts', '../addresses/owners.ts'],
  'lib/addresses/x.ts': ['../kube/client.ts', '../ovs/node.ts', '../../tasks/annotate.ts', 'node:fs'],
  'lib/diagnose/x.ts': ['../kube/client.ts', '../../tasks/annotate.ts', 'node:fs', '../cli/app.ts'],
  'lib/define.ts': ['./kube/client.ts', 'node:process'],
  'tasks/x.ts': ['node:fs', '../lib/kube/client.ts', '../lib/cli/main.ts', '../lib/lab/up.ts', '@kubernetes/client-node'],
  'tasks/checks/x.ts': ['../../lib/proc/local.ts', '../../lib/cli/app.ts'],
  'lib/lab/x.ts': ['../gateway/look.ts', '../define.ts', '../cli/app.ts', '@kubernetes/client-node'],
  'lib/lab/standin/x.ts': ['../../ovn/commands.ts', '../../gateway/look.ts'],
  'lib/cli/x.ts': ['enquirer', 'zx/core'],
  'lib/cli/cmd/x.ts': ['zx', 'listr2'],
  'lib/cli/ask.ts': ['listr2'],
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'lib/kernel/y.ts': ['./task.ts'],
  'lib/proc/local.ts': ['zx/core', 'node:child_process'],
  'lib/kube/config.ts': ['@kubernetes/client-node/dist/config.js', 'node:fs'],
  'lib/kube/y.ts': ['undici', '../kernel/errors.ts'],
  'lib/inventory/load.ts': ['node:fs/promises'],
  'lib/report/terminal.ts': ['listr2'],
  'lib/report/html/y.ts': ['../words.ts', 'node:crypto'],
  'lib/topology/y.ts': ['../gateway/look.ts', '../report/words.ts'],
  'lib/topology/layout.ts': ['@dagrejs/dagre', './model.ts'],
  'lib/gateway/y.ts': ['../kube/port.ts', '../ovn/nb.ts'],
  'lib/addresses/y.ts': ['../kube/port.ts', '../gateway/look.ts', '../ovn/nb.ts'],
  'lib/diagnose/y.ts': ['../define.ts', '../journal/redact.ts', '../addresses/read.ts'],
  'lib/define.ts': ['./kernel/task.ts', 'zod'],
  'tasks/y.ts': ['../lib/define.ts', 'zod'],
  'tasks/checks/y.ts': ['../../lib/gateway/look.ts', '../../lib/addresses/owners.ts'],
  'tasks/runbooks/y.ts': ['../annotate.ts', '../checks/nic-up.ts'],
  'lib/lab/y.ts': ['../ovn/parse.ts', './standin/main.ts'],
  'lib/lab/standin/y.ts': ['../paths.ts', '../../kube/client.ts'],
  'lib/cli/ask.ts': ['enquirer'],
  'lib/cli/cmd/y.ts': ['../../lab/up.ts', '../../../tasks/annotate.ts'],
}

/** How a file of the case imports: statically, as a type, again exported, at run time. */
const SHAPES = [
  (from: string) => `import { x } from '${from}'\nx()\n`,
  (from: string) => `import type { X } from '${from}'\nexport const x: X = 1\n`,
  (from: string) => `export * from '${from}'\n`,
  (from: string) => `export const x = await import('${from}')\n`,
]

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[]
}

const tree = mkdtempSync(join(tmpdir(), 'ovngw-laws-'))
afterAll(() => rmSync(tree, { recursive: true, force: true }))

/** A folder a case, so that one file name can hold several: `N/lib/kernel/x.ts`. The laws are the file's own, their paths made to match. */
function lint(cases: Readonly<Record<string, readonly string[]>>): { file: string; from: string; refused: number }[] {
  const laws = readFileSync(join(ROOT, 'biome.json'), 'utf8').replaceAll(/"(lib|tasks)\//g, '"**/$1/')
  const config = { ...JSON.parse(laws), vcs: { enabled: false } }
  const root = mkdtempSync(join(tree, 'case-'))
  writeFileSync(join(root, 'biome.json'), JSON.stringify(config))
  const all = Object.entries(cases).flatMap(([file, froms]) => froms.flatMap((from) => SHAPES.map((shape) => ({ file, from, text: shape(from) }))))
  for (const [i, { file, text }] of all.entries()) {
    mkdirSync(dirname(join(root, `${i}`, file)), { recursive: true })
    writeFileSync(join(root, `${i}`, file), text)
  }
  const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', root]
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/biome'), args, { cwd: root, encoding: 'utf8' })
  const hit = new Set((JSON.parse(stdout) as Report).diagnostics.map(({ location }) => location.path))
  const refused = ({ file }: { file: string }, i: number): boolean => [...hit].some((path) => path.endsWith(`/${i}/${file}`) || path === `${i}/${file}`)
  const counted = new Map<string, { file: string; from: string; refused: number }>()
  for (const [i, one] of all.entries()) {
    const entry = counted.get(`${one.file} ${one.from}`) ?? { file: one.file, from: one.from, refused: 0 }
    counted.set(`${one.file} ${one.from}`, { ...entry, refused: entry.refused + (refused(one, i) ? 1 : 0) })
  }
  return [...counted.values()]
}

describe('import laws', () => {
  test.each(lint(FORBIDDEN))('$file may not import $from, in any form', ({ refused }) => expect(refused).toBe(SHAPES.length))
  test.each(lint(ALLOWED))('$file may import $from', ({ refused }) => expect(refused).toBe(0))
})
