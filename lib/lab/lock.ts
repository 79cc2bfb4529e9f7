/** One `up` or `down` of a lab at a time, one build of a binary at a time. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isError, OvngwError } from '../kernel/errors.ts'
import { isAlive, type Proc, startOf } from './daemons.ts'
import { files, labDir } from './paths.ts'

type Release = () => Promise<void>

/** Takes DIR/lock; the answer gives it back. A lock whose holder died does not count. Rejects with LOCKED. */
export const lock = (name: string): Promise<Release> => take(files(labDir(name)).lock, `another process works on lab ${name}`)

const ASK_AGAIN_MS = 1_000

/** Takes a file as a lock, and waits while another process has it; `busy` is told once. */
export async function inTurn(path: string, busy: (why: string) => void, signal?: AbortSignal): Promise<Release> {
  for (let told = false; ; told = true) {
    try {
      return await take(path, 'another process is at it')
    } catch (error) {
      if (!isError(error, 'LOCKED')) throw error
      if (!told) busy(error.message)
      await delay(ASK_AGAIN_MS, undefined, { signal })
    }
  }
}

async function take(path: string, what: string): Promise<Release> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const mine: Proc = { pid: process.pid, start: (await startOf(process.pid)) ?? '' }
  for (let tries = 0; ; tries += 1) {
    try {
      await writeFile(path, JSON.stringify(mine), { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (cause) {
      const holder = await readHolder(path)
      if (tries > 2 || (holder && (await isAlive(holder)))) {
        throw new OvngwError('LOCKED', { what, why: holder ? `pid ${holder.pid}` : undefined, cause })
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
