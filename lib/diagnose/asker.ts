/** Somebody who asks an address with packets: a pod, or a host outside. */
import { markOf } from '../gateway/judge-packets.ts'
import { asError } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import { parsePing, pingDontFragment, pingSized } from '../ovs/probe.ts'
import { type Port, type Reached, waysToAsk } from '../ovs/reach.ts'
import type { Command, Output, Runner } from '../proc/command.ts'

/** `not asked`: nothing was sent, and why. */
export interface Answer extends Omit<Reached, 'outcome'> {
  readonly outcome: Reached['outcome'] | 'not asked'
  readonly why?: string | undefined
}

export interface Asker {
  readonly where: string
  /** @param bytes of the whole packet, which then may not be fragmented; undefined: some pings of `markedBytes` */
  icmp(address: Ipv4, bytes: number | undefined, signal: AbortSignal): Promise<Answer>
  /** @param echo it says whom it saw */
  reach(address: Ipv4, port: Port, echo: boolean, signal: AbortSignal): Promise<Answer>
}

/** IP and ICMP header. */
const HEADERS = 28
/** Small ones: the first waits for ARP. */
export const PINGS = 2
export const markedBytes = (podIp: string): number => markOf(podIp) + HEADERS

/** The output, or why there is none. */
async function tried(runner: Runner, command: Command, signal: AbortSignal, stdin?: string): Promise<Output | string> {
  try {
    return await runner.run(command, { signal, timeoutMs: 15_000, stdin })
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw thrown
    return error.message
  }
}

/** @param podIp whose packets these are: their size tells them from those of others */
export function runnerAsker(runner: Runner, podIp: string): Asker {
  return {
    where: runner.where,
    icmp: async (address, bytes, signal) => {
      const command = bytes === undefined ? pingSized(address, markOf(podIp), PINGS, 4) : pingDontFragment(address, bytes - HEADERS, 1, 3)
      const output = await tried(runner, command, signal)
      return typeof output === 'string' ? { outcome: 'not asked', why: output } : pinged(output, command, runner.where)
    },
    reach: async (address, port, echo, signal) => {
      const missing: string[] = []
      for (const { command, stdin, parse } of waysToAsk(address, port, echo)) {
        const output = await tried(runner, command, signal, stdin)
        const reached = typeof output === 'string' ? undefined : parse(output)
        if (reached !== undefined) return reached
        missing.push(command.bin === 'timeout' ? 'bash' : command.bin)
      }
      return { outcome: 'not asked', why: `${runner.where} cannot ask with any of ${missing.join(', ')}` }
    },
  }
}

/** Who refuses a packet for its size, and what passes: iputils of the sender itself, or a router's answer. */
const TOO_LARGE = /message too long, mtu[ =](\d+)|Frag needed and DF set \(mtu = (\d+)\)/i

function pinged(output: Output, command: Command, where: string): Answer {
  try {
    const { received, ms } = parsePing(output, command, where)
    const [, own, router] = TOO_LARGE.exec(`${output.stdout}\n${output.stderr}`) ?? []
    const why =
      own !== undefined ? `larger than the sender’s own MTU, ${own}` : router === undefined ? undefined : `a router on the way passes ${router} bytes only`
    return received > 0 ? { outcome: 'answered', ms } : { outcome: 'silent', why }
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code !== 'COMMAND') throw thrown
    return { outcome: 'not asked', why: error.why ?? error.message }
  }
}
