/** The finished blocks of a run on a terminal: a label column, then what happened. Pure text; `width` in characters. */
import type { Finding } from '../kernel/check.ts'
import type { ErrorView, RunEvent } from '../kernel/events.ts'
import { duration, harmless, type Paint, paintFor, under, widthOf, wrap } from './style.ts'
import { anyStops, SYMBOL, tally } from './words.ts'

const LABEL = 12
const MARGIN = ' '
/** What stands left of a block's first line, and of the live board's: margin and label column. */
export const lead = (label: string, paint: Paint): string => `${MARGIN}${paint.bold(label.padEnd(LABEL))}`
export const LEAD = MARGIN.length + LABEL

export interface Look {
  readonly width: number
  readonly color: boolean
  readonly verbose: boolean
}

export interface DoneStep {
  readonly title: string
  readonly ok: boolean
  readonly ms: number
  readonly replayed: boolean
}

/** The first line beside its label, the others below it. */
function block(label: string, lines: readonly string[], paint: Paint): string {
  const [first = '', ...rest] = lines
  const indent = ' '.repeat(LABEL)
  return [`${lead(label, paint)}${first}`, ...rest.map((l) => `${MARGIN}${indent}${l}`)].map((l) => `${l.trimEnd()}\n`).join('')
}

const coloured = (f: Finding, paint: Paint): string => {
  const symbol = SYMBOL[f.outcome]
  if (f.accepted !== undefined) return paint.dim(symbol)
  return f.outcome === 'pass' ? paint.green(symbol) : f.outcome === 'fail' ? paint.red(symbol) : f.outcome === 'skip' ? paint.dim(symbol) : paint.yellow(symbol)
}

/** `  ⚠ nic-mtu  gw-1/eth1: MTU 1500 …`, continued below, then what to do. */
export function findingLines(f: Finding, look: Look, idWidth = 0): readonly string[] {
  const paint = paintFor(look.color)
  const id = f.id.padEnd(idWidth)
  const lead = 5 + widthOf(id) + 2
  const narrow = look.width - lead < 30
  const accepted = f.accepted === undefined ? '' : ` (accepted: ${f.accepted})`
  const words = wrap(harmless(`${f.object === undefined ? '' : `${f.object}: `}${f.detail}${accepted}`), Math.max(20, look.width - (narrow ? 5 : lead)))
  const [first = '', ...rest] = narrow ? ['', ...words] : words
  const indent = ' '.repeat(narrow ? 5 : lead)
  const hint =
    f.hint === undefined || f.outcome === 'pass' ? [] : wrap(`next: ${harmless(f.hint)}`, Math.max(20, look.width - (narrow ? 5 : lead))).map((l) => indent + l)
  return [`   ${coloured(f, paint)} ${paint.bold(id)}  ${first}`.trimEnd(), ...rest.map((l) => indent + l), ...hint]
}

/** A row of checks: the tally, then every finding that asks for attention (all of them when verbose). */
export function checksBlock(label: string, findings: readonly Finding[], look: Look): string {
  const paint = paintFor(look.color)
  const bad = anyStops(findings)
  const shown = findings.filter((f) => look.verbose || (f.outcome !== 'pass' && f.outcome !== 'skip'))
  const idWidth = Math.max(0, ...shown.map((f) => f.id.length))
  const [only] = findings
  const said = only !== undefined && findings.length === 1 && only.outcome === 'pass' && !look.verbose ? harmless(only.detail) : tally(findings)
  // Skipped because of another's failure is not green.
  const sign = bad ? paint.red('✖') : findings.some((f) => f.because !== undefined) ? paint.yellow(SYMBOL.skip) : paint.green('✔')
  const head = block(label, hang(`${sign} ${said}`, look.width - LEAD), paint)
  return (
    head +
    shown
      .flatMap((f) => findingLines(f, look, idWidth))
      .map((l) => `${l}\n`)
      .join('')
  )
}

/** Wrapped, with what follows the first line below its text, not below its symbol. */
const hang = (text: string, width: number): readonly string[] => wrap(text, width - 2).map((l, i) => (i === 0 ? l : `  ${l}`))

const MANY = 30

