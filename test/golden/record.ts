/**
 * Writes test/fixtures/runs anew: what real runs on a lab of its own told (`-o json`), whose looks runs.test.ts keeps as golden files.
 * `npm run record`, then `npx vitest run --project unit test/golden -u`, and look at what changed.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { breakLab, mendLab } from '../../lib/lab/faults/index.ts'
import { labDown, labUp } from '../../lib/lab/index.ts'
import { siteText } from '../lab/site.ts'

const NAME = 'record'
const RUNS = fileURLToPath(new URL('../fixtures/runs/', import.meta.url))
const OVNGW = fileURLToPath(new URL('../../bin/ovngw', import.meta.url))

const lab = await labUp({ name: NAME }, (line) => process.stderr.write(`${line}\n`))
const dir = mkdtempSync(join(tmpdir(), 'ovngw-record-'))
const ALL = [
  { pod: 'default/web', eip: '172.56.0.221' },
  { pod: 'default/shop', eip: '172.56.0.222' },
  { pod: 'default/crawler', snat: '172.56.0.230' },
]

function site(nodes: readonly string[], assignments: readonly object[] = []): void {
  mkdirSync(join(dir, 'inventory'), { recursive: true })
  writeFileSync(join(dir, 'inventory/lab.yaml'), siteText(lab, { nodes }, { assignments }))
}

/** Its events into NAME.jsonl. @throws Error when it ends otherwise than it should */
function record(name: string, exit: number, ...argv: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(OVNGW, [...argv, '--site', 'lab', '--yes', '-o', 'json', '--state-dir', join(dir, 'state')], {
    cwd: dir,
    encoding: 'utf8',
  })
  process.stderr.write(`${name}: ${argv.join(' ')}: exit ${status}\n${stderr}`)
  if (status !== exit) throw new Error(`${name} ended with ${status}, not ${exit}\n${stdout.slice(-2000)}`)
  writeFileSync(`${RUNS}${name}.jsonl`, stdout)
}

try {
  mkdirSync(RUNS, { recursive: true })
  for (const [name, node] of [
    ['web', 'node2'],
    ['shop', 'node1'],
    ['crawler', 'node1'],
  ] as const)
    await lab.addPod({ name, node })
  site(['node1'])
  await breakLab(NAME, 'foreign-mac-dropped')
  record('install-restored', 4, 'install')
  await mendLab(NAME, 'foreign-mac-dropped')
  record('install', 0, 'install')
  record('assign', 0, 'assign', 'default/web', '--eip', '172.56.0.221')
  site(['node1', 'node2'], ALL)
  record('change', 0, 'change')
  record('apply', 0, 'apply')
  record('apply-nothing', 0, 'apply')
  record('drill', 0, 'drill')
  record('maintain', 0, 'maintain', 'node1')
  record('maintain-done', 0, 'maintain', '--done')
  await lab.restartController()
  record('repair', 0, 'repair')
  await lab.deletePod('default', 'shop')
  record('sweep', 0, 'sweep')
  record('release', 0, 'release', 'default/web')
  record('rollback', 0, 'rollback', 'last')
  record('uninstall', 0, 'uninstall', '--release-pods')
} finally {
  lab.close()
  await labDown(NAME, () => undefined)
  rmSync(dir, { recursive: true })
}
