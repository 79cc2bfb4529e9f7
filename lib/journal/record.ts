/**
 * The journal of a run: one JSON object a line, appended and synced one by one. Pure: text to records and back, and what a list of
 * records amounts to. The last line may be torn (the process or the machine died while writing it); any other bad line is an error.
 */
import { OvngwError } from '../kernel/errors.ts'
import type { Ending, ErrorView } from '../kernel/events.ts'
import type { Json } from '../kernel/json.ts'

export const VERSION = 1

/** The process that wrote what follows. `start` tells apart two processes that had the same pid. */
export interface Process {
  readonly pid: number
  readonly start?: number | undefined
  /** `user@host` */
  readonly by: string
  /** Version of ovngw. */
  readonly version: string
}

export interface Header {
  readonly run: string
  readonly runbook: string
  /** Where its definition is found again: `runbook:install`, `task:annotate`, `file:/home/me/mine.ts`. */
  readonly source: string
  readonly args: Json
  readonly site: Json
  /** uid of namespace kube-system */
  readonly cluster: string
  readonly context: string
  readonly server: string
}

export interface End {
  readonly ending: Ending
  readonly exit: number
  readonly left: readonly string[]
  readonly error?: ErrorView | undefined
}

/** `at` is ISO 8601, UTC. */
export type Record = { readonly at: string } & (
  | ({ readonly t: 'start'; readonly v: number; readonly process: Process; readonly redacted?: readonly string[] | undefined } & Header)
  | { readonly t: 'continue'; readonly mode: 'resume' | 'rollback'; readonly process: Process }
  | { readonly t: 'begin'; readonly id: string }
  | { readonly t: 'value'; readonly id: string; readonly value: Json }
  | { readonly t: 'fail'; readonly id: string; readonly error: ErrorView }
  | { readonly t: 'gate'; readonly id: string }
  | { readonly t: 'rollback'; readonly why: Json }
  | { readonly t: 'note'; readonly step: string; readonly title: string; readonly file: string }
  | ({ readonly t: 'end' } & End)
)

export interface Kept {
  readonly value?: Json
}

/** What the records of a run amount to. */
export interface RunState {
  readonly header: Header
  readonly started: string
  /** Paths of arguments that were left out as secrets: they have to be given again on a resume. */
  readonly redacted: readonly string[]
  readonly kept: ReadonlyMap<string, Kept>
  /** Why a rollback began, when one did. */
  readonly rollback?: Json | undefined
  /** How it ended; undefined while it runs, and after its process died. */
  readonly end?: (End & { readonly at: string }) | undefined
  /** How it had ended when the last process took it up again. */
  readonly earlier?: End | undefined
  /** The last process that worked on it. */
  readonly process: Process
  readonly notes: readonly { readonly step: string; readonly title: string; readonly file: string }[]
}

export const lineOf = (record: Record): string => `${JSON.stringify(record)}\n`

/** The records of a text, and how many characters of it they take: the rest is a torn line. @throws OvngwError PARSE */
export function parseRecords(text: string, file: string): { readonly records: readonly Record[]; readonly length: number } {
  const records: Record[] = []
  let length = 0
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const record = end < 0 ? undefined : recordOf(text.slice(from, end))
    if (record === undefined) {
      if (end >= 0 && end + 1 < text.length) throw unreadable(file, `line ${records.length + 1} is no journal record`)
      break
    }
    if (record.t === 'start' && record.v !== VERSION) throw unreadable(file, `it was written by another ovngw (journal version ${record.v}, not ${VERSION})`)
    if ((record.t === 'start') !== (records.length === 0)) throw unreadable(file, `line ${records.length + 1} stands in the wrong place`)
    records.push(record)
    from = end + 1
    length = from
  }
  return { records, length }
}

export const unreadable = (file: string, why: string): OvngwError =>
  new OvngwError('PARSE', { what: `cannot read the journal ${file}`, why, hint: 'use the ovngw that wrote it, or look into the file: one JSON object a line' })

const TYPES: ReadonlySet<string> = new Set(['start', 'continue', 'begin', 'value', 'fail', 'gate', 'rollback', 'note', 'end'])

function recordOf(line: string): Record | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (value === null || typeof value !== 'object' || !('t' in value) || !('at' in value)) return undefined
    return typeof value.t === 'string' && TYPES.has(value.t) ? (value as Record) : undefined
  } catch {
    return undefined
  }
}

/** Folds records into a state. @throws OvngwError PARSE when there is no header. */
export function stateOf(records: readonly Record[], file: string): RunState {
  const [first, ...rest] = records
  if (first?.t !== 'start') throw unreadable(file, 'it has no header: the run died before it began')
  const { at, t: _t, v: _v, process, redacted, ...header } = first
  const start: RunState = { header, started: at, redacted: redacted ?? [], kept: new Map(), process, notes: [] }
  return rest.reduce(next, start)
}

/** The state after one more record. `kept` is the same map, added to: a run over ten thousand pods must not copy it at each record. */
export function next(state: RunState, record: Record): RunState {
  const keep = (id: string, kept: Kept): RunState => {
    ;(state.kept as Map<string, Kept>).set(id, kept)
    return state
  }
  switch (record.t) {
    case 'begin':
      return keep(record.id, {})
    case 'value':
      return keep(record.id, { value: record.value })
    case 'gate':
      return keep(record.id, { value: null })
    case 'rollback':
      return { ...state, rollback: record.why }
    case 'continue':
      return { ...state, end: undefined, earlier: state.end ?? state.earlier, process: record.process }
    case 'note':
      return { ...state, notes: [...state.notes, { step: record.step, title: record.title, file: record.file }] }
    case 'end': {
      const { t: _t, ...end } = record
      return { ...state, end, earlier: undefined }
    }
    case 'fail':
    case 'start':
      return state
  }
}
