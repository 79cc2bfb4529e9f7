/** `check --baseline FILE`: what an earlier `ovngw check -o json` said, read back strictly; and only what differs, shown. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Finding } from '../kernel/check.ts'
import { OvngwError } from '../kernel/errors.ts'
import { type Compared, comparedText, type Difference } from '../report/compare.ts'
import { findingLines, type Look } from '../report/sections.ts'
import { harmless, paintFor } from '../report/style.ts'
import type { App } from './app.ts'
import { eventSchema } from './events-schema.ts'
import type { Globals } from './globals.ts'

export interface Baseline {
  readonly file: string
  readonly at: string
  readonly findings: readonly Finding[]
}

const MAKE = 'ovngw check -o json > FILE   # makes one'

/** @throws OvngwError USAGE naming the line that is not as `ovngw check -o json` writes it */
export async function readBaseline(cwd: string, file: string): Promise<Baseline> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((cause: unknown) => {
    throw new OvngwError('USAGE', { what: `cannot read ${file}`, why: cause instanceof Error ? cause.message : String(cause), hint: MAKE, cause })
  })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const events = lines.map((line, i) => eventOf(line, `${file}:${i + 1}`))
  const end = events.at(-1)
  if (end?.ev !== 'run-ended' || end.run !== 'check')
    throw new OvngwError('USAGE', {
      what: `${file} is no whole answer of ovngw check`,
      why: end === undefined ? 'it is empty' : 'its last line is not the end of a check',
      hint: MAKE,
    })
  const findings = events.flatMap((e) => (e.ev === 'finding' ? [e.finding as Finding] : []))
  return { file, at: end.at, findings }
}

type Event = { readonly ev: string; readonly at: string; readonly run?: string; readonly finding?: unknown }

function eventOf(line: string, where: string): Event {
  const bad = (why: string, cause?: unknown): OvngwError =>
    new OvngwError('USAGE', { what: `${where} is no line of ovngw check -o json`, why: `${why}; it begins: ${line.slice(0, 60)}`, hint: MAKE, cause })
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw bad('it is not JSON', cause)
  }
  const { success, data, error } = eventSchema.safeParse(value)
  if (!success) throw bad(error.issues.map((i) => `${i.path.join('.') || 'it'}: ${i.message}`).join('; '))
  return data as unknown as Event
}

/** Every difference with what it was, then the sum. */
export async function showCompared(app: App, globals: Globals, compared: Compared, { file, at }: Baseline, exit: number): Promise<void> {
  const sum = comparedText(compared, file, at)
  if (globals.output === 'json') {
    for (const d of compared.differences) app.out.write(`${JSON.stringify({ change: d.how, now: d.now, was: d.was })}\n`)
    app.out.write(`${JSON.stringify({ baseline: file, at, checks: compared.checks, still: compared.still, differences: compared.differences.length, exit })}\n`)
  } else if (globals.output === 'markdown') {
    const { cell } = await import('../report/markdown.ts')
    const said = (f: Finding | undefined): string => (f === undefined ? '' : cell(`${f.outcome}: ${f.detail}`))
    const rows = compared.differences.map((d) => `| ${d.how} | ${cell(named(d))} | ${said(d.was)} | ${said(d.now)} | ${cell(d.now?.hint ?? '')} |\n`)
    app.out.write(`# ovngw check: ${cell(sum)}\n\n${rows.length === 0 ? '' : `| change | check | was | is | next |\n|---|---|---|---|---|\n${rows.join('')}`}`)
  } else app.out.write(`${compared.differences.map((d) => text(d, app)).join('')} ${sum}\n`)
}

const named = ({ now, was }: Difference): string => {
  const { id, object } = now ?? was ?? { id: '', object: undefined }
  return object === undefined ? id : `${id} ${object}`
}

function text({ how, now, was }: Difference, app: App): string {
  const look: Look = { width: app.out.columns ?? 100, color: app.out.color, verbose: false }
  const paint = paintFor(app.out.color)
  const mark = how === 'worse' ? paint.red : how === 'mended' ? paint.green : paint.yellow
  const shown = now ?? was
  if (shown === undefined) return ''
  const before = now === undefined || was === undefined ? [] : [`     ${paint.dim(harmless(`was ${was.outcome}: ${was.detail}`))}`]
  const lines =
    now === undefined ? [`   ${harmless(`${named({ how, was: shown })} is no longer there; was ${shown.outcome}: ${shown.detail}`)}`] : findingLines(now, look)
  return `${[` ${mark(how)}`, ...lines, ...before].join('\n')}\n`
}
