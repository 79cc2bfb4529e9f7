/** HTML as a tagged template: every value is escaped unless it is HTML already. */
import { xml } from '../junit.ts'

/** Text that is markup: made by `html`, or vouched for by `trusted`. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Piece = Html | string | number | undefined | readonly Piece[]

const escaped = (piece: Piece): string =>
  piece === undefined ? '' : piece instanceof Html ? piece.text : typeof piece === 'object' ? piece.map(escaped).join('') : xml(String(piece))

/** Values belong in text or in attributes in double quotes. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html => new Html(strings.map((s, i) => s + escaped(pieces[i])).join(''))

/** Markup from our own code (the SVG, shipped files), never from data. */
export const trusted = (text: string): Html => new Html(text)
