/**
 * DIR/controller.status.json: how far the stand-in has come, for tests and for the lab. "Nothing happens" can only be proved by knowing
 * that the change was seen and dealt with.
 */
import { rename, writeFile } from 'node:fs/promises'

/** resourceVersions by resource (`pods`, `configmaps`, `nodes`, `vpcs`, `subnets`); they grow with every write to the cluster. */
export type Versions = Readonly<Record<string, string>>

export interface Status {
  readonly pid: number
  readonly profile: string
  /** Counts the starts over (SIGUSR1). */
  readonly generation: number
  /** Everything seen is dealt with, its own writes included. What fails and is tried again is in `retrying`. */
  readonly settled: boolean
  /** Newest change of each resource that was dealt with. */
  readonly processed: Versions
  readonly retrying: readonly string[]
  /** Per node, what its daemon last acted on, and its error. */
  readonly daemons: Readonly<Record<string, { readonly turn: number; readonly processed: Versions; readonly error?: string }>>
}

/** Writes the newest status, one at a time, a reader never sees half of one. */
export function statusFile(path: string): (status: Status) => void {
  let next: Status | undefined
  let writing = false
  const flush = async (): Promise<void> => {
    writing = true
    while (next) {
      const text = `${JSON.stringify(next)}\n`
      next = undefined
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    }
    writing = false
  }
  return (status) => {
    next = status
    if (!writing) flush().catch(() => (writing = false)) // the lab's folder is gone: so is every reader
  }
}

export const newer = (a: string | undefined, b: string | undefined): boolean => BigInt(a ?? '0') > BigInt(b ?? '0')
