/** Packets: asking one host for another. Only reads; nothing here decides what an answer means. */
import { OvngwError } from '../kernel/errors.ts'
import { arpProbe } from '../net/arp.ts'
import { type Ipv4, parseIp } from '../net/ip.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { answer } from '../ovn/call.ts'
import { FRAMES, forwardFrames } from '../ovs/commands.ts'
import type { Link } from '../ovs/node.ts'
import { captureReplies, parsePing, parseReplies, ping } from '../ovs/probe.ts'
import type { Bridge } from '../ovs/vsctl.ts'
import type { Runner } from '../proc/command.ts'
import { pause } from './pause.ts'

/** True as soon as one answer comes back, within 3 s (iputils sends again until then; the first waits for ARP). @throws OvngwError COMMAND when nothing could be sent. */
export async function pings(from: Runner, address: string, signal: AbortSignal): Promise<boolean> {
  const command = ping(parseIp(address), 1, 3)
  return parsePing(await from.run(command, { signal, timeoutMs: 10_000 }), command, from.where).received > 0
}

/** The bridge's own device. On a userspace datapath the host still sees what the NIC sees, so where the bridge is down the NIC does. */
const askFrom = ({ name, datapath_type }: Bridge, nic: string, links: readonly Link[]): string =>
  datapath_type === 'netdev' && links.find((l) => l.name === name)?.up !== true ? nic : name

/** A place on the external network to ask from. */
export interface Ear {
  readonly node: Runner
  readonly bridge: Bridge
  /** Where answers are heard, and its MAC, which they are sent to. */
  readonly dev: string
  readonly mac: Mac
  /** 802.1Q tag of the external network, 0: none. */
  readonly vlan: number
}

/** Undefined: the device has no MAC. */
export function earOf(node: Runner, bridge: Bridge, nic: string, links: readonly Link[], vlan: number): Ear | undefined {
  const dev = askFrom(bridge, nic, links)
  const mac = links.find((l) => l.name === dev)?.mac ?? ''
  return mac === '' ? undefined : { node, bridge, dev, mac: parseMac(mac), vlan }
}

/** A capture begins to listen so much later than it was started; a packet that it misses makes it wait to its end. */
export const untilItListens = (signal: AbortSignal): Promise<void> => pause(700, signal)

/** A switch adds to the counters of its flows what its datapath has done, some time after. */
export const untilCounted = (signal: AbortSignal): Promise<void> => pause(1200, signal)

/** Probes a second, for the network's sake; RFC 5227 wants two or three of each. */
const [RATE, ROUNDS, ROUND_MS] = [1000, 2, 600]

/**
 * MACs that answer ARP probes, by address: all of them in one capture, two rounds. Only where `control`, somebody known to be there, is heard
 * too, silence says that an address is free; a node may begin to listen late, so it is asked twice then. @throws OvngwError COMMAND when
 * nothing could be sent or heard
 */
export async function whoAnswers(ear: Ear, addresses: readonly Ipv4[], control: Ipv4, signal: AbortSignal): Promise<ReadonlyMap<string, readonly Mac[]>> {
  const all = [...addresses, control]
  const heard = await listen(ear, all, signal)
  return heard.has(control) ? heard : listen(ear, all, signal)
}

async function listen(ear: Ear, addresses: readonly Ipv4[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly Mac[]>> {
  const { node, dev, mac } = ear
  const seconds = 1.6 + (addresses.length * ROUNDS * 2) / RATE
  const capture = captureReplies(dev, mac, seconds)
  const began = performance.now()
  const hearing = node.run(capture, { signal, timeoutMs: seconds * 1000 + 15_000 })
  hearing.catch(() => undefined) // while we still send; it is awaited below
  for (let round = 0; round < ROUNDS; round++) {
    await pause(Math.max(0, began + (round + 0.25) * ROUND_MS - performance.now()), signal)
    await probe(ear, addresses, signal)
  }
  const took = performance.now() - began
  const heard = parseReplies(await hearing, capture, node.where)
  if (took > seconds * 1000)
    throw new OvngwError('COMMAND', { what: `${node.where} sent the probes more slowly than it listened`, why: `${Math.round(took)} ms for ${seconds} s` })
  return heard
}

async function probe({ node, bridge, mac, vlan }: Ear, addresses: readonly Ipv4[], signal: AbortSignal): Promise<void> {
  for (let i = 0; i < addresses.length; i += FRAMES) {
    const due = performance.now() + (FRAMES * 1000) / RATE
    const frames = addresses.slice(i, i + FRAMES).map((address) => arpProbe({ mac, address, vlan }))
    await answer(node, forwardFrames(bridge.name, 'LOCAL', frames), { signal })
    if (i + FRAMES < addresses.length) await pause(Math.max(0, due - performance.now()), signal)
  }
}
