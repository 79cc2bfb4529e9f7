/** One thing wrong in a site file, and where. */
export type Path = readonly (string | number)[]

export interface Problem {
  /** The member meant; its place in the text is looked up. */
  readonly path: Path
  /** `key` points at the name of the member, `value` (default) at what stands after it. */
  readonly at?: 'key' | 'value'
  /** Overrides how the member is called: `gateway.nic` when absent. */
  readonly what?: string
  readonly why: string
  readonly fix: string
}

export interface Placed {
  readonly line: number
  readonly column: number
  /** `what: why; fix` */
  readonly text: string
}

/** `gateway.nodes[0].priority`; a key that is no plain word stands in brackets. */
export const showPath = (path: Path): string =>
  path.length === 0
    ? 'site'
    : path.reduce<string>((text, p) => {
        if (typeof p === 'number') return `${text}[${p}]`
        if (!/^[\w-]+$/.test(p)) return `${text}[${p}]`
        return text === '' ? p : `${text}.${p}`
      }, '')

/** The candidate nearest to a misspelt word, if one is near enough to be what was meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  const ranked = candidates
    .map((c) => ({ c, d: distance(word.toLowerCase(), c.toLowerCase()) }))
    .filter(({ d }) => d <= limit)
    .sort((a, b) => a.d - b.d)
  return ranked[0]?.c
}

/** Edits (insert, delete, replace, swap of neighbours) from one word to the other. */
function distance(a: string, b: string): number {
  let older: readonly number[] = []
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same, swapped))
    }
    older = row
    row = next
  }
  return row[b.length] ?? 0
}
