/**
 * The only importer of enquirer: every question of the product goes through `Ask`, so that the library can be replaced in an hour.
 * Ctrl-C rejects with CANCELLED; "back" is an answer, not an error.
 */
import { Interface } from 'node:readline'
import { OvngwError } from '../kernel/errors.ts'
import { restoreTerminal } from './signals.ts'

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
  /** (y/N) unless `initial` is true. */
  confirm(question: string, options?: { readonly initial?: boolean }): Promise<boolean>
  /** One line of text; `validate` gives true or what is wrong. With `back`, an answer of `<` goes back. */
  input<B extends boolean = false>(question: string, options?: InputOptions<B>): Promise<string | Offered<B>>
  /** One of several; with `back` there is a last row that goes back. */
  select<T, B extends boolean = false>(question: string, choices: readonly Choice<T>[], options?: SelectOptions<B>): Promise<T | Offered<B>>
}
type Offered<B extends boolean> = B extends true ? typeof BACK : never

export interface InputOptions<B extends boolean> {
  readonly initial?: string | undefined
  readonly validate?: ((text: string) => true | string) | undefined
  readonly back?: B | undefined
}
export interface SelectOptions<B extends boolean> {
  readonly back?: B | undefined
  readonly initial?: number | undefined
}

/** The part of enquirer used here. */
type Prompt = (question: Readonly<Record<string, unknown>>) => Promise<{ readonly answer: unknown }>

/**
 * On Node 24 enquirer's Ctrl-C handler closes readline and then pauses it, which throws outside any promise (enquirer issue 483).
 * A closed interface has nothing to pause.
 */
function tolerateClosedPause(): void {
  const original = Interface.prototype.pause
  Interface.prototype.pause = function pause(this: Interface & { closed?: boolean }): Interface {
    return this.closed === true ? this : original.call(this)
  }
}

/** Loads enquirer; call it only when a person can answer. */
export async function openAsk(): Promise<Ask> {
  tolerateClosedPause()
  const { default: enquirer } = (await import('enquirer')) as unknown as { default: { prompt: Prompt } }
  const ask = async (question: Readonly<Record<string, unknown>>): Promise<unknown> => {
    try {
      return (await enquirer.prompt({ name: 'answer', ...question })).answer
    } catch (thrown) {
      // enquirer rejects with '' (or nothing) when the person presses Ctrl-C or Escape
      if (thrown instanceof Error) throw thrown
      throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
    } finally {
      restoreTerminal()
    }
  }
  return {
    confirm: async (message, { initial = false } = {}) =>
      (await ask({ type: 'confirm', message, initial, format: (yes: unknown) => (yes === true ? 'yes' : 'no') })) === true,
    input: async (message, { initial, validate, back } = {}) => {
      const isBack = (text: string): boolean => back === true && text.trim() === '<'
      const check = (text: string): true | string => isBack(text) || (validate?.(text) ?? true)
      const text = String(await ask({ type: 'input', message: back === true ? `${message} (< goes back)` : message, initial: initial ?? '', validate: check }))
      return (isBack(text) ? BACK : text) as never
    },
    select: async (message, choices, { back, initial } = {}) => {
      const rows = choices.map((c, i) => ({
        name: String(i),
        message: c.label,
        hint: c.disabled ?? c.hint,
        disabled: c.disabled === undefined ? false : `(${c.disabled})`,
      }))
      const all = back === true ? [...rows, { name: 'back', message: '← back' }] : rows
      const name = String(
        await ask({
          type: 'select',
          message,
          choices: all,
          initial:
            initial ??
            Math.max(
              0,
              choices.findIndex((c) => c.disabled === undefined),
            ),
        }),
      )
      return (name === 'back' ? BACK : choices[Number(name)]?.value) as never
    },
  }
}
