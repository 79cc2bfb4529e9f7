/** Who we are, and whether the process that once held something is still there. Linux: a pid is told apart from its next user by its start time. */
import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import type { Process } from './record.ts'

/** Start of a process in clock ticks since boot (proc(5), field 22 of /proc/PID/stat); undefined when it is not there or not Linux. */
export function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[19])
  } catch {
    return undefined
  }
}

export function thisProcess(version: string): Process {
  return { pid: process.pid, start: startOf(process.pid), by: `${user()}@${hostname()}`, version }
}

function user(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown') // no passwd entry, as in many containers
  }
}

/** 'elsewhere': another host's, cannot be told. */
export type Life = 'alive' | 'dead' | 'elsewhere'

export function lifeOf({ pid, start, by }: Pick<Process, 'pid' | 'start' | 'by'>): Life {
  if (by.slice(by.lastIndexOf('@') + 1) !== hostname()) return 'elsewhere'
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    const denied = thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
    if (!denied) return 'dead'
  }
  const now = startOf(pid)
  return start !== undefined && now !== undefined && now !== start ? 'dead' : 'alive'
}
