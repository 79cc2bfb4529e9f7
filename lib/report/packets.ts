/** Answers of packets on a terminal: a block for each who asked, a line each question. Pure text. */
import type { Finding } from '../kernel/check.ts'
import { LEAD, type Look, lead } from './sections.ts'
import { clip, harmless, paintFor, wrap } from './style.ts'
import { count, SYMBOL } from './words.ts'

export interface PacketRow {
  readonly way: string
  readonly from: string
  readonly to: string
  readonly what: string
  readonly ms?: number | undefined
  readonly seen?: string | undefined
  readonly finding: Finding
}

const [WHAT, MS, SEEN] = [15, 9, 17]

const cells = (what: string, ms: string, seen: string): string => `${what.padEnd(WHAT)}${ms.padStart(MS)}  ${seen.padEnd(SEEN)}`

function rowText({ what, ms, seen, finding }: PacketRow, look: Look): string {
  const paint = paintFor(look.color)
  const { outcome, detail } = finding
  const colour = outcome === 'pass' ? paint.green : outcome === 'fail' ? paint.red : paint.yellow
  const line = `${' '.repeat(LEAD)}${colour(SYMBOL[outcome])} ${cells(harmless(what), ms === undefined ? '·' : ms.toFixed(2), harmless(seen ?? '·'))}`
  if (outcome === 'pass') return `${line.trimEnd()}\n`
  const indent = ' '.repeat(LEAD + 4)
  return [line.trimEnd(), ...wrap(harmless(detail), Math.max(20, look.width - indent.length)).map((l) => indent + l)].map((l) => `${l}\n`).join('')
}

export function packetsBlock(rows: readonly PacketRow[], look: Look): string {
  const paint = paintFor(look.color)
  const blocks = Map.groupBy(rows, ({ way, from, to }) => JSON.stringify([way, from, to]))
  return [...blocks.values()]
    .map(([first, ...rest]) => {
      if (first === undefined) return ''
      const head = `${lead(first.way.replace(' outside', ''), paint)}${clip(harmless(`${first.from} → ${first.to}`), Math.max(20, look.width - LEAD))}\n`
      const names = `${' '.repeat(LEAD + 2)}${paint.dim(cells('', 'ms', 'seen as').trimEnd())}\n`
      return head + names + [first, ...rest].map((r) => rowText(r, look)).join('')
    })
    .join('\n')
}

/** How many answered, what was not asked for, and the next command. */
export function packetsEnd(rows: readonly PacketRow[], notes: readonly string[], look: Look): string {
  const paint = paintFor(look.color)
  const bad = rows.filter((r) => r.finding.outcome !== 'pass')
  const failed = bad.some((r) => r.finding.outcome === 'fail')
  const symbol = failed ? paint.red('✖') : bad.length > 0 || rows.length === 0 ? paint.yellow('?') : paint.green('✔')
  const said =
    rows.length === 0
      ? 'nothing was asked'
      : bad.length === 0
        ? `all ${count(rows.length, 'question')} answered`
        : `${bad.length} of ${count(rows.length, 'question')} not answered as they should be`
  const next = bad.find((r) => r.finding.hint !== undefined)?.finding.hint
  const noted = notes.flatMap((note) => {
    const [first = '', ...rest] = wrap(harmless(note), Math.max(20, look.width - LEAD - 2))
    return [`${lead('not asked', paint)}${paint.dim('·')} ${first}`, ...rest.map((l) => ' '.repeat(LEAD + 2) + l)]
  })
  const lines = [...noted, `${lead('result', paint)}${symbol} ${said}`]
  if (next !== undefined) lines.push(`${lead('next', paint)}${paint.bold('→')} ${harmless(next)}`)
  return `\n${lines.map((l) => `${l}\n`).join('')}`
}
