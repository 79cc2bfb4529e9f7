/** Tables for people: columns as wide as their widest cell; on a narrower terminal cells are wrapped in their column, widest first. */
import { widthOf, wrap } from './style.ts'

type Rows = readonly (readonly string[])[]

const GAP = 2
/** Less room than this for a last column of prose: it goes below its row. */
const NARROW = 24
const BELOW = '      '

/** One row a line or more, each ended by a newline; `width` undefined (a pipe) wraps nothing. */
export function columns(rows: Rows, width = Number.POSITIVE_INFINITY): string {
  const wide = widestOf(rows, widthOf)
  if (total(wide) <= width) return rows.map((row) => lines(row, wide)).join('')
  const narrow = widestOf(rows, longestWord)
  const fitted = shrunk(
    wide,
    narrow.map((n, i) => (i === wide.length - 1 ? Math.max(n, Math.min(wide[i] ?? 0, NARROW)) : n)),
    width,
  )
  if (total(fitted) <= width || (wide.at(-1) ?? 0) < NARROW) return rows.map((row) => lines(row, fitted)).join('')
  const left = shrunk(wide.slice(0, -1), narrow.slice(0, -1), width)
  return rows.map((row) => `${lines(row.slice(0, wide.length - 1), left)}${below(row[wide.length - 1] ?? '', width)}`).join('')
}

const total = (widths: readonly number[]): number => widths.reduce((sum, w) => sum + w + GAP, -GAP)

const longestWord = (text: string): number => Math.max(...text.split(' ').map(widthOf))

function widestOf(rows: Rows, measure: (cell: string) => number): readonly number[] {
  const count = Math.max(0, ...rows.map((r) => r.length))
  return Array.from({ length: count }, (_, i) => rows.reduce((most, r) => Math.max(most, measure(r[i] ?? '')), 0))
}

/** Takes from the widest that is wider than it must be, until all fit or none can give. */
function shrunk(wide: readonly number[], narrow: readonly number[], width: number): readonly number[] {
  const now = [...wide]
  while (total(now) > width) {
    const can = now.flatMap((w, i) => (w > (narrow[i] ?? 0) ? [w] : []))
    if (can.length === 0) break
    const at = now.findIndex((w, i) => w === Math.max(...can) && w > (narrow[i] ?? 0))
    now[at] = (now[at] ?? 0) - 1
  }
  return now
}

function lines(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, i) => (widthOf(cell) <= (widths[i] ?? 0) ? [cell] : wrap(cell, widths[i] ?? 0)))
  const pad = (text: string, i: number): string => text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)))
  const height = Math.max(1, ...cells.map((c) => c.length))
  const line = (n: number): string => cells.map((c, i) => pad(c[n] ?? '', i)).join(' '.repeat(GAP))
  return Array.from({ length: height }, (_, n) => `${line(n).trimEnd()}\n`).join('')
}

const below = (text: string, width: number): string =>
  text === ''
    ? ''
    : wrap(text, width - BELOW.length)
        .map((l) => `${BELOW}${l}\n`)
        .join('')
