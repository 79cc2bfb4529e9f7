/**
 * The only importer of enquirer: every question of the product goes through `Ask`, so that the library can be replaced in an hour.
 * Ctrl-C rejects with CANCELLED; "back" (Esc, or its row) is an answer, not an error. Looks are ours: no colour but red for what is
 * wrong, so that it reads on dark, on light and without colour; the real cursor stands where the next letter goes.
 */
import { Interface } from 'node:readline'
import { OvngwError } from '../kernel/errors.ts'
import type { Out } from '../report/out.ts'

import { harmless, paintFor, wrap } from '../report/style.ts'
import { dressed, type Enquirer, forget, type Prompt, rowsOf } from './prompts.ts'
import { type Ask, BACK } from './question.ts'
import { listenForInterrupts, restoreTerminal } from './signals.ts'

export { type Ask, BACK, type Choice } from './question.ts'

/** Rows of a list on screen at once; the others scroll. */
const ROWS = 14
const BACK_LABEL = '← back'
const ESCAPED: unique symbol = Symbol('escaped')

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

/** Runs a prompt; the answer, or ESCAPED. @throws OvngwError CANCELLED at Ctrl-C and signals; the reason of `signal`. */
async function answer(prompt: Prompt, signal: AbortSignal | undefined): Promise<unknown> {
  using interrupts = listenForInterrupts()
  const ended = AbortSignal.any([interrupts.signal, ...(signal === undefined ? [] : [signal])])
  ended.throwIfAborted()
  const stop = (): void => void prompt.cancel()
  ended.addEventListener('abort', stop, { once: true })
  try {
    return await prompt.run()
  } catch (thrown) {
    ended.throwIfAborted()
    // enquirer rejects with '' (or nothing) when the person presses Ctrl-C or Escape
    if (thrown instanceof Error) throw thrown
    if (prompt.state.keypress?.name === 'escape') return ESCAPED
    throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
  } finally {
    ended.removeEventListener('abort', stop)
    restoreTerminal()
  }
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
      const asked = `${message}:`
      const text = await answer(new Input({ ...common(asked), validate: judged, footer, onRun }), signal)
      if (text === ESCAPED && back !== true) throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
      if (text === ESCAPED) forget(out, `${asked} ${initial}`)
      return (text === ESCAPED ? BACK : String(text)) as never
    },
    select: async (message, choices, { back, initial, backLabel = BACK_LABEL, signal } = {}) => {
      const rows = [...rowsOf(choices, width()), ...(back === true ? [{ name: 'back', message: backLabel, disabled: false }] : [])]
      const first = Math.max(
        0,
        choices.findIndex((c) => c.disabled === undefined),
      )
      const leave = backLabel === BACK_LABEL ? 'Esc goes back' : `Esc is ${backLabel.toLowerCase()}`
      const footer = below(keys('↑ ↓ and Enter choose', back === true && leave, 'Ctrl-C quits'))
      const name = await answer(new Select({ ...common(message), choices: rows, initial: initial ?? first, limit: ROWS, footer }), signal)
      if (name === ESCAPED && back !== true) throw new OvngwError('CANCELLED', { what: 'stopped at a question', why: 'nothing was changed' })
      if (name !== ESCAPED && name !== 'back') return choices[Number(name)]?.value as never
      forget(out, name === 'back' ? `${message}  ${backLabel}` : message)
      return BACK as never
    },
  }
}
