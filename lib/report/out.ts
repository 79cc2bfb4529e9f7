/** A place to write text: a terminal, a pipe, a test. Failing to write never fails the caller (the reader may have gone away). */
export interface Out {
  write(text: string): void
  /** Width in characters; undefined when it is no terminal. */
  readonly columns: number | undefined
  readonly color: boolean
}

interface Writable {
  write(text: string): unknown
  readonly writable?: boolean
  readonly isTTY?: boolean
  readonly columns?: number
}

export const outOf = (stream: Writable, color: boolean): Out => ({
  write: (text) => {
    try {
      if (stream.writable !== false) stream.write(text)
    } catch {
      // the reader is gone: what we do matters more than what we say
    }
  },
  get columns() {
    return stream.isTTY === true ? stream.columns : undefined
  },
  color,
})
