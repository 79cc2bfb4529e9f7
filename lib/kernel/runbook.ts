/** A runbook is one array of steps, made by a pure function of its arguments and of facts read beforehand. */
import type { BoundCheck } from './check.ts'
import type { Change, PlannedStep } from './events.ts'
import { canonical, type Json } from './json.ts'
import type { AnyTask, Schema, Step } from './task.ts'

export interface Plan<Ctx> {
  readonly steps: readonly Step<Ctx>[]
  /** What the person is shown before saying yes. */
  readonly changes?: readonly Change[]
  /** The traffic it hurts, and what Kube-OVN will ignore so that ovngw acts itself; one sentence each. */
  readonly effects?: readonly string[]
}

export interface Runbook<Ctx, Args extends Json = Json, Facts extends Json = Json> {
  readonly name: string
  readonly summary: string
  readonly args: Schema<Args>
  /** Reads what the plan depends on. Journaled first; a resume recomputes the plan from it. */
  facts(ctx: Ctx, args: Args): Promise<Facts>
  /** Pure: no clock, no randomness, no I/O. */
  plan(args: Args, facts: Facts): readonly Step<Ctx>[] | Plan<Ctx>
  /** A rollback is over when these pass, not when the undo calls return. `settled`: steps that settled what was before them, which stays. */
  restored?(args: Args, facts: Facts, settled: readonly string[]): readonly BoundCheck<Ctx>[]
  /** Does a plan made from `planned` still fit what is there after the go-ahead? Absent: only when a plan made now would be the same. */
  fits?(args: Args, planned: Facts, now: Facts): boolean
}

/** A plan with unique step ids (`annotate`, `annotate#2` in plan order). */
export function planOf<Ctx, A extends Json, F extends Json>(runbook: Runbook<Ctx, A, F>, args: A, facts: F): Required<Plan<Ctx>> {
  const made = runbook.plan(args, facts)
  const plan: Plan<Ctx> = 'steps' in made ? made : { steps: made }
  const seen = new Map<string, number>()
  const steps = plan.steps.map((step) => {
    const n = (seen.get(step.id) ?? 0) + 1
    seen.set(step.id, n)
    return n === 1 ? step : { ...step, id: `${step.id}#${n}` }
  })
  return { steps, changes: plan.changes ?? [], effects: plan.effects ?? [] }
}

/** `annotate` of `annotate#2`: what a step is called without the number of its repetition. */
export const nameOfStep = (id: string): string => id.replace(/#\d+$/, '')

const noReturn = <Ctx>(task: AnyTask<Ctx>): string | undefined => ('pointOfNoReturn' in task ? task.pointOfNoReturn : undefined)

export const describe = <Ctx>(step: Step<Ctx>): PlannedStep => ({
  id: step.id,
  task: step.task.name,
  title: step.task.title(step.input),
  effect: step.task.effect,
  pointOfNoReturn: noReturn(step.task),
})

/** What is journaled of a plan and compared on resume: ids, task names and inputs. */
export const planJson = <Ctx>(plan: Plan<Ctx>): Json => plan.steps.map((s) => ({ id: s.id, task: s.task.name, input: s.input }))

export const samePlan = <Ctx>(a: Plan<Ctx>, b: Plan<Ctx>): boolean => canonical(planJson(a)) === canonical(planJson(b))
