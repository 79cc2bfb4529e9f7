/**
 * One cause, one failure. What fails because another check failed is skipped with the name of the one to look at, and with what was seen.
 * A failure is never lost: whatever is skipped so leads to one that stays and weighs as much.
 */
import { type CheckResult, type Finding, type Need, stops } from './check.ts'

/** A finding with what only its causes are found by. */
export type Judged = Finding & Pick<CheckResult, 'via' | 'own'>

type Needs = Readonly<Record<string, Need>>
type NeedsOf = (id: string) => Needs | undefined

const seenBehind = (doors: readonly string[]): Needs => Object.fromEntries(doors.map((id) => [id, 'unseen']))

/** Findings of one list of checks, in their order; what follows from another's failure as `skip`. `doors`: ids of the checks that open the way to all others. */
export function withoutFollowers(findings: readonly Judged[], needsOf: NeedsOf, doors: readonly string[] = []): readonly Finding[] {
  const behind = seenBehind(doors)
  const index = new Map<string, Causes>()
  for (const f of findings) if (isBad(f)) index.set(f.id, (index.get(f.id) ?? causes()).add(f))
  const causeOf = (f: Judged, path: readonly string[]): Judged | undefined => {
    if (path.includes(f.id)) throw new Error(`checks need each other: ${[...path, f.id].join(' needs ')}`)
    if (f.own === true || (!isBad(f) && f.outcome !== 'unknown')) return undefined
    for (const [id, need] of Object.entries({ ...(f.outcome === 'unknown' && !doors.includes(f.id) ? behind : {}), ...needsOf(f.id) })) {
      if (need === 'unseen' && f.outcome !== 'unknown') continue
      const found = index.get(id)?.of(f, need)
      if (found !== undefined) return causeOf(found, [...path, f.id]) ?? found
    }
    return undefined
  }
  return findings.map((f) => {
    const { via: _via, own: _own, ...shown } = f
    const cause = f.accepted === undefined ? causeOf(f, []) : undefined
    return cause === undefined ? shown : { ...shown, outcome: 'skip', because: cause.id, detail: follows(f, cause), hint: undefined }
  })
}

const follows = ({ detail }: Finding, { id, object }: Finding): string =>
  `not judged while ${id}${object === undefined ? '' : ` (${object})`} fails; seen: ${detail}`

const isBad = (f: Finding): boolean => f.accepted === undefined && (f.outcome === 'fail' || f.outcome === 'warn')

/** What stops, or could not be looked at, is put down only to a failure that stops. */
const outweighs = (cause: Finding, f: Finding): boolean => stops(cause) || (f.outcome !== 'unknown' && !stops(f))

const partsOf = ({ object, via = [] }: Judged): readonly string[] => [...(object === undefined ? [] : [object]), ...via]
/** `gw-1` of `gw-1/eth1`. */
const head = (part: string): string => part.split('/', 1).join('')

interface Causes {
  add(f: Judged): Causes
  /** The first that can be the cause of `f`. */
  of(f: Judged, need: Need): Judged | undefined
}

/** Failures of one check, found by what they are about: with 10,000 pods a search through all for each would not end. */
function causes(): Causes {
  const all: Judged[] = []
  const [whole, heads] = [new Map<string, Judged>(), new Map<string, Judged>()]
  let about: Judged | undefined
  const keep = (map: Map<string, Judged>, key: string, f: Judged): void => {
    const kept = map.get(key)
    if (kept === undefined || (stops(f) && !stops(kept))) map.set(key, f)
  }
  const self: Causes = {
    add: (f) => {
      all.push(f)
      const parts = partsOf(f)
      if (parts.length === 0 && (about === undefined || stops(f))) about = f
      for (const part of parts) {
        keep(whole, part, f)
        if (part.includes('/')) keep(heads, head(part), f)
      }
      return self
    },
    of: (f, need) => {
      const parts = partsOf(f)
      if (need !== 'same' || parts.length === 0) return all.find((c) => outweighs(c, f))
      // A node is met by what is on it, and the other way round; two things on one node do not meet, nor two pods of one namespace.
      const met = parts.flatMap((p) => [whole.get(p), heads.get(p), p.includes('/') ? whole.get(head(p)) : undefined])
      return [...met, about].find((c) => c !== undefined && outweighs(c, f))
    },
  }
  return self
}
