/** The one way to ask a person (architecture.md, law 11): types only, ask.ts does it with enquirer, tests with a list of answers. */

/** The person wants to return to the question before (only where `back` was offered). */
export const BACK: unique symbol = Symbol('back')

export interface Choice<T> {
  readonly value: T
  readonly label: string
  readonly hint?: string | undefined
  /** Shown, but cannot be chosen: why. */
  readonly disabled?: string | undefined
}

export interface Ask {
  /** (y/N) unless `initial` is true; Esc is no. */
  confirm(question: string, options?: { readonly initial?: boolean; readonly signal?: AbortSignal }): Promise<boolean>
  /** One line of text, `initial` stands there to be edited; `validate` gives true or what is wrong. */
  input<B extends boolean = false>(question: string, options?: InputOptions<B>): Promise<string | Offered<B>>
  /** One of several; with `back` there is a last row that goes back. */
  select<T, B extends boolean = false>(question: string, choices: readonly Choice<T>[], options?: SelectOptions<B>): Promise<T | Offered<B>>
}
type Offered<B extends boolean> = B extends true ? typeof BACK : never

interface Options<B extends boolean> {
  readonly back?: B | undefined
  /** Ends the question; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}
export interface InputOptions<B extends boolean> extends Options<B> {
  readonly initial?: string | undefined
  readonly validate?: ((text: string) => true | string) | undefined
  /** Shown below the question while nothing is typed wrong. */
  readonly about?: string | undefined
}
export interface SelectOptions<B extends boolean> extends Options<B> {
  /** Index of the row the pointer stands on first. */
  readonly initial?: number | undefined
  /** Text of the row that goes back. */
  readonly backLabel?: string | undefined
}
