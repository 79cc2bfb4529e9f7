/** Past runs as tables of a report: what was done when, how it ended, and what took its time. */
import type { Record } from '../journal/record.ts'
import { type RunSummary, readRecords } from '../journal/store.ts'
import type { ReportData, Table } from '../report/html/data.ts'
import { duration } from '../report/style.ts'
import { standing } from './cmd/history.ts'

/** So many runs are told. */
const RUNS = 50

const took = (from: string, to: string): string => {
  const ms = Date.parse(to) - Date.parse(from)
  return Number.isNaN(ms) ? '' : duration(ms)
}

export const runsTable = (runs: readonly RunSummary[]): Table => ({
  columns: ['run', 'runbook', 'started', 'took', 'by', 'standing', 'error'],
  rows: runs.slice(0, RUNS).map((run) => {
    const { state } = run
    if (state === undefined) return [run.run, '?', '', '', '', 'unreadable', run.problem ?? '']
    const { started, end } = state
    return [
      run.run,
      state.header.runbook,
      started.slice(0, 19).replace('T', ' '),
      end === undefined ? '' : { text: took(started, end.at), key: `${Date.parse(end.at) - Date.parse(started)}` },
      state.process.by,
      standing(run),
      end?.error?.what ?? '',
    ]
  }),
})

/** The steps of the newest run that has any; an unreadable journal has none. */
export async function lastSteps(runs: readonly RunSummary[]): Promise<ReportData['timings']> {
  const newest = runs.find((r) => r.state !== undefined)
  if (newest === undefined) return []
  const rows = stepTimes(await readRecords(newest.file))
  return rows.length === 0 ? [] : [{ what: `Steps of ${newest.run}`, rows: { columns: ['step', 'took'], rows } }]
}

function stepTimes(records: readonly Record[]): readonly (readonly string[])[] {
  const begun = new Map<string, string>()
  return records.flatMap((r) => {
    if (r.t === 'begin') begun.set(r.id, r.at)
    const began = r.t === 'value' || r.t === 'fail' ? begun.get(r.id) : undefined
    return began === undefined || !('id' in r) ? [] : [[r.t === 'fail' ? `${r.id} (failed)` : r.id, took(began, r.at)]]
  })
}
