/** Two sets of findings side by side: what got worse, what was mended, what else is different. Pure. */
import { type Check, type Finding, type Outcome, stops } from '../kernel/check.ts'
import { count } from './words.ts'

export type How = 'worse' | 'mended' | 'changed' | 'new' | 'gone'

/** One difference: at least one of the two is there. */
export interface Difference {
  readonly how: How
  readonly now?: Finding | undefined
  readonly was?: Finding | undefined
}

export interface Compared {
  readonly differences: readonly Difference[]
  /** Checks that both sides have. */
  readonly checks: number
  /** Findings that fail now as they did then. */
  readonly still: number
}

/** Unknown is neither pass nor fail: a check that could not look must not look green. */
export const fails = (f: Finding): boolean => f.accepted === undefined && (stops(f) || f.outcome === 'unknown')

const RANK: Readonly<Record<Outcome, number>> = { pass: 0, skip: 0, warn: 1, unknown: 2, fail: 2 }
const rank = (f: Finding): number => (fails(f) ? 3 : f.accepted === undefined ? RANK[f.outcome] : 0)
const keyOf = ({ id, object = '' }: Finding): string => `${id} ${object}`

/** What an operator reads; the hint may name a folder or a time, and follows from it. */
const same = (a: Finding, b: Finding): boolean => a.outcome === b.outcome && a.detail === b.detail && (a.accepted === undefined) === (b.accepted === undefined)

const isQuiet = (f: Finding): boolean => f.outcome === 'pass' || f.outcome === 'skip'

type Asked = Pick<Check<never, never>, 'id' | 'group'>

/** Healthy objects of these come and go all day. */
const COMING: ReadonlySet<Asked['group']> = new Set(['pod', 'address', 'packet'])

/**
 * Of the checks in `asked`, those of which `before` knows too are compared finding by finding; of the others what is not healthy is told. An
 * object that came is told when it is not healthy; one that went, unless it was healthy and a pod's, or its check now tells all healthy ones as one.
 */
export function compare(before: readonly Finding[], now: readonly Finding[], asked: readonly Asked[]): Compared {
  const ids = new Set(before.map((f) => f.id))
  const was = new Map(before.map((f) => [keyOf(f), f]))
  const is = new Set(now.map(keyOf))
  const here = now.flatMap((f): readonly Difference[] => {
    const old = was.get(keyOf(f))
    if (old === undefined) return isQuiet(f) ? [] : [{ how: fails(f) ? 'worse' : 'new', now: f }]
    if (rank(f) !== rank(old)) return [{ how: rank(f) > rank(old) ? 'worse' : 'mended', now: f, was: old }]
    return same(f, old) ? [] : [{ how: 'changed', now: f, was: old }]
  })
  const groups = new Map(asked.map((c) => [c.id, c.group]))
  const folded = new Set(now.filter((f) => f.outcome === 'pass' && f.object === undefined).map((f) => f.id))
  const isMissed = (f: Finding): boolean => {
    const group = groups.get(f.id)
    if (group === undefined || is.has(keyOf(f))) return false
    return !isQuiet(f) || !(COMING.has(group) || folded.has(f.id))
  }
  const gone = before.filter(isMissed).map((f): Difference => ({ how: 'gone', was: f }))
  const order: readonly How[] = ['worse', 'new', 'changed', 'mended', 'gone']
  return {
    differences: [...here, ...gone].toSorted((a, b) => order.indexOf(a.how) - order.indexOf(b.how)),
    checks: asked.filter((c) => ids.has(c.id)).length,
    still: now.filter((f) => fails(f) && fails(was.get(keyOf(f)) ?? { ...f, outcome: 'pass' })).length,
  }
}

/** Something fails that did not, or was not there: what exit 3 says. */
export const isWorse = ({ differences }: Compared): boolean => differences.some((d) => d.how === 'worse' && d.now !== undefined && fails(d.now))

/** `1 worse, 2 mended`, or that nothing changed. */
export function comparedText({ differences, checks, still }: Compared, file: string, at: string): string {
  const kept = still === 0 ? '' : `; ${still === 1 ? '1 finding fails' : `${still} findings fail`} as then`
  const since = `${file} (${at})`
  if (differences.length === 0) return `nothing changed: ${count(checks, 'check')} as in ${since}${kept}`
  const counts = [...Map.groupBy(differences, (d) => d.how)].map(([how, list]) => `${list.length} ${how}`)
  return `${counts.join(', ')} since ${since}, ${count(checks, 'check')} compared${kept}`
}
