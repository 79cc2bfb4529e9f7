/** Questions asked while the far side is watched: the answer says that packets pass, the far side as whom the caller came. */

import type { Ctx } from '../define.ts'
import { untilItListens } from '../gateway/wire.ts'
import { tolerated } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import { capture, type Packet, parseCapture } from '../ovs/capture.ts'
import type { Port } from '../ovs/reach.ts'
import type { Runner } from '../proc/command.ts'
import { type Answer, type Asker, PINGS } from './asker.ts'

/** A capture ends after so many seconds, or once it has seen what was sent. */
const SECONDS = 8

export const showPort = ({ protocol, port }: Port): string => `${protocol}/${port}`

export interface Place {
  readonly runner: Runner
  readonly dev: string
}

interface Watched {
  readonly places: readonly Place[]
  readonly filter: string
  readonly marked: number
}

interface Questions {
  readonly address: Ipv4
  readonly sizes: readonly number[]
  readonly ports: readonly Port[]
  readonly echo: boolean
}

type Told = Answer & { readonly what: string }

/** Pings first, so that the watchers listen when what is sent only once is sent. */
export async function ask(ctx: Ctx, asker: Asker, { address, sizes, ports, echo }: Questions, { places, filter, marked }: Watched): Promise<readonly Told[]> {
  const packets = PINGS + sizes.length + ports.length
  const watching = Promise.all(places.map(({ runner, dev }) => seenBy(ctx, runner, dev, filter, packets)))
  watching.catch(() => undefined) // while it is not awaited yet
  if (places.length > 0) await untilItListens(ctx.signal)
  const small = await asker.icmp(address, undefined, ctx.signal)
  const [large, reached] = await Promise.all([
    Promise.all(sizes.map(async (bytes) => ({ bytes, answer: await asker.icmp(address, bytes, ctx.signal) }))),
    Promise.all(ports.map(async (port) => ({ port, answer: await asker.reach(address, port, echo, ctx.signal) }))),
  ])
  const seen = (await watching).flat()
  const sized = (bytes: number) => (p: Packet) => p.bytes === bytes
  const called = (port: Port) => (p: Packet) => p.to === port.port && (p.kind === 'syn') === (port.protocol === 'tcp')
  return [
    { what: 'icmp', ...withSource(small, seen.filter(sized(marked))) },
    ...large.map(({ bytes, answer }) => ({ what: `icmp ${bytes} DF`, ...withSource(answer, seen.filter(sized(bytes))) })),
    ...reached.map(({ port, answer }) => ({ what: showPort(port), ...withSource(answer, seen.filter(called(port))) })),
  ]
}

async function seenBy(ctx: Ctx, runner: Runner, dev: string, filter: string, packets: number): Promise<readonly Packet[]> {
  const running = runner.run(capture({ dev, seconds: SECONDS, packets, filter }), { signal: ctx.signal, timeoutMs: (SECONDS + 10) * 1000 })
  return parseCapture((await tolerated(running))?.stdout ?? '')
}

/** An echo's word counts first; a capture's only where all packets had one source: others may have called too. */
function withSource(answer: Answer, seen: readonly Packet[]): Answer {
  const sources = new Set(seen.map((p) => p.source))
  return answer.seen !== undefined || sources.size !== 1 ? answer : { ...answer, seen: [...sources][0] }
}
