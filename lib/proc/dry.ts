/** Dry run: the same code with a Runner that reads for real and only notes what it would write. */
import type { Command, Output, Runner } from './command.ts'
import { cancelled } from './errors.ts'

export interface DryRunner extends Runner {
  /** What would have been written, in order. */
  readonly writes: readonly Command[]
}

/** Reads go to `inner`; writes are noted and answered with success and no output. */
export function dryRunner(inner: Runner): DryRunner {
  const writes: Command[] = []
  return {
    where: `${inner.where} (dry run)`,
    writes,
    run: async (command, options): Promise<Output> => {
      if (command.effect === 'read') return inner.run(command, options)
      if (options?.signal?.aborted) throw cancelled(inner.where, command, options.signal)
      writes.push(command)
      return { stdout: '', stderr: '', code: 0 }
    },
  }
}
