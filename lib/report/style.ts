/** Colours and symbols: plain text when colour is off. */
import { stripVTControlCharacters, styleText } from 'node:util'

type Style = (text: string) => string
export type Paint = Readonly<Record<'red' | 'green' | 'yellow' | 'dim' | 'bold', Style>>

const style = (name: 'red' | 'green' | 'yellow' | 'dim' | 'bold', on: boolean): Style =>
  on ? (text) => (text === '' ? '' : styleText(name, text, { validateStream: false })) : (text) => text

export const paintFor = (on: boolean): Paint => ({
  red: style('red', on),
  green: style('green', on),
  yellow: style('yellow', on),
  dim: style('dim', on),
  bold: style('bold', on),
})

/** Width on screen, colour codes not counted. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length

/** Control characters of foreign text (a pod's name, a tool's stderr) made harmless before it reaches a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const harmless = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')

/** Words of `text` in lines of at most `width` (undefined, a pipe: one line); a longer word stands alone. A `# comment` behind a command stays in one piece. */
export function wrap(text: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  const lines: string[] = []
  for (const word of text.replaceAll(/ # (?=\S+$)/g, ' #\u00a0').split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((l) => l.replaceAll('#\u00a0', '# ').trimEnd())
}

/** `effect: text` in lines of at most `width`, continued below the text. */
export function under(label: string, text: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  const indent = widthOf(label) + 1
  return wrap(text, width - indent).map((l, i) => (i === 0 ? `${label} ${l}` : `${' '.repeat(indent)}${l}`))
}

/** At most `width` characters, the last one `…` when something was cut. Plain text only. */
export const clip = (text: string, width: number): string => {
  const chars = [...text]
  return chars.length <= width ? text : `${chars.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** `6.4 s`, `2 m 05 s`. */
export function duration(ms: number): string {
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}
