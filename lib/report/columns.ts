/** Tables for people: columns as wide as their widest cell, the last one clipped to the terminal. */
import { clip, widthOf } from './style.ts'

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** One line a row, each ended by a newline; `width` undefined (a pipe) clips nothing. */
export function columns(rows: readonly (readonly string[])[], width?: number): string {
  const count = Math.max(0, ...rows.map((r) => r.length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(0, ...rows.map((r) => widthOf(r[i] ?? ''))))
  return rows
    .map((row) => {
      const left = row.slice(0, -1).map((cell, i) => pad(cell, widths[i] ?? 0))
      const taken = widths.slice(0, row.length - 1).reduce((sum, w) => sum + w + 2, 0)
      const last = row.at(-1) ?? ''
      return `${[...left, width === undefined || width - taken < 8 ? last : clip(last, width - taken)].join('  ').trimEnd()}\n`
    })
    .join('')
}
