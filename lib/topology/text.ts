/** The picture in a terminal: boxes from the outside in, two side by side at most, then what is wrong and what to type. */
import type { Finding } from '../kernel/check.ts'
import { findingLines } from '../report/sections.ts'
import { clip, harmless, type Paint, paintFor, widthOf } from '../report/style.ts'
import { SYMBOL, tally } from '../report/words.ts'
import { allMarks, byWeight, type Card, type Link, marksOf, RANKS, shorten, type Topology } from './model.ts'

export interface Screen {
  /** In characters; wider than 80 is not used: a picture that fills a wide screen is harder to read. */
  readonly width: number
  readonly color: boolean
}

type Style = (text: string) => string
const plain: Style = (text) => text
/** On one line, without control characters. */
const flat = (text: string): string => harmless(text).replaceAll(/\s+/g, ' ')

const styleOf = (f: Finding | undefined, paint: Paint): Style => (f === undefined ? plain : f.outcome === 'fail' ? paint.red : paint.yellow)
const fill = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))
const centred = (text: string, width: number): string => ' '.repeat(Math.max(0, Math.floor((width - widthOf(text)) / 2))) + text

/** A box as lines of exactly `width` characters, colour codes not counted. */
function box(card: Card, width: number, paint: Paint): readonly string[] {
  const inner = width - 4
  const [worst] = marksOf(card)
  const edge = worst !== undefined ? styleOf(worst, paint) : card.state === 'active' ? paint.bold : plain
  const lines = (marks: readonly Finding[]): readonly string[] => {
    const [first, ...more] = byWeight(marks)
    if (first === undefined) return []
    const count = more.length === 0 ? '' : ` (and ${more.length} more)`
    return [styleOf(first, paint)(clip(flat(`${SYMBOL[first.outcome]} ${first.id}${count}: ${first.detail}`), inner))]
  }
  const labels = Math.min(Math.floor(inner / 2), Math.max(0, ...card.rows.map((r) => widthOf(r.label))))
  const rows = card.rows.flatMap((r) => [
    `${paint.dim(fill(shorten(flat(r.label), labels), labels))}  ${shorten(flat(r.value), inner - labels - 2)}`,
    ...lines(r.marks),
  ])
  const title = clip(flat(`${card.title}${card.note === '' ? '' : ` · ${card.note}`}`), inner - 2)
  const top = `${edge('┌─')} ${paint.bold(title)} ${edge(`${(card.state === 'absent' ? '┄' : '─').repeat(width - 5 - widthOf(title))}┐`)}`
  const body = [...lines(card.marks), ...rows].map((l) => `${edge('│')} ${fill(l, inner)} ${edge('│')}`)
  return [top, ...body, edge(`└${'─'.repeat(width - 2)}┘`)]
}

const beside = (boxes: readonly (readonly string[])[], width: number): readonly string[] => {
  const height = Math.max(0, ...boxes.map((b) => b.length))
  return Array.from({ length: height }, (_, i) =>
    boxes
      .map((b) => b[i] ?? ' '.repeat(width))
      .join('  ')
      .trimEnd(),
  )
}

const pairs = <T>(all: readonly T[]): readonly (readonly T[])[] => all.flatMap((_, i) => (i % 2 === 0 ? [all.slice(i, i + 2)] : []))

/** What leads from one rank to the next. */
function stem(from: number, to: number, width: number, links: readonly Link[], paint: Paint): string {
  const broken = links.some((l) => l.broken)
  const paintOf = broken ? paint.red : plain
  const middle = Math.floor(width / 2)
  const [left, right] = [Math.floor(middle / 2), middle + Math.floor(middle / 2)]
  const bar = (a: string, b: string, c: string): string =>
    ' '.repeat(left) + paintOf(`${a}${'─'.repeat(middle - left - 1)}${b}${'─'.repeat(right - middle - 1)}${c}`)
  if (from < 2 && to < 2) return ' '.repeat(middle) + paintOf(broken ? '╳' : '│')
  if (from < 2) return bar('┌', broken ? '╳' : '┴', '┐')
  if (to < 2) return bar('└', broken ? '╳' : '┬', '┘')
  return bar('├', broken ? '╳' : '─', '┤')
}

export function text(topology: Topology, { width: wide, color }: Screen): string {
  const paint = paintFor(color)
  const width = Math.min(80, Math.max(60, wide))
  const half = Math.floor((width - 2) / 2)
  const single = Math.min(width, 58)
  const ranks = RANKS.map((kinds) => topology.cards.filter((c) => kinds.includes(c.kind) && c.kind !== 'config')).filter((cards) => cards.length > 0)
  const out: string[] = []
  ranks.forEach((cards, i) => {
    const above = ranks[i - 1]
    if (above !== undefined) {
      const links = topology.links.filter((l) => l.kind === 'main' && above.some((c) => c.id === l.from) && cards.some((c) => c.id === l.to))
      out.push(stem(above.length, cards.length, width, links, paint))
    }
    for (const some of pairs(cards)) {
      const [one] = some
      if (one !== undefined && some.length === 1) out.push(...box(one, single, paint).map((l) => centred(l, width)))
      else
        out.push(
          ...beside(
            some.map((c) => box(c, half, paint)),
            half,
          ),
        )
    }
  })
  const config = topology.cards
    .filter((c) => c.kind === 'config')
    .map((c) => {
      const [worst] = marksOf(c)
      const mark = worst === undefined ? '' : `${SYMBOL[worst.outcome]} ${worst.id}: `
      return styleOf(worst, paint)(clip(flat(`${mark}${c.title}, ${c.note} (${c.rows.map((r) => r.value).join(', ')})`), width))
    })
  return `${[...config, ...out, ...said(topology, width, color)].join('\n')}\n`
}

/** What the marks mean, each with its next command. */
function said(topology: Topology, width: number, color: boolean): readonly string[] {
  const marks = allMarks(topology)
  const unread = topology.unread.map((u) => `  ? not in the picture: ${flat(u)}`)
  if (marks.length === 0) return ['', ...unread, 'the checks of the gateway and its pods found nothing']
  const shown = marks.slice(0, 12)
  const more = marks.length - shown.length
  return [
    '',
    tally(marks),
    ...shown.flatMap((f) => findingLines(f, { width, color, verbose: false })),
    ...(more > 0 ? [`  and ${more} more: ovngw check`] : []),
    ...unread,
  ]
}
