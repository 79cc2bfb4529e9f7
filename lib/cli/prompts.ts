/** enquirer's prompts as they look here: what of the library is used, rows of a list, what goes when a person goes back. */
import type { Out } from '../report/out.ts'

import { harmless, widthOf, wrap } from '../report/style.ts'
import type { Choice } from './question.ts'

/** The part of enquirer used here. */
export interface Prompt {
  input: string
  cursor: number
  readonly selected: { readonly message: string } | undefined
  readonly state: { readonly submitted?: boolean; readonly cancelled?: boolean; readonly keypress?: { readonly name?: string } }
  run(): Promise<unknown>
  cancel(): Promise<void>
}
type Kind = new (options: Readonly<Record<string, unknown>>) => Prompt
export interface Enquirer {
  readonly Confirm: Kind
  readonly Input: Kind
  readonly Select: Kind
}

const HIDE = '\u001b[?25l'
/** enquirer would also catch signals to show the cursor again, and end the process: both are ours (signals.ts). */
const hide = (): void => void process.stdout.write(HIDE)

/** enquirer's three prompts as they look here. */
export function dressed({ Confirm, Input, Select }: Enquirer): Enquirer {
  const chosen = (p: Prompt): string => (p.state.submitted === true && p.state.cancelled !== true ? (p.selected?.message.trim() ?? '') : '')
  return {
    Confirm: class extends Confirm {
      cursorHide(): void {
        hide()
      }
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
      cursorHide(): void {
        hide()
      }
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

/** Takes the question just answered off the screen: going back leaves no trace. Its line is one row, or more where it is long. */
export function forget(out: Out, message: string): void {
  const rows = Math.ceil((widthOf(message) + '? '.length + 1) / (out.columns ?? 80))
  out.write('\u001b[1A\u001b[2K'.repeat(rows))
}
