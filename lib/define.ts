/**
 * The one import of every task, check and runbook: the kernel's values bound to our context.
 */
import type { z } from 'zod'
import type { Measured, Probes } from './gateway/drill-table.ts'
import type { Look } from './gateway/look.ts'
import type { Site } from './inventory/site.ts'
import type { BoundCheck, Check, CheckResult, Finding } from './kernel/check.ts'
import { checkStep } from './kernel/checks.ts'
import type { Json } from './kernel/json.ts'
import type { Runbook } from './kernel/runbook.ts'
import { type AnyTask, chainOf, type FinalTask, type ReadTask, type Step, type WriteTask } from './kernel/task.ts'
import type { Kube } from './kube/port.ts'
import type { Runner } from './proc/command.ts'

export { fail, pass, skip, unknown, warn } from './kernel/check.ts'
export { each, only } from './kernel/task.ts'

/** What tasks and checks work with. Everything that touches the world comes through here (architecture.md, law 2). */
export interface Ctx {
  readonly signal: AbortSignal
  readonly site: Site
  readonly kube: Kube
  /** ovn-nbctl at the NB leader, ovn-sbctl at the SB leader. */
  readonly nb: Runner
  readonly sb: Runner
  /** ovs-vsctl, ip, ethtool on one node. */
  node(name: string): Runner
  /** Commands inside a pod's network (exec into its first container, or the lab's namespace). */
  pod(ref: { readonly namespace: string; readonly name: string }): Runner
  /** The outside hosts of `probe.outside`, in order. Empty: no packet proof. */
  readonly outside: readonly Runner[]
  /** The step's view of the cluster, shared by its checks: each source is read at most once, when first asked for. */
  look(): Look
  /** A new view: for waits, and to read back after a write. */
  lookAgain(): Look
  /** Findings go to the listeners of the run, acceptances come from the site and from `--accept`. */
  readonly findings: { found(finding: Finding): void; accepted(finding: Finding): string | undefined }
  /** One YAML document of a file a person named (a manifest). @throws OvngwError USAGE with file, line and column. */
  readYaml(path: string): Promise<unknown>
  /** Shown to the person, and kept as a file beside the journal. */
  note(title: string, text: string): void
}

/** Values steps hand on by name. Extend here; a task names them in `needs` and `gives`. */
export interface Values {
  /** Which probes answered before anything was changed: a dead one is no proof later. */
  readonly baseline: { readonly alive: readonly string[]; readonly dead: readonly string[] }
  /** What a drill measures with. */
  readonly probes: Probes
  /** What the move of a drill cost, and the way back. */
  readonly moved: Measured
  readonly returned: Measured
}

type Named<Task> = Task & { readonly name: string }
type Make<Input, Needs extends string, Gives extends string> = (input: Input, id?: string) => Step<Ctx, Needs, Gives>

/** A task, callable with its input: the call is a step of a plan. */
export type Callable<Task, Input, Needs extends string, Gives extends string> = Make<Input, Needs, Gives> & { readonly task: Named<Task> }

type Key = Extract<keyof Values, string>

/** @throws Error naming the task; its cause is the schema's (a runbook of a user's own: load-file.ts makes it a USAGE) */
function parsed(task: AnyTask<Ctx>, input: Json): Json {
  try {
    return task.input.parse(input) as Json
  } catch (cause) {
    throw new Error(`task ${task.name} does not take what it is given`, { cause })
  }
}

function callable<Input extends Json>(task: AnyTask<Ctx>): Make<Input, never, never> & { readonly task: AnyTask<Ctx> } {
  const make = (input: Input, id = task.name): Step<Ctx, never, never> => ({ id, task, input: parsed(task, input) })
  return Object.assign(make, { task })
}

/** A task that only reads. `Needs` and `Gives` are inferred from the lists in the literal. */
export function defineTask<S extends z.ZodType<Json>, Out extends Json, Needs extends Key = never, Gives extends Key = never>(
  task: Omit<ReadTask<Ctx, z.output<S>, Values, Needs, Gives, Out>, 'input'> & { readonly input: S },
): Callable<ReadTask<Ctx, z.output<S>, Values, Needs, Gives, Out>, z.output<S>, Needs, Gives>
/** A task that writes: `before`, `apply`, `undo`, `holds` are all required. */
export function defineTask<S extends z.ZodType<Json>, Before extends Json, Out extends Json, Needs extends Key = never, Gives extends Key = never>(
  task: Omit<WriteTask<Ctx, z.output<S>, Values, Needs, Gives, Before, Out>, 'input'> & { readonly input: S },
): Callable<WriteTask<Ctx, z.output<S>, Values, Needs, Gives, Before, Out>, z.output<S>, Needs, Gives>
/** A task that writes and cannot be undone: says why in `pointOfNoReturn`. */
export function defineTask<S extends z.ZodType<Json>, Before extends Json, Out extends Json, Needs extends Key = never, Gives extends Key = never>(
  task: Omit<FinalTask<Ctx, z.output<S>, Values, Needs, Gives, Before, Out>, 'input'> & { readonly input: S },
): Callable<FinalTask<Ctx, z.output<S>, Values, Needs, Gives, Before, Out>, z.output<S>, Needs, Gives>
export function defineTask(task: AnyTask<Ctx>): unknown {
  return callable(task)
}

export type DefinedCheck<Args extends Json> = ((args: Args) => BoundCheck<Ctx>) & { readonly check: Check<Ctx, Args> }

/** A check; calling it with its arguments gives what `preflight` and `verify` take. `run` may return one result or one per object. */
export function defineCheck<Args extends Json>(
  check: Omit<Check<Ctx, Args>, 'run'> & { run(ctx: Ctx, args: Args): Promise<CheckResult | readonly CheckResult[]> },
): DefinedCheck<Args> {
  const whole: Check<Ctx, Args> = {
    ...check,
    run: async (ctx, args) => {
      const result = await check.run(ctx, args)
      return Array.isArray(result) ? (result as readonly CheckResult[]) : [result as CheckResult]
    },
  }
  return Object.assign((args: Args): BoundCheck<Ctx> => ({ check: whole as Check<Ctx, never>, args }), { check: whole })
}

export const defineRunbook = <S extends z.ZodType<Json>, Facts extends Json>(
  runbook: Omit<Runbook<Ctx, z.output<S>, Facts>, 'args'> & { readonly args: S },
): Runbook<Ctx, z.output<S>, Facts> => runbook

const steps = checkStep<Ctx>({
  accepted: (ctx, finding) => ctx.findings.accepted(finding),
  found: (ctx, finding) => ctx.findings.found(finding),
})

/** Checks before anything is touched: all failures listed at once. */
export const preflight = ({ checks }: { readonly checks: readonly BoundCheck<Ctx>[] }): Step<Ctx, never, never> => steps('preflight', 'preflight', checks)

/** Checks after a change. */
export const verify = ({
  checks,
  id = 'verify',
  tries,
}: {
  readonly checks: readonly BoundCheck<Ctx>[]
  readonly id?: string
  /** Looks at what would stop the run; default 1. */
  readonly tries?: number
}): Step<Ctx, never, never> => steps(id, id, checks, tries)

/** The steps of a plan, in order; a step whose need no earlier step gives does not compile. */
export const chain = chainOf<Ctx>()
