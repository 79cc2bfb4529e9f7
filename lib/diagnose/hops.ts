/** Hops of a packet, each watched by a capture that ends by itself; and where, by what all of them saw, it was lost. Pure but for `watchHop`. */
import { asError } from '../kernel/errors.ts'
import { type Capture, capture, parseCapture } from '../ovs/capture.ts'
import type { Runner } from '../proc/command.ts'

export interface Hop {
  readonly name: string
  readonly runner: Runner
  readonly dev: string
  readonly filter: string
  /** Who sees nothing there need not be on the way. */
  readonly beside?: boolean
}

export type Seen = {
  readonly hop: string
  /** Distinct pings on their way out, and answers on their way back; null: not to be known there. */
  readonly requests: number | null
  readonly replies: number | null
  /** Sender of the pings as they passed; undefined: none did. */
  readonly source?: string
  /** Why it is not known. */
  readonly why?: string
}

export async function watchHop({ name, runner, dev, filter, beside }: Hop, bounds: Pick<Capture, 'seconds' | 'packets'>, signal: AbortSignal): Promise<Seen> {
  const unseen = (why: string): Seen => ({ hop: name, requests: null, replies: null, why })
  try {
    const { stdout, stderr, code } = await runner.run(capture({ dev, filter, ...bounds }), { signal, timeoutMs: (bounds.seconds + 10) * 1000 })
    if (code === 126 || code === 127) return unseen('no tcpdump')
    // timeout(1) ends with 124 when it had to end the command, tcpdump with 0 when it had its packets.
    if (code !== 124 && code !== 0) return unseen(stderr.trim().split('\n').at(-1) ?? `tcpdump ended with ${code}`)
    const packets = parseCapture(stdout)
    // A bridge or bond shows one packet several times.
    const count = (kind: 'request' | 'reply'): number => new Set(packets.filter((p) => p.kind === kind).map((p) => p.seq)).size
    const [requests, replies] = [count('request'), count('reply')]
    if (beside === true && requests + replies === 0) return unseen('saw nothing: it need not be on the way')
    const source = packets.find((p) => p.kind === 'request')?.source
    return { hop: name, requests, replies, ...(source === undefined ? {} : { source }) }
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw thrown
    return unseen(error.code === 'NOT_RUN' && /no such|not found|cannot run/i.test(error.message) ? 'no tcpdump' : error.message)
  }
}

/** `node2/eth3 3 out 3 back, node1/eth1 not watched (no tcpdump)` */
export const evidence = (list: readonly Seen[]): string => list.map(said).join(', ')

function said({ hop, requests, replies, why }: Seen): string {
  if (requests === null && replies === null) return `${hop} ${why?.startsWith('saw') ? why : `not watched (${why ?? 'nobody can tell'})`}`
  return `${hop}${requests === null ? '' : ` ${requests} out`}${replies === null ? '' : ` ${replies} back`}`
}

export interface Lost {
  readonly way: 'out' | 'back'
  /** The last that saw it, and the next that did not. */
  readonly after: string
  readonly before: string
}

/** In the order packets pass. Who saw it later disproves who did not; who cannot tell is passed over. */
export function lostAt(list: readonly Seen[], pod: string, target: string): Lost {
  const reached = list.findLastIndex((s) => (s.requests ?? 0) > 0)
  const missing = list.find((s, i) => i > reached && s.requests === 0)
  if (missing !== undefined) return { way: 'out', after: list[reached]?.hop ?? pod, before: missing.hop }
  const back = list.findIndex((s) => (s.replies ?? 0) > 0)
  if (back < 0) return { way: 'out', after: list[reached]?.hop ?? pod, before: target }
  return { way: 'back', after: list[back]?.hop ?? target, before: list.findLast((s, i) => i < back && s.replies === 0)?.hop ?? pod }
}
