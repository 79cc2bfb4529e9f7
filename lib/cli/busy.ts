/** A line that says what is being waited for, and is gone afterwards. */
import type { Out } from '../report/out.ts'

const WIPE = '\r\u001b[2K'

export async function busy<T>(out: Out, text: string, work: Promise<T>): Promise<T> {
  if (out.columns === undefined) return work
  out.write(`${text} …`.slice(0, out.columns - 1))
  try {
    return await work
  } finally {
    out.write(WIPE)
  }
}
