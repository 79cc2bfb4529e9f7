/** The picture as SVG: one file without links to anything, light and dark, readable by a screen reader. */
import type { Finding } from '../kernel/check.ts'
import { xml } from '../report/junit.ts'

import { clip, wrap } from '../report/style.ts'
import { SYMBOL, tally } from '../report/words.ts'
import { type Box, type Placed, type Point, place } from './layout.ts'
import { allMarks, byWeight, type Card, type Link, marksOf, type Row, shorten, type Topology } from './model.ts'
import { SVG_STYLE } from './svg-style.ts'

/** Of a monospace font of 12 px. */
const CHAR = 7.22
const COLUMNS = 37
const PAD = 12
const WIDTH = Math.ceil(COLUMNS * CHAR) + 2 * PAD
/** Height of the title, and of the note below it. */
const TITLE = 28
const NOTE = 16
const LINE = 18
const MARGIN = 16
/** Marks shown at a row, and lines of each; what is left is counted. */
const MARKS = 2
const DETAIL = 2

interface Text {
  readonly y: number
  readonly label?: string
  readonly value: string
  readonly mark?: Finding
  readonly title: string
}

const titleOf = (f: Finding): string => `${f.id}${f.object === undefined ? '' : ` ${f.object}`}: ${f.detail}`

const headOf = (card: Card): number => TITLE + (card.note === '' ? 0 : NOTE)

/** Lines of a card below its head. A mark stands under the row it is about. */
function textsOf(card: Card): readonly Text[] {
  const lines: Text[] = []
  const add = (text: Omit<Text, 'y'>): void => void lines.push({ ...text, y: headOf(card) + lines.length * LINE })
  const marks = (all: readonly Finding[]): void => {
    const sorted = byWeight(all)
    for (const f of sorted.slice(0, MARKS)) {
      const words = wrap(f.detail, COLUMNS - 2)
      const told = [...words.slice(0, DETAIL - 1), ...(words.length < DETAIL ? [] : [words.slice(DETAIL - 1).join(' ')])]
      for (const value of [`${SYMBOL[f.outcome]} ${f.id}`, ...told.map((w) => `  ${w}`)]) add({ value, mark: f, title: titleOf(f) })
    }
    const [next] = sorted.slice(MARKS)
    if (next !== undefined)
      add({ value: `${SYMBOL[next.outcome]} and ${sorted.length - MARKS} more`, mark: next, title: sorted.slice(MARKS).map(titleOf).join('\n') })
  }
  marks(card.marks)
  for (const r of card.rows) {
    add({ label: r.label, value: r.value, title: `${r.label} ${r.value}` })
    marks(r.marks)
  }
  return lines
}

export function svg(topology: Topology, where: string): string {
  const texts = new Map(topology.cards.map((c) => [c.id, textsOf(c)]))
  const placed = place(topology, (c) => ({ width: WIDTH, height: headOf(c) + (texts.get(c.id)?.length ?? 0) * LINE + 6 }), MARGIN)
  const { width, height } = placed
  const order = ['control', 'idle', 'main'] // the way of the packets lies on top
  const lines = topology.links
    .map((l, i) => ({ l, points: placed.lines[i] ?? [] }))
    .toSorted((a, b) => order.indexOf(a.l.kind) - order.indexOf(b.l.kind))
    .map(({ l, points }) => line(l, points))
  const cards = topology.cards.map((c) => cardOf(c, placed, texts.get(c.id) ?? []))
  const said = `${xml(describe(topology))}`
  return `<svg xmlns="http://www.w3.org/2000/svg" class="topology" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="topology-title topology-desc">
<title id="topology-title">External gateway of ${xml(where)}</title><desc id="topology-desc">${said}</desc>
<style>${SVG_STYLE}</style>
<rect width="${width}" height="${height}" fill="var(--ground)"/>
${lines.join('\n')}
${cards.join('\n')}
</svg>
`
}

/** What the picture shows, in words. */
export function describe(topology: Topology): string {
  const marks = allMarks(topology)
  const active = topology.cards.filter((c) => c.kind === 'node' && c.state === 'active').map((c) => c.title)
  const parts = topology.cards.map((c) => `${c.title}${c.note === '' ? '' : ` (${c.note})`}`)
  const health = marks.length === 0 ? 'no check found anything' : `${tally(marks)}: ${marks.slice(0, 10).map(titleOf).join('; ')}`
  return `From the outside in: ${parts.join(', ')}. Active: ${active.join(', ') || 'no node'}. Health: ${health}.`
}

/** Through all points, leaving and arriving vertically. */
function line({ kind, broken }: Link, points: readonly Point[]): string {
  const [first, ...rest] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined) return ''
  let from = first
  const curves = rest.map((to) => {
    const middle = n((from.y + to.y) / 2)
    const curve = `C${n(from.x)} ${middle} ${n(to.x)} ${middle} ${n(to.x)} ${n(to.y)}`
    from = to
    return curve
  })
  const looks = broken ? 'cut' : kind
  const tip = `<path class="tip ${looks}" d="M${n(last.x)} ${n(last.y)}l-4 -7h8z"/>`
  return `<path class="line ${looks}" d="M${n(first.x)} ${n(first.y)}${curves.join('')}"/>${tip}`
}

const n = (x: number): string => `${Math.round(x * 10) / 10}`

const text = (x: number, y: number, cls: string, content: string, rest = ''): string =>
  `<text x="${n(x)}" y="${n(y)}" class="${cls}"${rest}>${xml(content)}</text>`

function cardOf(card: Card, placed: Placed, texts: readonly Text[]): string {
  const { x, y, width, height } = placed.boxes.get(card.id) as Box
  const [worst] = marksOf(card)
  const classes = ['card', card.kind, card.state ?? '', worst?.outcome ?? ''].filter((c) => c !== '').join(' ')
  const labels = Math.min(16, Math.max(0, ...card.rows.map((r: Row) => [...r.label].length)))
  const rows = texts.map((t) => rowOf(t, labels, width))
  const head = text(PAD, 19, 'title', clip(card.title, 33)) + text(PAD, 35, 'note', clip(card.note, COLUMNS))
  const symbol = worst === undefined ? '' : text(width - PAD, 19, `mark ${worst.outcome}`, SYMBOL[worst.outcome], ' text-anchor="end"')
  return `<g class="${classes}" transform="translate(${n(x)} ${n(y)})"><rect class="frame" width="${width}" height="${n(height)}" rx="7"/>${head}${symbol}${rows.join('')}</g>`
}

function rowOf({ y, label, value, mark, title }: Text, labels: number, width: number): string {
  if (mark !== undefined) {
    const strip = `<rect class="strip ${mark.outcome}" x="2" y="${y - 1}" width="${width - 4}" height="${LINE}"/>`
    return `<g><title>${xml(title)}</title>${strip}${text(PAD, y + 12, `mark ${mark.outcome}${value.startsWith(' ') ? ' detail' : ''}`, clip(value, COLUMNS))}</g>`
  }
  // A long name takes the room its value does not need.
  const room = Math.max(labels, COLUMNS - 1 - [...value].length)
  const name = shorten(label ?? '', label !== undefined && [...label].length > labels ? room : labels)
  const start = Math.max(labels, [...name].length) + 1
  return `<g><title>${xml(title)}</title>${text(PAD, y + 12, 'label', name)}${text(PAD + start * CHAR, y + 12, 'value', shorten(value, COLUMNS - start))}</g>`
}
