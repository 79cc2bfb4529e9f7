/** `ovngw bundle`: a support archive without secrets, one tar.gz that only its owner may read. Changes nothing in the cluster. */
import { readFile } from 'node:fs/promises'
import { collect, type Entry, jsonEntry, textEntry } from '../../diagnose/bundle.ts'
import { listRuns } from '../../journal/store.ts'
import { asError } from '../../kernel/errors.ts'
import { harmless, under } from '../../report/style.ts'
import { type App, QUIET, type World } from '../app.ts'
import type { Globals } from '../globals.ts'
import { siteOf } from '../site.ts'
import { stateDir } from '../state-dir.ts'
import { version } from '../version.ts'
import { withWorld } from '../with-world.ts'
import { writeNamed } from '../write-file.ts'
import { look } from './check.ts'

/** The newest so many runs, and so much of each. */
const [RUNS, RUN_BYTES] = [20, 2_000_000]

export async function bundle(app: App, globals: Globals, out: string | undefined): Promise<number> {
  const checks = (await app.registry()).checks.map((c) => c.check)
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const moment = {}
    const [facts, findings, journals] = await Promise.all([
      collect(world.context(signal, QUIET, moment)),
      look(world, checks, signal, moment),
      journalsOf(app, globals, world, signal),
    ])
    const unread = [...facts.unread, ...journals.unread]
    const entries = [
      jsonEntry('about.json', about(app, world)),
      jsonEntry('findings.json', findings),
      ...facts.entries,
      ...journals.entries,
      textEntry('unread.txt', unread.map((u) => `${u}\n`).join('')),
    ]
    signal.throwIfAborted()
    const { file, bytes } = await write(app, out, entries)
    app.out.write(
      globals.output === 'json'
        ? `${JSON.stringify({ file, bytes, entries: entries.map((e) => e.name), unread })}\n`
        : [
            file,
            `${entries.length} files, ${Math.ceil(bytes / 1024)} KiB; secrets are taken out, names and addresses are in it`,
            ...unread.flatMap((u) => under('not read:', harmless(u), app.out.columns)),
            '',
          ].join('\n'),
    )
    return 0
  })
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
    const runs = await listRuns(stateDir(app, globals), await world.clusterUid(signal))
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

async function write(app: App, out: string | undefined, entries: readonly Entry[]): Promise<{ readonly file: string; readonly bytes: number }> {
  const { createTarGzip } = await import('nanotar')
  const at = app.now()
  const files = entries.map(({ name, text }) => ({ name: `ovngw-bundle/${name}`, data: text }))
  const data = await createTarGzip(files, { attrs: { mode: '600', mtime: at.getTime(), uid: 0, gid: 0 } })
  const named = out ?? `ovngw-bundle-${at.toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`
  return { file: await writeNamed(app.cwd, named, data, { mode: 0o600, flag: 'wx' }), bytes: data.byteLength }
}
