/** A train of pings at one pace: how much of it was lost, in time. */
import { OvngwError } from '../kernel/errors.ts'
import type { Ip } from '../net/ip.ts'
import { type Command, type Output, read, show } from '../proc/command.ts'

/**
 * `ping -c COUNT -i SECONDS -W 1 ADDRESS`: options that iputils, inetutils and busybox share. Without `-w` exactly COUNT are sent, and the last
 * one is waited for.
 */
export const pingSteadily = (address: Ip, count: number, everyMs: number): Command =>
  read('ping', '-c', `${count}`, '-i', `${everyMs / 1000}`, '-W', '1', address)

export interface Steady {
  readonly sent: number
  readonly lost: number
  /** Time between two of them as it really was. */
  readonly everyMs: number
  /** One of the last three was answered. */
  readonly answeredLast: boolean
}

/** Reads the output of any of the three pings. @throws OvngwError COMMAND when nothing was sent: no route, no right, a pace it does not take */
export function parseSteady({ stdout, stderr, code }: Output, command: Command, everyMs: number, where: string): Steady {
  const found = /^(\d+) packets transmitted,.*?(?:\btime (\d+)ms)?$/m.exec(stdout)
  const sent = Number(found?.[1] ?? 0)
  if (sent === 0)
    throw new OvngwError('COMMAND', {
      what: `\`${show(command)}\` ended with ${code} at ${where}`,
      why: (stderr.trim() || stdout.trim()).slice(0, 400) || 'it said nothing',
    })
  // An answer that came twice is one. iputils counts from 1, the others from 0.
  const answered = new Set([...stdout.matchAll(/^\d+ bytes from .*?\b(?:icmp_)?seq=(\d+)/gm)].map((m) => Number(m[1])))
  const took = Number(found?.[2] ?? 0)
  return {
    sent,
    lost: Math.max(0, sent - answered.size),
    everyMs: took > 0 && sent > 1 ? Math.max(everyMs, took / (sent - 1)) : everyMs,
    answeredLast: [...answered].some((seq) => seq >= sent - 3),
  }
}
