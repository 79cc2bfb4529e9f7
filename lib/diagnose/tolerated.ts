/** A question that may fail: a host without the tool, or one that may not be entered, says nothing. */
import { isError } from '../kernel/errors.ts'

/** Undefined: nothing was heard. @throws CANCELLED, and what is a bug */
export async function tolerated<T>(running: Promise<T>): Promise<T | undefined> {
  try {
    return await running
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    return undefined
  }
}
