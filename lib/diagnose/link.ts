/** A path is a chain of links, each proved by checks. The first link that is broken is the cause: what lies behind it is not judged. */
import type { Ctx } from '../define.ts'
import { type BoundCheck, type Finding, stops, unknown } from '../kernel/check.ts'
import { asError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'

export interface Link {
  /** One word, as it is shown: `nat`. */
  readonly id: string
  /** The promise in the affirmative. */
  readonly title: string
  /** Checks whose passes say the fact in question; without them the title is shown. */
  readonly tells?: readonly string[]
  checks(): readonly BoundCheck<Ctx>[] | Promise<readonly BoundCheck<Ctx>[]>
}

export type LinkState = 'whole' | 'broken' | 'unseen' | 'not judged'

export interface Walked {
  readonly link: string
  readonly title: string
  readonly state: LinkState
  /** What was seen, a line each. */
  readonly facts: readonly string[]
  readonly findings: readonly Finding[]
}

/** A check of the registry, with arguments. */
export type CheckOf = (id: string, args?: Json) => BoundCheck<Ctx>
export type Judge = (checks: readonly BoundCheck<Ctx>[]) => Promise<readonly Finding[]>

/** Link by link; what a link needs is asked when it is its turn. `done` is told after each. */
export async function walk(links: readonly Link[], judge: Judge, done: (walked: Walked) => void = () => undefined): Promise<readonly Walked[]> {
  const walked: Walked[] = []
  for (const link of links) {
    const { id, title } = link
    const over = walked.some((w) => w.state === 'broken')
    const findings = over ? [] : await judgeLink(link, judge)
    const one: Walked = { link: id, title, state: over ? 'not judged' : stateOf(findings), facts: factsOf(link, findings), findings }
    walked.push(one)
    done(one)
  }
  return walked
}

async function judgeLink(link: Link, judge: Judge): Promise<readonly Finding[]> {
  try {
    return await judge(await link.checks())
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    return [{ ...unknown(error.message, { hint: error.hint }), id: link.id, title: link.title, level: 'fatal' }]
  }
}

const stateOf = (findings: readonly Finding[]): LinkState => {
  const bad = findings.filter(stops)
  return bad.some((f) => f.outcome === 'fail') ? 'broken' : bad.length > 0 ? 'unseen' : 'whole'
}

function factsOf({ title, tells = [] }: Link, findings: readonly Finding[]): readonly string[] {
  const told = findings.filter((f) => tells.includes(f.id) && f.outcome === 'pass').map((f) => f.detail)
  return told.length === 0 ? [title] : [...new Set(told)]
}

/** What is wrong but stops no packet: shown, and the walk goes on. */
export const beside = (bound: BoundCheck<Ctx>): BoundCheck<Ctx> => ({
  ...bound,
  check: {
    ...bound.check,
    run: async (ctx, args) => (await bound.check.run(ctx, args)).map((r) => ({ ...r, level: 'warning', outcome: r.outcome === 'fail' ? 'warn' : r.outcome })),
  },
})

export const besideIf = (when: boolean, bound: BoundCheck<Ctx>): BoundCheck<Ctx> => (when ? beside(bound) : bound)

/** What is but a warning elsewhere and stops packets of this path. */
export const grave = (bound: BoundCheck<Ctx>): BoundCheck<Ctx> => ({ ...bound, check: { ...bound.check, level: 'fatal' } })

/** Computed at most once, when first asked for. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
