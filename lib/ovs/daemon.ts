/** Does a node's ovs-vswitchd live? */
import { type Command, type Output, read } from '../proc/command.ts'

/** `timeout 5 ovs-appctl -t ovs-vswitchd version`: one that hangs is asked no longer. */
export const switchVersion = (): Command => read('timeout', '5', 'ovs-appctl', '-t', 'ovs-vswitchd', 'version')

/** `unseen`: the tool may not ask, which says nothing of the daemon. */
export type Standing = 'answers' | 'hangs' | 'not running' | 'unseen'

/** What `switchVersion` found. */
export function standingOf({ stderr, code }: Output): Standing {
  if (code === 0) return 'answers'
  if (code === 124) return 'hangs'
  return /permission denied/i.test(stderr) ? 'unseen' : 'not running'
}
