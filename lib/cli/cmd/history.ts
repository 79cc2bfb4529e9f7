/** `ovngw history` and `ovngw show RUN`: what the journals say. */
import { readFile } from 'node:fs/promises'
import { lifeOf } from '../../journal/process.ts'
import { findRun, listRuns, type RunSummary } from '../../journal/store.ts'
import type { Json } from '../../kernel/json.ts'
import { columns } from '../../report/columns.ts'
import { harmless, paintFor } from '../../report/style.ts'
import type { App } from '../app.ts'
import type { Globals } from '../globals.ts'
import { stateDir } from '../state-dir.ts'

/** How a run stands in a word: its ending, or whether somebody still works on it. */
export function standing({ state, problem }: RunSummary): string {
  if (state === undefined) return `unreadable: ${problem ?? ''}`
  if (state.end !== undefined) return state.end.ending
  const life = lifeOf(state.process)
  return life === 'alive' ? 'running' : life === 'dead' ? 'cut off' : `open on ${state.process.by}`
}

/** What to type next about a run, if anything. */
function nextOf(run: RunSummary): string {
  const how = standing(run)
  if (how === 'cut off') return `ovngw resume ${run.run} (or rollback)`
  if (how === 'broken') return `ovngw rollback ${run.run}`
  return ''
}

const asJson = (r: RunSummary): unknown => ({
  run: r.run,
  cluster: r.cluster,
  file: r.file,
  standing: standing(r),
  ...(r.state !== undefined && {
    runbook: r.state.header.runbook,
    started: r.state.started,
    by: r.state.process.by,
    args: r.state.header.args,
    end: r.state.end,
  }),
})

export async function history(app: App, globals: Globals): Promise<number> {
  const runs = await listRuns(stateDir(app, globals))
  if (globals.output === 'json') {
    for (const r of runs) app.out.write(`${JSON.stringify(asJson(r))}\n`)
    return 0
  }
  if (runs.length === 0) {
    app.out.write(`no runs in ${stateDir(app, globals)}\n`)
    return 0
  }
  const paint = paintFor(app.out.color)
  const header = ['RUN', 'RUNBOOK', 'CONTEXT', 'STANDING', 'NEXT'].map(paint.bold)
  const rows = runs.map((r) => [r.run, r.state?.header.runbook ?? '?', r.state?.header.context ?? '?', standing(r), nextOf(r)])
  app.out.write(columns([header, ...rows], app.out.columns))
  return 0
}

export async function show(app: App, globals: Globals, name: string): Promise<number> {
  const run = await findRun(stateDir(app, globals), name)
  if (globals.output === 'json') {
    app.out.write(`${JSON.stringify({ ...(asJson(run) as object), steps: steps(run), results: results(run) })}\n`)
    return 0
  }
  const { state } = run
  const facts: [string, string][] = [
    ['run', run.run],
    ['standing', standing(run)],
    ['next', nextOf(run)],
    ['runbook', `${state?.header.runbook ?? '?'} (${state?.header.source ?? '?'})`],
    ['arguments', JSON.stringify(state?.header.args ?? null)],
    ['cluster', `${state?.header.context ?? '?'} at ${state?.header.server ?? '?'} (${run.cluster})`],
    ['started', `${state?.started ?? '?'} by ${state?.process.by ?? '?'}, ovngw ${state?.process.version ?? '?'}`],
    ['ended', state?.end === undefined ? '' : `${state.end.at}, exit ${state.end.exit}`],
    ['error', state?.end?.error === undefined ? '' : `${state.end.error.what}${state.end.error.why === undefined ? '' : `: ${state.end.error.why}`}`],
    ...(state?.end?.left ?? []).map((l): [string, string] => ['left', l]),
    ...(state?.notes ?? []).map((n): [string, string] => ['note', `${n.title}: ${n.file}`]),
    ['journal', run.file],
  ]
  app.out.write(columns(facts.filter(([, text]) => text !== '')))
  for (const { title, file } of (state?.notes ?? []).filter((n) => RESULT.test(n.step))) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => `cannot be read: ${String(error)}\n`)
    app.out.write(`${title}\n${harmless(text)}`)
  }
  const rows = steps(run).map((s) => ['', s.done ? '✔' : '…', s.phase, s.step])
  if (rows.length > 0) app.out.write(`steps\n${columns(rows)}`)
  return 0
}

/** A step of such a name says what the run found out: its note and its value are shown whole. */
const RESULT = /(^|-)result$/

const results = ({ state }: RunSummary): Json =>
  Object.fromEntries(
    [...(state?.kept ?? [])].flatMap(([id, { value }]) => {
      const step = id.slice('run:'.length)
      return id.startsWith('run:') && RESULT.test(step) && value !== undefined ? [[step, value]] : []
    }),
  )

interface StepLine {
  readonly phase: string
  readonly step: string
  readonly done: boolean
}

/** Journaled steps in order: `apply:write-config` is phase `apply` of step `write-config`; `facts` has no phase. */
const steps = ({ state }: RunSummary): readonly StepLine[] =>
  [...(state?.kept ?? [])].map(([id, kept]) => {
    const at = id.indexOf(':')
    return { phase: at < 0 ? '' : id.slice(0, at), step: at < 0 ? id : id.slice(at + 1), done: kept.value !== undefined }
  })
