/** `lab down`: no process, namespace, link or file of this lab is left, and it looks whether that is so. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import type { Say } from './binaries.ts'
import { procsOf, stopAll } from './daemons.ts'
import { must } from './exec.ts'
import { lock } from './lock.ts'
import { labDir, ROOT } from './paths.ts'
import { netnsOf, procsIn } from './spaces.ts'

/** Takes a lab away, whole or half. Answers whether there was anything. Rejects with LOCKED while an `up` of the same name is at work. */
export async function labDown(name: string, say: Say): Promise<boolean> {
  const there = (await readdir(ROOT).catch((): string[] => [])).includes(labDir(name).slice(ROOT.length + 1))
  await lock(name) // the lock goes with the folder
  return takeAway(name, say, there)
}

/** The same for the holder of the lock. `folder`: whether DIR was there before. */
export async function takeAway(name: string, say: Say, folder = true): Promise<boolean> {
  const dir = labDir(name)
  const [marked, spaces] = await Promise.all([procsOf(name), netnsOf(name)])
  // Whoever sits in the lab's namespaces goes too, a forgotten shell for one: its network is about to end.
  const inside = (await Promise.all(spaces.map(procsIn))).flat()
  const procs = [...new Map([...marked, ...inside].map((p) => [p.pid, p])).values()]
  const existed = procs.length + spaces.length > 0 || folder
  await stopAll(procs, { graceMs: 300 }) // nothing they could still save is worth saving
  // One started by a pod exec while we looked: once more, now that nothing can start another.
  await stopAll(await procsOf(name))
  if (spaces.length > 0) await must(['ip', '-force', '-batch', '-'], { stdin: spaces.map((s) => `netns delete ${s}\n`).join('') })
  await rm(dir, { recursive: true, force: true })
  await rmdir(ROOT).catch(() => undefined) // stays while another lab lives in it
  await verifyGone(name)
  say(existed ? `lab ${name} is down: ${procs.length} processes, ${spaces.length} namespaces, ${dir} are gone` : `there is no lab ${name}`)
  return existed
}

async function verifyGone(name: string): Promise<void> {
  const left = [...(await procsOf(name)).map((p) => `process ${p.pid}`), ...(await netnsOf(name)).map((n) => `namespace ${n}`)]
  if (left.length > 0) throw new OvngwError('BUG', { what: `lab ${name} is not gone`, why: `left: ${left.join(', ')}`, hint: `ovngw lab down --name ${name}` })
}
