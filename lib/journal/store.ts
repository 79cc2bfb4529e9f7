/** The folder of journals: STATE/CLUSTER-UID/RUN.jsonl, one file a run, notes of a run beside it. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OvngwError } from '../kernel/errors.ts'
import type { Result } from '../kernel/run.ts'
import { type Clock, createJournal, type Journal, openJournal } from './file.ts'
import { lifeOf } from './process.ts'
import { type End, type Header, type Process, parseRecords, type Record, type RunState, stateOf } from './record.ts'

/** The state folder: --state-dir, else $XDG_STATE_HOME/ovngw, else ~/.local/state/ovngw. */
export function stateRoot(env: Readonly<{ [name: string]: string | undefined }>, home: string, stateDir?: string): string {
  if (stateDir !== undefined) return stateDir
  const xdg = env['XDG_STATE_HOME']
  return join(xdg === undefined || !xdg.startsWith('/') ? join(home, '.local/state') : xdg, 'ovngw') // XDG: relative paths are to be ignored
}

/** Where a run stands. `open`: its process died or still works on it (`life`). */
export interface RunSummary {
  readonly run: string
  readonly cluster: string
  readonly file: string
  /** Absent when the file cannot be read; `problem` says why. */
  readonly state?: RunState
  readonly problem?: string
}

/** A name that stays inside its folder. */
function safe(name: string, what: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return name
  throw new OvngwError('USAGE', { what: `${JSON.stringify(name)} is no ${what}`, hint: '`ovngw history` lists the runs' })
}

const fileOf = (root: string, cluster: string, run: string): string => join(root, safe(cluster, 'cluster uid'), `${safe(run, 'run')}.jsonl`)

/** An id for a new run, made of time (UTC) and runbook, `-2` when one of that second is there. Another process may still be faster. */
export async function newRun(root: string, cluster: string, runbook: string, now: Clock): Promise<string> {
  const stem = `${now().toISOString().slice(0, 19).replaceAll(':', '-')}-${runbook.replaceAll(/[^A-Za-z0-9_-]+/g, '-')}`
  const taken = new Set(await names(join(root, safe(cluster, 'cluster uid'))))
  for (let n = 1; ; n++) {
    const run = n === 1 ? stem : `${stem}-${n}`
    if (!taken.has(`${run}.jsonl`)) return run
  }
}

/** Starts the journal of a new run. `header.run` is set here. */
export async function createRun(root: string, header: Omit<Header, 'run'>, process: Process, now: Clock): Promise<Journal> {
  for (;;) {
    const run = await newRun(root, header.cluster, header.runbook, now)
    const journal = await createJournal(fileOf(root, header.cluster, run), { ...header, run }, process, now)
    if (journal !== undefined) return journal
  }
}

/** Runs of one cluster, or of all, newest first. */
export async function listRuns(root: string, cluster?: string): Promise<readonly RunSummary[]> {
  const clusters = cluster === undefined ? await names(root) : [safe(cluster, 'cluster uid')]
  const lists = await Promise.all(clusters.map((c) => runsOf(root, c)))
  return lists.flat().sort((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0))
}

async function runsOf(root: string, cluster: string): Promise<readonly RunSummary[]> {
  const files = (await names(join(root, cluster))).filter((f) => f.endsWith('.jsonl'))
  return Promise.all(
    files.map(async (f): Promise<RunSummary> => {
      const file = join(root, cluster, f)
      const known = { run: f.slice(0, -'.jsonl'.length), cluster, file }
      try {
        return { ...known, state: stateOf(await readRecords(file), file) }
      } catch (thrown) {
        return { ...known, problem: thrown instanceof Error ? thrown.message : String(thrown) }
      }
    }),
  )
}

/** All whole records of a journal file. */
export async function readRecords(file: string): Promise<readonly Record[]> {
  return parseRecords(await readFile(file, 'utf8'), file).records
}

/** The one run called `run`: its id, or enough of its beginning or end to tell it apart; `last` is the newest. @throws OvngwError USAGE */
export async function findRun(root: string, run: string, cluster?: string): Promise<RunSummary> {
  const all = await listRuns(root, cluster)
  const [newest] = all
  if (run === 'last' && newest !== undefined) return newest
  const exact = all.filter((r) => r.run === run)
  const found = exact.length > 0 ? exact : all.filter((r) => r.run.startsWith(run) || r.run.endsWith(run))
  const [one] = found
  if (one !== undefined && found.length === 1) return one
  throw new OvngwError('USAGE', {
    what: found.length === 0 ? `there is no run ${run}` : `${found.length} runs are called ${run}`,
    why: found.length === 0 ? `in ${root}` : found.map((r) => `${r.cluster}/${r.run}`).join(', '),
    hint: '`ovngw history` lists the runs',
  })
}

/** Opens a run to go on with it. @throws OvngwError LOCKED while the process that runs it is alive on this host. */
export async function openRun(summary: RunSummary, mode: 'resume' | 'rollback', process: Process, now: Clock): Promise<Journal> {
  const journal = await openJournal(summary.file, now)
  try {
    const { end, process: last } = journal.state
    if (end === undefined && last.pid !== process.pid && lifeOf(last) === 'alive') {
      throw new OvngwError('LOCKED', {
        what: `${summary.run} is still running`,
        why: `process ${last.pid} of ${last.by} works on it`,
        hint: `let it end, or stop it: kill ${last.pid}`,
      })
    }
    await journal.append({ t: 'continue', mode, process })
    return journal
  } catch (thrown) {
    await journal.close()
    throw thrown
  }
}

/**
 * Writes how a run ended and closes its journal. A process that took up an earlier one's work and did nothing (declined, no lock,
 * no API) leaves it as it was: ended as before, or open for another `resume` or `rollback`.
 */
export async function endRun(journal: Journal, { ending, exit, left, error }: Result): Promise<void> {
  const { kept, rollback, earlier } = journal.state
  const begun = [...kept.keys()].some((id) => id.startsWith('apply:'))
  const idle = begun && (ending === 'planned' || ending === 'refused' || (ending === 'broken' && rollback === undefined))
  const view = error === undefined ? {} : { error: { code: error.code, what: error.what, why: error.why, hint: error.hint } }
  const end: End | undefined = idle ? earlier : { ending, exit, left, ...view }
  if (end !== undefined) await journal.append({ t: 'end', ending: end.ending, exit: end.exit, left: end.left, error: end.error })
  await journal.close()
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')) return []
    throw new OvngwError('USAGE', { what: `cannot read ${folder}`, why: String(thrown), hint: 'another place: --state-dir', cause: thrown })
  }
}
