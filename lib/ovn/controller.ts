/** Does a node's ovn-controller run, and does it reach the southbound database? */
import { type Command, type Output, read } from '../proc/command.ts'

/** `timeout 5 ovn-appctl -t ovn-controller connection-status`: one that hangs is asked no longer. */
export const connectionStatus = (): Command => read('timeout', '5', 'ovn-appctl', '-t', 'ovn-controller', 'connection-status')

/** `unseen`: the tool may not ask, which says nothing of the daemon. */
export type Standing = 'connected' | 'not connected' | 'not running' | 'hangs' | 'unseen'

export function standingOf({ stdout, stderr, code }: Output): Standing {
  if (code === 0) return stdout.trim() === 'connected' ? 'connected' : 'not connected'
  if (code === 124) return 'hangs'
  if (/permission denied|unknown option|not a valid command/i.test(stderr)) return 'unseen'
  return 'not running'
}
