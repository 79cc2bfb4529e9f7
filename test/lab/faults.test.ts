/**
 * Every fault of `ovngw lab break`, on one lab with a gateway, a pod with an EIP and one with a SNAT: broken, `ovngw check` finds what it
 * should and nothing else; mended, it finds nothing. docs/faults.md is what was found: UPDATE_DOCS=1 with `npm run test:faults` writes it anew.
 * `npm test` walks a sample.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { App } from '../../lib/cli/app.ts'
import { openWorld } from '../../lib/cli/context.ts'
import { processApp } from '../../lib/cli/process-app.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Finding } from '../../lib/kernel/check.ts'
import { breakLab, broken, FAULTS, type Fault, mendLab } from '../../lib/lab/faults/index.ts'
import { type Lab, type LabSnapshot, openLab } from '../../lib/lab/index.ts'
import type { StampedEvent } from '../../lib/report/json.ts'
import { checks } from '../../tasks/checks/index.ts'
import { faultTable, rowOf } from './fault-table.ts'
import { siteText } from './site.ts'

const DOCS = fileURLToPath(new URL('../../docs/faults.md', import.meta.url))
const [EIP, SNAT] = ['172.56.0.221', '172.56.0.230']

/** One of each kind of thing that can be broken, those that are quick to see. */
const SAMPLE = [
  ...['config-enable-misspelt', 'interconnected', 'chassis-annotation-gone', 'router-port-address-wrong', 'snat-taken-away', 'two-uplinks'],
  ...['nic-down', 'nic-has-address', 'mtu-black-hole', 'northd-stuck', 'right-missing', 'certificate-expired'],
]
const ONE = process.env['OVNGW_FAULTS'] ?? 'sample'
const walked = ONE === 'all' ? FAULTS : FAULTS.filter((f) => (ONE === 'sample' ? SAMPLE : ONE.split(',')).includes(f.id))

let lab: Lab
let dir: string
let bare: LabSnapshot
let served: LabSnapshot
const found = new Map<string, readonly Finding[]>()

beforeAll(async () => {
  lab = await openLab(inject('lab'))
  bare = await lab.snapshot()
  dir = await mkdtemp(join(tmpdir(), 'ovngw-faults-'))
  await mkdir(join(dir, 'inventory'))
  const assignments = [
    { pod: 'default/web', eip: EIP },
    { pod: 'default/crawler', snat: SNAT },
  ]
  await writeFile(join(dir, 'inventory/lab.yaml'), siteText(lab, {}, { assignments }))
  await lab.addPod({ name: 'web', node: 'node2' })
  await lab.addPod({ name: 'crawler', node: 'node1' })
  for (const command of ['install', 'apply']) {
    const { code, err } = await ovngw(command, '--yes')
    expect({ code, err }, command).toEqual({ code: 0, err: '' })
  }
  expect(wrong((await look()).findings)).toEqual([])
  served = await lab.snapshot()
}, 120_000)

afterAll(async () => {
  await lab.restore(bare)
  lab.close()
  await rm(dir, { recursive: true, force: true })
})

/** The program from argv to exit code, in this process: starting one takes longer than looking. */
async function ovngw(...argv: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: [] as string[], err: [] as string[] }
  const into = (key: keyof typeof said): App['out'] => ({ write: (text) => void said[key].push(text), columns: undefined, color: false })
  const app: App = {
    ...processApp([]),
    out: into('out'),
    err: into('err'),
    interactive: false,
    env: {},
    cwd: dir,
    world: (site, globals) => openWorld(app, site, globals),
  }
  const code = await runProgram([...argv, '--site', 'lab', '--state-dir', join(dir, 'state')], app)
  return { code, out: said.out.join(''), err: said.err.join('') }
}

async function look(): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
  const { code, out } = await ovngw('check', '-o', 'json')
  const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as StampedEvent]))
  return { code, findings: events.flatMap((e) => (e.ev === 'finding' ? [e.finding] : [])) }
}

/** `outcome id object: detail` of what is neither pass nor skip. */
const wrong = (findings: readonly Finding[]): readonly string[] =>
  findings.filter((f) => f.outcome !== 'pass' && f.outcome !== 'skip').map((f) => `${f.outcome} ${f.id} ${f.object ?? ''}: ${f.detail}`)
const ids = (findings: readonly Finding[]): readonly string[] =>
  [...new Set(findings.filter((f) => f.outcome !== 'pass' && f.outcome !== 'skip').map((f) => f.id))].sort()

/** Ids of what is skipped because of another's failure. */
const followers = (findings: readonly Finding[]): readonly string[] => [...new Set(findings.filter((f) => f.because !== undefined).map((f) => f.id))].sort()

/** Judged from the site file alone: the one that passes where nothing can be seen. */
const OF_THE_SITE = ['config-address']

