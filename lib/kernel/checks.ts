/** Running checks: all at once, every problem listed, a check that throws is `unknown`, never a pass. */
import { type Judged, withoutFollowers } from './causes.ts'
import { type BoundCheck, type Check, type CheckResult, type Finding, stops, unknown } from './check.ts'
import { asError, OvngwError } from './errors.ts'
import type { Json } from './json.ts'
import type { ReadTask, Step } from './task.ts'

type Accepted = (finding: Finding) => string | undefined

async function runOne<Ctx>(bound: BoundCheck<Ctx>, ctx: Ctx): Promise<readonly Judged[]> {
  const check = bound.check as unknown as Check<Ctx, Json>
  const of = (r: CheckResult): Judged => ({ id: check.id, title: check.title, ...r, level: r.level ?? check.level })
  try {
    return (await check.run(ctx, bound.args)).map(of)
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    return [of(unknown(error.message, { hint: error.hint }))]
  }
}

/**
 * Findings in the order of the checks. Accepted ones (by name, by inventory) are marked with the reason; what follows from another's failure
 * is skipped, unless that one is accepted.
 */
export async function runChecks<Ctx>(bound: readonly BoundCheck<Ctx>[], ctx: Ctx, accepted: Accepted): Promise<readonly Finding[]> {
  const settled = await Promise.allSettled(bound.map((b) => runOne(b, ctx))) // none may still be looking when the step is over
  const lists = settled.map((s) => {
    if (s.status === 'rejected') throw s.reason
    return s.value
  })
  const judged = lists.flat().map((f): Judged => {
    const reason = f.outcome === 'pass' ? undefined : accepted(f)
    return reason === undefined ? f : { ...f, accepted: reason }
  })
  const checks = new Map(bound.map((b) => [b.check.id, b.check]))
  const doors = [...checks.values()].filter((c) => c.opens === true).map((c) => c.id)
  return withoutFollowers(judged, (id) => checks.get(id)?.needs, doors)
}

/** "3 checks failed: nic-safe (node1/eth0), …" as the error that stops a run. */
export function refuse(findings: readonly Finding[]): void {
  const bad = findings.filter(stops)
  if (bad.length === 0) return
  const names = bad.map((f) => (f.object === undefined ? f.id : `${f.id} (${f.object})`))
  throw new OvngwError('CHECK_FAILED', {
    what: `${bad.length} check${bad.length === 1 ? '' : 's'} failed`,
    why: names.join(', '),
    hint: bad.find((f) => f.hint !== undefined)?.hint,
  })
}

/** What listeners of a checks step need beside its value. */
export interface CheckStepHost<Ctx> {
  accepted(ctx: Ctx, finding: Finding): string | undefined
  found(ctx: Ctx, finding: Finding): void
}

/**
 * A reading step that runs checks, shows every finding and stops the run when one of them says so. `tries`: what would stop it is looked at
 * so often, for what takes effect a moment after it was written.
 */
export const checkStep =
  <Ctx>(host: CheckStepHost<Ctx>) =>
  (id: string, title: string, bound: readonly BoundCheck<Ctx>[], tries = 1): Step<Ctx, never, never> => {
    const task: ReadTask<Ctx, Json, Record<string, Json>, never, never, Json> = {
      name: id,
      summary: title,
      effect: 'read',
      timeoutMs: 60_000 + (tries - 1) * 30_000,
      input: { parse: (v) => v as Json },
      title: () => title,
      run: async (ctx) => {
        let findings = await runChecks(bound, ctx, (f) => host.accepted(ctx, f))
        for (let n = 1; n < tries && findings.some(stops); n++) findings = await runChecks(bound, ctx, (f) => host.accepted(ctx, f))
        for (const f of findings) host.found(ctx, f)
        refuse(findings)
        return findings as unknown as Json
      },
    }
    return { id, task, input: bound.map((b) => ({ check: b.check.id, args: b.args })) }
  }
