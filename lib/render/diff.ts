/** Line diff for showing what a change does to a text: ` same`, `-old`, `+new`. For texts of up to some thousand lines. */

/**
 * The lines of both texts, common ones once. @param context how many unchanged lines stay around a change; the rest becomes ` …`.
 * Default: all lines.
 */
export function lineDiff(old: readonly string[], now: readonly string[], context: number = Number.POSITIVE_INFINITY): readonly string[] {
  const common = commonLengths(old, now)
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(` ${old[i]}`)
      i++
      j++
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`-${old[i++]}`)
    } else {
      lines.push(`+${now[j++]}`)
    }
  }
  return Number.isFinite(context) ? shorten(lines, context) : lines
}

/** `common[i][j]`: length of the longest common subsequence of `old` from i on and `now` from j on. */
function commonLengths(old: readonly string[], now: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0))
  for (let i = old.length - 1; i >= 0; i--) {
    const [row, below] = [table[i] ?? [], table[i + 1] ?? []]
    for (let j = now.length - 1; j >= 0; j--) row[j] = old[i] === now[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
  }
  return table
}

function shorten(lines: readonly string[], context: number): readonly string[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - context), i + context + 1).some((l) => !l.startsWith(' ')))
  return lines.flatMap((line, i) => (near[i] ? [line] : near[i - 1] || i === 0 ? [' …'] : []))
}
