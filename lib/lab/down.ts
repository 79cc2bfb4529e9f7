/** `lab down`: no process, namespace, link or file of this lab is left, and it looks whether that is so. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import type { Say } from './binaries.ts'
import { procsOf, stopAll } from './daemons.ts'
import { must } from './exec.ts'
import { labDir, ROOT } from './paths.ts'

/** Takes a lab away, whole or half. Answers whether there was anything. */
export async function labDown(name: string, say: Say): Promise<boolean> {
  const dir = labDir(name)
  const [procs, spaces, dirs] = await Promise.all([procsOf(name), netnsOf(name), readdir(ROOT).catch((): string[] => [])])
  const existed = procs.length + spaces.length > 0 || dirs.includes(name)
  await stopAll(procs)
  // One started by a pod exec while we looked: once more, now that nothing can start another.
  await stopAll(await procsOf(name))
  if (spaces.length > 0) await must(['ip', '-force', '-batch', '-'], { stdin: spaces.map((s) => `netns delete ${s}\n`).join('') })
  await rm(dir, { recursive: true, force: true })
  await rmdir(ROOT).catch(() => undefined) // stays while another lab lives in it
  await verifyGone(name)
  say(existed ? `lab ${name} is down: ${procs.length} processes, ${spaces.length} namespaces, ${dir} are gone` : `there is no lab ${name}`)
  return existed
}

export const netnsOf = async (name: string): Promise<string[]> =>
  (await readdir('/run/netns').catch((): string[] => [])).filter((n) => n.startsWith(`${name}-`))

async function verifyGone(name: string): Promise<void> {
  const left = [...(await procsOf(name)).map((p) => `process ${p.pid}`), ...(await netnsOf(name)).map((n) => `namespace ${n}`)]
  if (left.length > 0) throw new OvngwError('BUG', { what: `lab ${name} is not gone`, why: `left: ${left.join(', ')}`, hint: `ovngw lab down --name ${name}` })
}
