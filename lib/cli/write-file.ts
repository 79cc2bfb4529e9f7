/** A file a person named, relative to where they stand. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OvngwError } from '../kernel/errors.ts'

interface How {
  /** Permissions of a new file. */
  readonly mode?: number
  /** `wx`: one that is there stays, and is an error. */
  readonly flag?: 'w' | 'wx'
}

/** @returns the whole path. @throws OvngwError USAGE when it cannot be written */
export async function writeNamed(cwd: string, file: string, data: string | Uint8Array, { mode = 0o666, flag = 'w' }: How = {}): Promise<string> {
  const path = resolve(cwd, file)
  try {
    await writeFile(path, data, { mode, flag })
    return path
  } catch (error) {
    throw new OvngwError('USAGE', {
      what: `cannot write ${file}`,
      why: error instanceof Error ? error.message : String(error),
      hint: flag === 'wx' ? 'another place: --out FILE' : undefined,
      cause: error,
    })
  }
}
