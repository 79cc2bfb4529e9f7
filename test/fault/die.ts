/**
 * Loaded into the product with `--import`: sends this process a signal at one exact moment, named by the journal (a record is on disk, or
 * half of it is) or by the event stream. The product itself knows nothing of it. Blows come in OVNGW_FAULT as JSON and fall in order.
 */
import { type FileHandle, open } from 'node:fs/promises'

export type Blow =
  /** After this many records of this process are on disk. */
  | { readonly after: number; readonly signal: NodeJS.Signals }
  /** Half of that record is on disk; then SIGKILL. */
  | { readonly half: number }
  /** After the record `begin apply:write-config`, `gate confirm`, `rollback` … is on disk. */
  | { readonly record: string; readonly signal: NodeJS.Signals }
  /** When `-o json` tells this: `step-started preflight run`. */
  | { readonly event: string; readonly signal: NodeJS.Signals }

const blows = JSON.parse(process.env['OVNGW_FAULT'] ?? '[]') as Blow[]

function strike(signal: NodeJS.Signals): void {
  blows.shift()
  process.kill(process.pid, signal)
  // Not one more instruction of the product.
  if (signal === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

type Line = Readonly<Record<'t' | 'id' | 'ev' | 'step' | 'phase', string | undefined>>

const lineOf = (data: unknown): Line | undefined => {
  try {
    return JSON.parse(String(data)) as Line
  } catch {
    return undefined
  }
}
const textOf = (...words: readonly (string | undefined)[]): string => words.filter((w) => w !== undefined).join(' ')

interface Disk {
  appendFile(data: string): Promise<void>
  sync(): Promise<void>
  datasync(): Promise<void>
}

const handle = await open('/dev/null')
const disk = Object.getPrototypeOf(handle) as Disk
await handle.close()
const { appendFile, sync, datasync } = disk
let count = 0
const written = new WeakMap<object, string>()

disk.appendFile = async function (this: FileHandle, data) {
  const line = lineOf(data)
  const [blow] = blows
  if (line?.t !== undefined && blow !== undefined && 'half' in blow && blow.half === count + 1) {
    await appendFile.call(this, data.slice(0, data.length / 2))
    await datasync.call(this)
    strike('SIGKILL')
  }
  await appendFile.call(this, data)
  if (line?.t !== undefined) written.set(this, textOf(line.t, line.id))
}

const synced = (real: () => Promise<void>) =>
  async function (this: FileHandle): Promise<void> {
    await real.call(this)
    const name = written.get(this)
    if (name === undefined) return
    written.delete(this)
    count++
    const [blow] = blows
    if (blow === undefined) return
    if ('after' in blow ? blow.after === count : 'record' in blow && blow.record === name) strike('signal' in blow ? blow.signal : 'SIGKILL')
  }
disk.sync = synced(sync)
disk.datasync = synced(datasync)

const write = process.stdout.write.bind(process.stdout) as (...args: unknown[]) => boolean
process.stdout.write = (...args: unknown[]): boolean => {
  const ok = write(...args)
  const line = lineOf(args[0])
  const [blow] = blows
  if (line?.ev !== undefined && blow !== undefined && 'event' in blow && blow.event === textOf(line.ev, line.step, line.phase)) strike(blow.signal)
  return ok
}