/** Steps that were done: on one line when they fit, else one a line, else (more than 30) only their number and the failures. */
export function stepsBlock(label: string, steps: readonly DoneStep[], look: Look): string {
  const paint = paintFor(look.color)
  const text = (s: DoneStep): string => {
    const time = s.replayed ? ' (done\u00a0before)' : s.ms >= 500 ? ` (${duration(s.ms).replaceAll(' ', '\u00a0')})` : ''
    return `${s.ok ? paint.green('✔') : paint.red('✖')} ${harmless(s.title)}${paint.dim(time)}`
  }
  const listed = steps.length > MANY ? steps.filter((s) => !s.ok) : steps
  const many =
    steps.length > MANY
      ? [`${paint.green('✔')} ${steps.filter((s) => s.ok).length} steps ${paint.dim(`(${duration(steps.reduce((t, s) => t + s.ms, 0))})`)}`]
      : []
  const rows = [...many, ...listed.map(text)]
  const one = rows.join('  ')
  const room = look.width - LEAD
  return block(label, widthOf(one) <= room ? [one] : rows.flatMap((r) => hang(r, room)), paint)
}

/** A line of a diff; what does not fit goes on below it, a little to the right. */
function indented(line: string, width: number): readonly string[] {
  const margin = /^[+-]? */.exec(line)?.[0] ?? ''
  const mark = margin.slice(0, 1)
  return wrap(line.slice(margin.length), width - margin.length - 2).map((l, i) =>
    i === 0 ? `${margin}${l}` : `${mark}${' '.repeat(margin.length + 2 - mark.length)}${l}`,
  )
}

type Planned = Extract<RunEvent, { ev: 'planned' }>

export function planBlock(e: Planned, look: Look): string {
  const paint = paintFor(look.color)
  const writing = e.steps.filter((s) => s.effect === 'write')
  const diff = (l: string): string => (l.startsWith('+') ? paint.green(l) : l.startsWith('-') ? paint.red(l) : paint.dim(l))
  const final = writing.filter((s) => s.pointOfNoReturn !== undefined)
  const room = look.width - LEAD
  const lines = [
    ...(writing.length === 0 ? ['nothing to change'] : []),
    ...e.changes.flatMap((c) => [
      `${paint.bold(c.action)} ${harmless(c.object)}`,
      ...c.diff.flatMap((d) => indented(harmless(d), room - 2).map((l) => `  ${diff(l)}`)),
    ]),
    ...(e.changes.length > 0 ? [] : writing.flatMap((s) => hang(harmless(s.title), room))),
    ...e.effects.flatMap((t) => under(paint.yellow('effect:'), harmless(t), room)),
    ...final.flatMap((s) => under(paint.red('cannot be undone:'), harmless(`${s.title}, ${s.pointOfNoReturn}`), room)),
  ]
  return block('plan', lines, paint)
}

/** A note as it was written: prose is wrapped, what is indented (commands) stays whole, so that it can be copied from the screen. */
export function noteBlock(title: string, text: string, look: Look): string {
  const lines = text.trimEnd().split('\n').map(harmless)
  const shown = lines.flatMap((l) => (l.startsWith('  ') ? [l] : numbered(l, look.width - 4)))
  return block('note', [title], paintFor(look.color)) + shown.map((l) => `   ${l}`.trimEnd().concat('\n')).join('')
}

/** `1. text`, continued below the text. */
function numbered(line: string, width: number): readonly string[] {
  const mark = /^\d+\. /.exec(line)?.[0] ?? ''
  return wrap(line, width - mark.length).map((l, i) => (i === 0 ? l : `${' '.repeat(mark.length)}${l}`))
}

export function leftBlock(left: readonly string[], look: Look): string {
  const paint = paintFor(look.color)
  return left.length === 0
    ? ''
    : block(
        'left',
        left.flatMap((l) => wrap(`${paint.red('✖')} ${harmless(l)}`, look.width - LEAD)),
        paint,
      )
}

/** Why the run turns back. */
export function failedBlock(why: ErrorView, look: Look): string {
  const paint = paintFor(look.color)
  return block('failed', wrap(harmless(why.why === undefined ? why.what : `${why.what}: ${why.why}`), look.width - LEAD), paint)
}

type Ended = Extract<RunEvent, { ev: 'run-ended' }>

/** The last line; where it does not fit, each part on a line of its own, so that the command can be copied whole. */
export function endBlock(e: Ended, text: string, look: Look): string {
  const paint = paintFor(look.color)
  const lines = widthOf(text) < look.width ? [text] : text.split(' · ')
  const colour = e.exit === 0 ? paint.bold : e.ending === 'broken' ? paint.red : paint.yellow
  return lines.map((l) => `${MARGIN}${colour(l)}\n`).join('')
}
