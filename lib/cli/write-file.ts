/** A file a person named, relative to where they stand. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OvngwError } from '../kernel/errors.ts'

/** @throws OvngwError USAGE when it cannot be written */
export async function writeNamed(cwd: string, file: string, text: string, mode = 0o666): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), text, { mode })
  } catch (error) {
    throw new OvngwError('USAGE', { what: `cannot write ${file}`, why: error instanceof Error ? error.message : String(error), cause: error })
  }
}
