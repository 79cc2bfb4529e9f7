/**
 * The only importer of enquirer: every question of the product goes through `Ask`, so that the library can be replaced in an hour.
 * Ctrl-C rejects with CANCELLED; "back" (Esc, or its row) is an answer, not an error. Looks are ours: no colour but red for what is
 * wrong, so that it reads on dark, on light and without colour; the real cursor stands where the next letter goes.
 */
import { Interface } from 'node:readline'
import { OvngwError } from '../kernel/errors.ts'
import type { Out } from '../report/out.ts'
import { wrap } from '../report/sections.ts'
import { harmless, paintFor, widthOf } from '../report/style.ts'
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

/** The part of enquirer used here. */
interface Prompt {
  input: string
  cursor: number
  readonly selected: { readonly message: string } | undefined
  readonly state: { readonly submitted?: boolean; readonly cancelled?: boolean; readonly keypress?: { readonly name?: string } }
  run(): Promise<unknown>
  cancel(): Promise<void>
}
type Kind = new (options: Readonly<Record<string, unknown>>) => Prompt
interface Enquirer {
  readonly Confirm: Kind
  readonly Input: Kind
  readonly Select: Kind
}

/** Rows of a list on screen at once; the others scroll. */
const ROWS = 14

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

const ESCAPED: unique symbol = Symbol('escaped')

/** Runs a prompt; the answer, or ESCAPED. @throws OvngwError CANCELLED at Ctrl-C; the signal's reason. */
async function answer(prompt: Prompt, signal: AbortSignal | undefined): Promise<unknown> {
  signal?.throwIfAborted()
  const stop = (): void => void prompt.cancel()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await prompt.run()
  } catch (thrown) {
    signal?.throwIfAborted()
    // enquirer rejects with '' (or nothing) when the person presses Ctrl-C or Escape
    if (thrown instanceof Error) throw thrown
    if (prompt.state.keypress?.name === 'escape') return ESCAPED
    throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
  } finally {
    signal?.removeEventListener('abort', stop)
    restoreTerminal()
  }
}

/** enquirer's three prompts as they look here. */
function dressed({ Confirm, Input, Select }: Enquirer): Enquirer {
  const chosen = (p: Prompt): string => (p.state.submitted === true && p.state.cancelled !== true ? (p.selected?.message.trim() ?? '') : '')
  return {
    Confirm: class extends Confirm {
      async prefix(): Promise<string> {
        return ''
      }
      async separator(): Promise<string> {
        return ''
      }
      format(yes: unknown): string {
        return this.state.submitted !== true || this.state.cancelled === true ? '' : yes === true ? 'y' : 'n'
      }
    },
    Input: class extends Input {
      /** The real cursor is shown: enquirer's own is a coloured letter, which NO_COLOR takes away. */
      cursorHide(): void {}
      async separator(): Promise<string> {
        return ''
      }
      format(text: unknown): string {
        return String(text ?? '')
      }
    },
    Select: class extends Select {
      async separator(): Promise<string> {
        return ''
      }
      format(): string {
        return chosen(this)
      }
    },
  }
}

type Row = { readonly name: string; readonly message: string; readonly hint?: string; readonly disabled: boolean }

/** Label, then what is known of it, wrapped into a column; why not, on lines of its own. */
export function rowsOf(choices: readonly Choice<unknown>[], width: number): readonly Row[] {
  const column = Math.max(0, ...choices.map((c) => widthOf(harmless(c.label)))) + 1
  const room = Math.max(20, width - column - 4)
  const indent = `\n${' '.repeat(column + 3)}`
  return choices.map((c, i) => {
    const about = c.hint === undefined || c.hint === '' ? [] : wrap(harmless(c.hint), room)
    const why = c.disabled === undefined ? [] : wrap(`✖ ${harmless(c.disabled)}`, room)
    return { name: `${i}`, message: harmless(c.label).padEnd(column), hint: [...about, ...why].join(indent), disabled: c.disabled !== undefined }
  })
}

const keys = (...parts: readonly (string | false)[]): string => parts.filter((p) => p !== false).join(' · ')

/** Loads enquirer; call it only when a person can answer. */
export async function openAsk(out: Out): Promise<Ask> {
  tolerateClosedPause()
  const { Confirm, Input, Select } = dressed(((await import('enquirer')) as unknown as { default: Enquirer }).default)
  const { red, dim, bold } = paintFor(out.color)
  const plain = (text: string): string => text
  // enquirer styles what is not there, too
  const soft =
    (style: (text: string) => string) =>
    (text?: string): string =>
      text === undefined ? '' : style(text)
  // what is wrong comes after two line breaks: one is enough
  const [quiet, loud, wrong] = [soft(dim), soft(bold), soft((t) => red(t.replace(/^\n/, '')))]
  const styles = {
    enabled: out.color,
    primary: plain,
    em: loud,
    strong: loud,
    danger: wrong,
    muted: quiet,
    disabled: quiet,
    submitted: plain,
    success: plain,
    pending: loud,
  }
  const common = (message: string): Readonly<Record<string, unknown>> => ({ name: 'answer', message: harmless(message), styles })
  const width = (): number => out.columns ?? 80
  const below = (text: string): string =>
    wrap(text, width() - 3)
      .map((l) => dim(`  ${l}`))
      .join('\n')
  return {
    confirm: async (message, { initial = false, signal } = {}) => (await answer(new Confirm({ ...common(` ${message}`), initial }), signal)) === true,
    input: async (message, { initial = '', validate, back, about, signal } = {}) => {
      const judged = (text: string): true | string => {
        const verdict = validate?.(text) ?? true
        return verdict === true ? true : wrap(verdict, width() - 4).join('\n  ')
      }
      const footer = below(keys(about ?? false, 'Enter takes it', back === true && 'Esc goes back'))
      const onRun = (prompt: Prompt): void => {
        prompt.input = initial
        prompt.cursor = initial.length
      }
      const text = await answer(new Input({ ...common(`${message}:`), validate: judged, footer, onRun }), signal)
      if (text === ESCAPED && back !== true) throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
      return (text === ESCAPED ? BACK : String(text)) as never
    },
    select: async (message, choices, { back, initial, backLabel = '← back', signal } = {}) => {
      const rows = [...rowsOf(choices, width()), ...(back === true ? [{ name: 'back', message: backLabel, disabled: false }] : [])]
      const first = Math.max(
        0,
        choices.findIndex((c) => c.disabled === undefined),
      )
      const footer = below(keys('↑ ↓ and Enter choose', back === true && 'Esc goes back', 'Ctrl-C quits'))
      const name = await answer(new Select({ ...common(message), choices: rows, initial: initial ?? first, limit: ROWS, footer }), signal)
      if (name === ESCAPED && back !== true) throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
      return (name === ESCAPED || name === 'back' ? BACK : choices[Number(name)]?.value) as never
    },
  }
}