function judge({ caught, skipped = [], perhaps = [] }: Fault, { code, findings }: Awaited<ReturnType<typeof look>>): void {
  const said = [...wrong(findings), ...findings.filter((f) => f.because !== undefined).map((f) => `${f.because}: ${f.id} ${f.object ?? ''}: ${f.detail}`)].join(
    '\n',
  )
  expect(ids(findings), said).toEqual([...caught].sort())
  if (skipped === 'unseen') {
    expect([...new Set(findings.filter((f) => f.outcome === 'pass').map((f) => f.id))], said).toEqual(OF_THE_SITE)
    expect(followers(findings).length, said).toBeGreaterThan(checks.length / 2)
  } else
    expect(
      followers(findings).filter((id) => !perhaps.includes(id)),
      said,
    ).toEqual([...skipped].sort())
  // The cause is named, and is one that this fault is for.
  for (const f of findings.filter((x) => x.because !== undefined)) expect(caught, `${f.id}: ${f.detail}`).toContain(f.because)
  const stops = findings.some((f) => f.outcome === 'unknown' || (f.outcome === 'fail' && f.level === 'fatal'))
  expect(code, said).toBe(stops ? 3 : 0)
  for (const f of findings.filter((x) => x.outcome === 'fail' || x.outcome === 'warn')) expect(f.hint, `next command of ${f.id}`).toMatch(/\S/)
}

/** The link `ovngw diagnose` says is broken; null: none. */
async function brokenLink(...about: readonly string[]): Promise<string | null> {
  const { out } = await ovngw('diagnose', ...about, '-o', 'json')
  const { broken } = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { broken: string | null }
  return broken
}

const ABOUT = { gateway: ['gateway'], eip: ['pod', 'default/web'], snat: ['pod', 'default/crawler'] } as const

async function diagnosed({ link = {} }: Fault): Promise<Fault['link']> {
  const named: Record<string, string | null> = {}
  for (const of of ['gateway', 'eip', 'snat'] as const) if (link[of] !== undefined) named[of] = await brokenLink(...ABOUT[of])
  return named as Fault['link']
}

test.each(walked.map((f) => [f.id, f] as const))('%s', async (id, fault) => {
  const began = performance.now()
  try {
    await breakLab(lab.name, id)
    const seen = await look()
    judge(fault, seen)
    found.set(id, seen.findings)
    expect(await diagnosed(fault), 'links a diagnosis names').toEqual(fault.link ?? {})
    await mendLab(lab.name, id)
    expect(wrong((await look()).findings), 'mended').toEqual([])
  } catch (error) {
    await afresh(id).catch((why: unknown) => process.stderr.write(`fault ${id} is not taken back: ${String(why)}\n`))
    throw error
  } finally {
    if (ONE !== 'sample') process.stderr.write(`fault ${id}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
  }
})

/** One fault that was not found or not mended is to spoil no other. */
async function afresh(id: string): Promise<void> {
  if ((await broken(lab.name)).includes(id)) await mendLab(lab.name, id).catch(() => undefined)
  await rm(`${lab.dir}/faults`, { recursive: true, force: true })
  await lab.restore(served)
}

test('ovngw lab break lists, breaks once, mends; a typing error changes nothing', async () => {
  const typed = (...argv: readonly string[]) => ovngw('lab', ...argv, '--name', lab.name)
  const listed = async () => (await typed('break', '--list')).out.trimEnd().split('\n')
  expect((await listed()).map((line) => line.split(' ')[0])).toEqual(FAULTS.map((f) => f.id))
  await expect(typed('break', 'nic-dwon')).rejects.toMatchObject({ code: 'USAGE', hint: 'ovngw lab break --list' })
  await expect(typed('mend', 'two-uplinks')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await typed('break', 'two-uplinks')).toMatchObject({ code: 0, out: expect.stringContaining(`ovngw lab mend two-uplinks --name ${lab.name}\n`) })
  await expect(typed('break', 'two-uplinks')).rejects.toMatchObject({ code: 'REJECTED' })
  expect((await listed()).filter((line) => line.includes('broken now'))).toEqual([expect.stringMatching(/^two-uplinks /)])
  expect(await typed('mend', 'two-uplinks')).toMatchObject({ code: 0 })
  expect((await listed()).filter((line) => line.includes('broken now'))).toEqual([])
})

test('docs/faults.md says of every fault walked what was found', async () => {
  const text = await readFile(DOCS, 'utf8').catch(() => '')
  if (process.env['UPDATE_DOCS'] === '1' && found.size === FAULTS.length) await writeFile(DOCS, faultTable(FAULTS.map((f) => rowOf(f, found.get(f.id) ?? []))))
  else {
    for (const fault of walked) expect(text).toContain(rowOf(fault, found.get(fault.id) ?? []))
    expect(text.match(/^\| `[a-z-]+` /gm)).toHaveLength(FAULTS.length)
  }
})
