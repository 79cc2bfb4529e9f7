/**
 * Processes that outlive us. Each carries `OVNGW_LAB=NAME` in its environment, so that `down` finds every one of them, also one that was
 * started in the instant before we were killed; pid and start time go into state.json for people and for `status`.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'

export const MARK = 'OVNGW_LAB'

export interface Proc {
  readonly pid: number
  /** Clock ticks after boot (field 22 of /proc/PID/stat): with the pid it names one process for ever. */
  readonly start: string
}

export interface DaemonSpec {
  /** `etcd`, `node1.vswitchd`: also the name of its log. */
  readonly id: string
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Start time of a live process; undefined when it is gone or only a zombie. */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before it may hold spaces and brackets
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

export const isAlive = async (proc: Proc | undefined): Promise<boolean> => proc !== undefined && (await startOf(proc.pid)) === proc.start

/** What outlives us does not carry our caller's whole environment along. */
const inherited = (): Record<string, string> =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TZ'].flatMap((key): [string, string][] => (process.env[key] === undefined ? [] : [[key, process.env[key]]])))

export async function startDaemon(lab: string, logs: string, spec: DaemonSpec): Promise<Proc> {
  const log = openSync(`${logs}/${spec.id}.log`, 'a')
  const [bin = '', ...args] = spec.argv
  try {
    const child = spawn(bin, args, { detached: true, stdio: ['ignore', log, log], cwd: spec.cwd ?? '/', env: { ...inherited(), ...spec.env, [MARK]: lab } })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.once('spawn', resolve)
    child.once('error', reject)
    await promise
    child.unref()
    const start = child.pid === undefined ? undefined : await startOf(child.pid)
    if (child.pid === undefined || start === undefined) throw new OvngwError('NOT_RUN', { what: `${spec.id} ended at once`, why: await tail(logs, spec.id) })
    return { pid: child.pid, start }
  } catch (cause) {
    if (cause instanceof OvngwError) throw cause
    throw new OvngwError('NOT_RUN', { what: `could not start ${spec.id} (${bin})`, why: cause instanceof Error ? cause.message : String(cause), cause })
  } finally {
    closeSync(log)
  }
}

/** Last lines of a daemon's log, for an error message. */
export async function tail(logs: string, id: string, lines = 6): Promise<string> {
  const text = await readFile(`${logs}/${id}.log`, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-lines).join('\n') || `its log ${logs}/${id}.log is empty`
}

/** Every live process whose environment says it belongs to this lab. */
export async function procsOf(lab: string): Promise<Proc[]> {
  const wanted = `${MARK}=${lab}`
  const pids = (await readdir('/proc')).filter((d) => /^\d+$/.test(d)).map(Number)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = pid === process.pid ? '' : await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      if (!environ.split('\0').includes(wanted)) return undefined
      const start = await startOf(pid)
      return start === undefined ? undefined : { pid, start }
    }),
  )
  return found.filter((p) => p !== undefined)
}

/** Ask, wait, then insist. Resolves when none of them lives. */
export async function stopAll(procs: readonly Proc[], { graceMs = 2_000 } = {}): Promise<void> {
  const deadline = performance.now() + graceMs
  let left = await signalAll(procs, 'SIGTERM')
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((r) => setTimeout(r, 20))
    left = await signalAll(left, 0)
  }
  const last = performance.now() + 5_000
  while (left.length > 0) {
    if (performance.now() > last) throw new OvngwError('TIMED_OUT', { what: `processes ${left.map((p) => p.pid).join(', ')} do not end, not even by SIGKILL` })
    left = await signalAll(left, 'SIGKILL')
    await new Promise((r) => setTimeout(r, 20))
  }
}

/** Signals those that are still the process we mean; answers which they are. */
async function signalAll(procs: readonly Proc[], signal: NodeJS.Signals | 0): Promise<Proc[]> {
  const live: Proc[] = []
  for (const proc of procs) {
    if (!(await isAlive(proc))) continue
    try {
      process.kill(proc.pid, signal)
      live.push(proc)
    } catch {
      // gone between the look and the signal
    }
  }
  return live
}
