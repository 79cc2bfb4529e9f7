/**
 * A task is a typed value: what it is called, what it takes, what it does, and how it is undone. Calling it with its input gives a
 * Step; a plan is a list of Steps. Nothing here does I/O.
 */
import type { Json } from './json.ts'

/** The part of a schema library the kernel needs (zod fits). */
export interface Schema<T> {
  parse(value: unknown): T
}

/** What `apply` and friends get beside their input. */
export interface Call<Given> {
  /** Values earlier steps gave, by name. */
  readonly given: Given
  /** Stable over a retry or resume of the same step: the idempotency key to use at a target that takes one. */
  readonly key: string
  /** Say what one is doing or waiting for; the last text is shown and, on a timeout, becomes the reason. */
  progress(text: string): void
}

interface Common<Ctx, Input, Values, Needs extends keyof Values> {
  readonly name: string
  readonly summary: string
  readonly input: Schema<Input>
  title(input: Input): string
  /** Names of values this task uses; some earlier step must give them, else the chain does not compile. */
  readonly needs?: readonly Needs[]
  /** Whole-step deadline in milliseconds (default 60 000). */
  readonly timeoutMs?: number | ((input: Input) => number)
  /** Context the function bodies run in; never used at run time. */
  readonly _ctx?: (ctx: Ctx) => void
}

/** Only reads; what `run` returns is the value it gives. */
export interface ReadTask<Ctx, Input, Values, Needs extends keyof Values, Gives extends keyof Values, Out extends Json>
  extends Common<Ctx, Input, Values, Needs> {
  readonly effect: 'read'
  readonly gives?: Gives
  /** Once it is done, what was written before it stays when something later fails: only a rollback that is asked for undoes it. */
  readonly settles?: true
  run(ctx: Ctx, input: Input, call: Call<Pick<Values, Needs>>): Promise<Out>
}

/**
 * Writes. `before` reads and returns JSON that is journaled and synced before `apply` starts. `apply` and `undo` are idempotent and
 * cover a half-done apply. `holds` answers whether the effect is true now: resume and the post-check use it.
 */
export interface WriteTask<Ctx, Input, Values, Needs extends keyof Values, Gives extends keyof Values, Before extends Json, Out extends Json>
  extends Common<Ctx, Input, Values, Needs> {
  readonly effect: 'write'
  readonly gives?: Gives
  before(ctx: Ctx, input: Input, call: Call<Pick<Values, Needs>>): Promise<Before>
  apply(ctx: Ctx, input: Input, before: Before, call: Call<Pick<Values, Needs>>): Promise<Out>
  undo(ctx: Ctx, input: Input, before: Before, call: Omit<Call<unknown>, 'given'>): Promise<void>
  holds(ctx: Ctx, input: Input, before: Before): Promise<boolean>
}

/** Writes and cannot be undone: has to say so, in the plan and in the types. */
export interface FinalTask<Ctx, Input, Values, Needs extends keyof Values, Gives extends keyof Values, Before extends Json, Out extends Json>
  extends Omit<WriteTask<Ctx, Input, Values, Needs, Gives, Before, Out>, 'undo'> {
  /** Why there is no way back. */
  readonly pointOfNoReturn: string
}

// biome-ignore lint/suspicious/noExplicitAny: the one place where tasks of different inputs meet; every typed door is above
export type AnyTask<Ctx> = ReadTask<Ctx, any, any, any, any, any> | WriteTask<Ctx, any, any, any, any, any, any> | FinalTask<Ctx, any, any, any, any, any, any>

/** A task with its input, at one place of a plan. `Needs`/`Gives` exist for the compiler only. */
export interface Step<Ctx, Needs extends string = string, Gives extends string = string> {
  readonly id: string
  readonly task: AnyTask<Ctx>
  readonly input: Json
  readonly _types?: { readonly needs: Needs; readonly gives: Gives } | undefined
}

/** Stands in a chain's type where a step needs a value no earlier step gives. */
export interface NotGiven<Name> {
  readonly 'no earlier step gives': Name
}

type TypesOf<S> = S extends { readonly steps: readonly unknown[] }
  ? { readonly needs: never; readonly gives: never }
  : S extends { readonly _types?: infer T | undefined }
    ? Exclude<T, undefined>
    : never
type NeedsOf<S> = TypesOf<S> extends { readonly needs: infer N } ? N : never
type GivesOf<S> = TypesOf<S> extends { readonly gives: infer G } ? G : never

/** A list of steps in which every need is given by an earlier step; a wrong order or a missing giver is a type error. */
export type Chained<S extends readonly unknown[], Have = never> = S extends readonly [infer H, ...infer T]
  ? [Exclude<NeedsOf<H>, Have>] extends [never]
    ? [H, ...Chained<T, Have | GivesOf<H>>]
    : [NotGiven<Exclude<NeedsOf<H>, Have>>, ...T]
  : S

/** Any number of steps that need and give nothing. */
export interface Group<Ctx> {
  readonly steps: readonly Step<Ctx, never, never>[]
}

/** `chain(...)` for one Ctx: steps in order, checked by the compiler; groups made by `each` and `only` are flattened in. */
export const chainOf =
  <Ctx>() =>
  <const S extends readonly (Step<Ctx> | Group<Ctx>)[]>(...steps: S & Chained<S>): readonly Step<Ctx>[] =>
    (steps as readonly unknown[] as readonly (Step<Ctx> | Group<Ctx>)[]).flatMap((s): readonly Step<Ctx>[] => ('steps' in s ? s.steps : [s]))

export const each = <Ctx, T>(items: readonly T[], make: (item: T) => Step<Ctx, never, never>): Group<Ctx> => ({ steps: items.map(make) })

/** Steps that are there only when `when` is true. */
export const only = <Ctx>(when: boolean, ...steps: readonly Step<Ctx, never, never>[]): Group<Ctx> => ({ steps: when ? steps : [] })

export const writes = <Ctx>(step: Step<Ctx>): boolean => step.task.effect === 'write'
