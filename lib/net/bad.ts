/** What the parsers of lib/net throw: which text, what is wrong with it, how to write it right. Boundaries (zod schemas) turn it into theirs. */
export class BadAddress extends RangeError {
  readonly text: string
  readonly why: string
  readonly fix: string

  constructor(text: string, why: string, fix: string) {
    super(`${JSON.stringify(text)}: ${why}; ${fix}`)
    this.name = 'BadAddress'
    this.text = text
    this.why = why
    this.fix = fix
  }
}
