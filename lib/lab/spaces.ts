/** Network namespaces of a lab, and who lives in them. */
import { readdir } from 'node:fs/promises'
import { type Proc, startOf } from './daemons.ts'
import { must } from './exec.ts'

export const netnsOf = async (lab: string): Promise<string[]> => (await readdir('/run/netns').catch((): string[] => [])).filter((n) => n.startsWith(`${lab}-`))

/** Processes inside a namespace, ours excepted. */
export async function procsIn(netns: string): Promise<Proc[]> {
  const pids = (await must(['ip', 'netns', 'pids', netns])).split('\n').filter(Boolean).map(Number)
  const procs = await Promise.all(pids.filter((pid) => pid !== process.pid).map(async (pid) => ({ pid, start: await startOf(pid) })))
  return procs.filter((p): p is Proc => p.start !== undefined)
}
