/** One `up` or `down` of a lab at a time. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import { isAlive, type Proc, startOf } from './daemons.ts'
import { files, labDir } from './paths.ts'

/** Takes DIR/lock; the answer gives it back. A lock whose holder died does not count. Rejects with LOCKED. */
export async function lock(name: string): Promise<() => Promise<void>> {
  const dir = labDir(name)
  const path = files(dir).lock
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const mine: Proc = { pid: process.pid, start: (await startOf(process.pid)) ?? '' }
  for (let tries = 0; ; tries += 1) {
    try {
      await writeFile(path, JSON.stringify(mine), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (cause) {
      const holder = await readHolder(path)
      if (tries > 2 || (holder && (await isAlive(holder)))) {
        throw new OvngwError('LOCKED', { what: `another process works on lab ${name}`, why: holder ? `pid ${holder.pid}` : undefined, cause })
      }
      await rm(path, { force: true })
    }
  }
}

async function readHolder(path: string): Promise<Proc | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Proc
  } catch {
    return undefined // being written, or damaged: the next try decides
  }
}
