/** The outside host asks many addresses five times a second, one `ping` an address, and it is known when each answered. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Lab } from '../../lib/lab/index.ts'

const EVERY_S = 0.2
/** No answer for longer than this: packets are lost. */
const LOST_S = 3 * EVERY_S

export interface Pinging extends AsyncDisposable {
  /** Addresses that do not answer now. */
  silent(): readonly string[]
  /** Seconds of the longest silence of each address that had one and answers again, ascending. */
  losses(): readonly number[]
}

export function pinging(lab: Lab, addresses: readonly string[]): Pinging {
  const asked = addresses.map((address) => ask(lab.outside, address))
  return {
    silent: () => asked.filter((a) => Date.now() / 1000 - a.last() > LOST_S).map((a) => a.address),
    losses: () => asked.flatMap((a) => (a.loss() > LOST_S ? [a.loss()] : [])).toSorted((a, b) => a - b),
    [Symbol.asyncDispose]: async () => void (await Promise.all(asked.map((a) => a.stop()))),
  }
}

/** `ping -n -D -i 0.2 ADDRESS`: each answer begins with the time it came, `[1764000000.123456]`. */
function ask(netns: string, address: string) {
  const child = spawn('ip', ['netns', 'exec', netns, 'ping', '-n', '-D', '-i', `${EVERY_S}`, address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let last = 0
  let loss = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const at = Number(/^\[(\d+\.\d+)\] \d+ bytes from /.exec(line)?.[1])
    if (Number.isNaN(at)) return
    if (last > 0) loss = Math.max(loss, at - last)
    last = at
  })
  return {
    address,
    /** Seconds since 1970; 0: never. */
    last: () => last,
    loss: () => loss,
    stop: async () => {
      child.kill('SIGINT')
      await closed
    },
  }
}
