/** The two ways a disturbed run may end, and what else must then be so. */
import { expect } from 'vitest'
import type { Ended } from './cli.ts'
import type { Stage } from './scenes.ts'
import { changes, type World, worldState } from './state.ts'

/** Done: exit 0 and the target. Else the state before: exit 4 when a write had begun, 3 when none had. Soft: one bad point must not hide another. */
export async function expectDoneOrBefore({ lab, cli, before }: Stage, { exit, said }: Ended, target: World, at: string): Promise<void> {
  const wrote = cli.journal()?.records.some((r) => r.startsWith('begin apply:')) === true
  const done = exit === 0
  const is = { exit, changes: ofNow(changes(done ? target : before, await worldState(lab)), said) }
  expect.soft(is, `${at}\n${said}`).toEqual({ exit: done ? 0 : wrote ? 4 : 3, changes: [] })
}

/** `first` was a disturbed rollback: it worked, or says that something is left and works the second time, undisturbed. */
export async function expectBackInTwo({ lab, cli }: Stage, args: readonly string[], first: Ended, before: World, at: string): Promise<void> {
  expect.soft([0, 3, 5], first.said).toContain(first.exit)
  const last = first.exit === 0 ? first : await cli.run(args)
  const is = { exit: last.exit, changes: ofNow(changes(before, await worldState(lab)), last.said) }
  expect.soft(is, `${at}\n${first.said}\n${last.said}`).toEqual({ exit: 0, changes: [] })
}

/** A lock that could not be given back, and was said to be left, is in nobody's way once it has run out (test/kube/lease.test.ts). */
function ofNow(found: readonly string[], said: string): readonly string[] {
  return said.includes('the lock could not be given back and will expire by itself')
    ? found.filter((f) => !(f.startsWith('kube leases: +') && f.includes('"name":"ovngw"')))
    : found
}
