/** `ovngw bundle`: a support archive without secrets, one tar.gz that only its owner may read. Changes nothing in the cluster. */
import { readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Ctx } from '../../define.ts'
import { type Entry, jsonEntry, textEntry } from '../../diagnose/bundle.ts'
import { listRuns, stateRoot } from '../../journal/store.ts'
import type { BoundCheck } from '../../kernel/check.ts'
import { runChecks } from '../../kernel/checks.ts'
import { asError, OvngwError } from '../../kernel/errors.ts'
import type { App, World } from '../app.ts'
import type { Globals } from '../globals.ts'
import { deadline, listenForInterrupts } from '../signals.ts'
import { siteOf } from '../site.ts'
import { version } from '../version.ts'

/** The newest so many runs, and so much of each. */
const [RUNS, RUN_BYTES] = [20, 2_000_000]

export async function bundle(app: App, globals: Globals, out: string | undefined): Promise<number> {
  const registry = await app.registry()
  using interrupts = listenForInterrupts()
  using limit = deadline(interrupts.signal, globals.timeoutMs)
  const world = await app.world(await siteOf(globals, app.cwd), globals)
  try {
    const ctx = world.context(limit.signal, { found: () => undefined, note: () => undefined })
    const { collect } = await import('../../diagnose/bundle.ts')
    const bound = registry.checks.map((c): BoundCheck<Ctx> => ({ check: c.check as BoundCheck<Ctx>['check'], args: {} }))
    const [facts, findings, journals] = await Promise.all([collect(ctx), runChecks(bound, ctx, world.accepted), journalsOf(app, globals, world, limit.signal)])
    const unread = [...facts.unread, ...journals.unread]
    const entries = [
      jsonEntry('about.json', about(app, world)),
      jsonEntry('findings.json', findings),
      ...facts.entries,
      ...journals.entries,
      textEntry('unread.txt', unread.map((u) => `${u}\n`).join('')),
    ]
    limit.signal.throwIfAborted()
    const file = resolve(app.cwd, out ?? `ovngw-bundle-${app.now().toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`)
    const bytes = await write(file, entries, app.now())
    app.out.write(
      globals.output === 'json'
        ? `${JSON.stringify({ file, bytes, entries: entries.map((e) => e.name), unread })}\n`
        : `${file}\n${entries.length} files, ${Math.ceil(bytes / 1024)} KiB; secrets are taken out, names and addresses are in it\n${unread.map((u) => `not read: ${u}\n`).join('')}`,
    )
    return 0
  } finally {
    await world.close()
  }
}

function about(app: App, { site, kube }: World): object {
  return { ovngw: version, node: process.version, platform: `${process.platform} ${process.arch}`, at: app.now().toISOString(), site: site.name, ...kube.where }
}

async function journalsOf(
  app: App,
  globals: Globals,
  world: World,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Entry[]; readonly unread: readonly string[] }> {
  try {
    const runs = await listRuns(stateRoot(app.env, homedir(), globals.stateDir), await world.clusterUid(signal))
    const entries = runs.slice(0, RUNS).map(async ({ run, file }) => textEntry(`journals/${run.slice(0, 80)}.jsonl`, tailOf(await readFile(file, 'utf8'))))
    return { entries: await Promise.all(entries), unread: [] }
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED') throw error
    return { entries: [], unread: [`journals: ${error.message}`] }
  }
}

/** The end of a long journal, from the beginning of a line. */
const tailOf = (text: string): string => (text.length <= RUN_BYTES ? text : text.slice(text.indexOf('\n', text.length - RUN_BYTES) + 1))

async function write(file: string, entries: readonly Entry[], at: Date): Promise<number> {
  const { createTarGzip } = await import('nanotar')
  const files = entries.map(({ name, text }) => ({ name: `ovngw-bundle/${name}`, data: text }))
  const data = await createTarGzip(files, { attrs: { mode: '600', mtime: at.getTime(), uid: 0, gid: 0 } })
  try {
    await writeFile(file, data, { flag: 'wx', mode: 0o600 })
  } catch (thrown) {
    throw new OvngwError('USAGE', {
      what: `cannot write ${file}`,
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: 'another place: --out FILE',
    })
  }
  return data.byteLength
}
