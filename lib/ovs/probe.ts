/**
 * Looking at the wire from a node: who answers for an address, does a host answer. Kube-OVN's image carries Habets' `arping` and
 * inetutils' `ping`, Debian with `iputils-*` the others (Dockerfile.base; outputs of both in test/ovs): both are understood.
 */
import { isError, OvngwError } from '../kernel/errors.ts'
import type { Ip } from '../net/ip.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import type { CallOptions } from '../ovn/call.ts'
import { type Command, type Output, type Runner, read, show } from '../proc/command.ts'

export interface ArpProbe {
  /** Device to ask from; needs no address of its own. */
  readonly dev: string
  readonly address: Ip
  /** Requests, one a second. */
  readonly count: number
}

/** `arping -0 -i DEV -c N -w N ADDRESS` (Habets): ARP probes from 0.0.0.0, which change nobody's neighbour table (RFC 5227). */
export const arpingHabets = ({ dev, address, count }: ArpProbe): Command => read('arping', '-0', '-i', dev, '-c', `${count}`, '-w', `${count}`, address)
/** `arping -D -I DEV -c N -w N ADDRESS` (iputils): the same; ends with 1 when somebody answered. */
export const arpingIputils = ({ dev, address, count }: ArpProbe): Command => read('arping', '-D', '-I', dev, '-c', `${count}`, '-w', `${count}`, address)

/**
 * MACs that answer for the address, each once; empty: nobody answered, which proves something only if a host known to be there answers
 * the same probe. @throws OvngwError COMMAND when the probe could not be sent (device down, no right, no tool).
 */
export async function whoHas(runner: Runner, probe: ArpProbe, options: CallOptions = {}): Promise<readonly Mac[]> {
  const limits = { timeoutMs: probe.count * 1000 + 10_000, ...options }
  const first = arpingHabets(probe)
  const output = await runner.run(first, limits)
  if (!/invalid option -- '?0/.test(output.stderr)) return parseArping(output, first, runner.where)
  const second = arpingIputils(probe)
  return parseArping(await runner.run(second, limits), second, runner.where)
}

/** Reads the output of either arping. */
export function parseArping({ stdout, stderr, code }: Output, command: Command, where: string): readonly Mac[] {
  // Only the closing statistics say that requests went out.
  const sent = /^Sent (\d+) probes/m.exec(stdout)?.[1] ?? /^(\d+) packets transmitted/m.exec(stdout)?.[1]
  if (sent === undefined || sent === '0')
    throw new OvngwError('COMMAND', {
      what: `\`${show(command)}\` ended with ${code} at ${where}`,
      why: (stderr.trim() || stdout.trim()).slice(0, 400) || 'it sent nothing',
    })
  const iputils = stdout.matchAll(/^(?:Unicast|Broadcast) reply from \S+ \[([0-9a-f:]{17})\]/gim)
  const habets = stdout.matchAll(/^\d+ bytes from ([0-9a-f:]{17}) \(/gim)
  return [...new Set([...iputils, ...habets].map((m) => parseMac(m[1] ?? '')))]
}

/** `timeout SECONDS tcpdump -n -l -i DEV 'ether dst MAC and …'`: the ARP replies to one station, also those with a VLAN tag. */
export const captureReplies = (dev: string, mac: Mac, seconds: number): Command =>
  read('timeout', `${seconds}`, 'tcpdump', '-n', '-l', '-i', dev, `ether dst ${mac} and (arp[6:2] = 2 or (vlan and arp[6:2] = 2))`)

/** MACs by the address they answer for. @throws OvngwError COMMAND when the capture did not go on to its end. */
export function parseReplies({ stdout, stderr, code }: Output, command: Command, where: string): ReadonlyMap<string, readonly Mac[]> {
  // timeout(1): 124 when it had to end the command.
  if (code !== 124)
    throw new OvngwError('COMMAND', {
      what: `\`${show(command)}\` ended with ${code} at ${where}`,
      why: stderr.trim().slice(-400) || 'it said nothing',
    })
  const macs = new Map<string, Mac[]>()
  for (const [, address = '', text = ''] of stdout.matchAll(/\bReply (\S+) is-at ([0-9a-f:]{17})/gi)) {
    const mac = parseMac(text)
    const known = macs.get(address) ?? []
    if (!known.includes(mac)) macs.set(address, [...known, mac])
  }
  return macs
}

/** `ping -c COUNT -w SECONDS ADDRESS`: options that iputils, inetutils and busybox share. `-w` bounds the whole. */
export const ping = (address: Ip, count: number, seconds: number): Command => read('ping', '-c', `${count}`, '-w', `${seconds}`, address)
/** `ping -c COUNT -s BYTES -w SECONDS ADDRESS`: packets of BYTES + 28. */
export const pingSized = (address: Ip, bytes: number, count: number, seconds: number): Command =>
  read('ping', '-c', `${count}`, '-s', `${bytes}`, '-w', `${seconds}`, address)
/** `ping -M do -s BYTES -c COUNT -w SECONDS ADDRESS` (iputils only): does a packet of BYTES + 28 pass unfragmented. */
export const pingDontFragment = (address: Ip, bytes: number, count: number, seconds: number): Command =>
  read('ping', '-M', 'do', '-s', `${bytes}`, '-c', `${count}`, '-w', `${seconds}`, address)

export interface PingResult {
  readonly sent: number
  readonly received: number
  /** Shortest round trip. */
  readonly ms?: number | undefined
}

/** Statistics of any of the three pings. @throws OvngwError COMMAND when nothing could be sent (no route, no right). */
export function parsePing({ stdout, stderr, code }: Output, command: Command, where: string): PingResult {
  const found = /^(\d+) packets transmitted, (\d+)(?: packets)? received/m.exec(stdout)
  const ms = /^(?:rtt|round-trip) min\/\S+ = ([\d.]+)\//m.exec(stdout)?.[1]
  if (found !== null) return { sent: Number(found[1]), received: Number(found[2]), ms: ms === undefined ? undefined : Number(ms) }
  throw new OvngwError('COMMAND', {
    what: `\`${show(command)}\` ended with ${code} at ${where}`,
    why: (stderr.trim() || stdout.trim()).slice(0, 400) || 'it said nothing',
  })
}

/** `ethtool DEV`. A name with a leading dash (the kernel allows it) would be an option: refused. */
export const ethtool = (dev: string): Command => {
  if (dev.startsWith('-')) throw new OvngwError('USAGE', { what: `ethtool cannot take ${JSON.stringify(dev)} as a device` })
  return read('ethtool', dev)
}

export interface EthtoolResult {
  /** Megabits per second; undefined: unknown (link down, virtual device, no such tool). */
  readonly speed: number | undefined
  readonly duplex: string | undefined
  readonly link: boolean | undefined
}

export function parseEthtool(stdout: string): EthtoolResult {
  const speed = /^\s*Speed: (\d+)Mb\/s$/m.exec(stdout)?.[1]
  const link = /^\s*Link detected: (yes|no)/m.exec(stdout)?.[1]
  const duplex = /^\s*Duplex: (Full|Half)/m.exec(stdout)?.[1]
  return { speed: speed === undefined ? undefined : Number(speed), duplex: duplex?.toLowerCase(), link: link === undefined ? undefined : link === 'yes' }
}

/** Extra facts about a NIC: where the tool is missing or refuses, nothing is known, and that is no error. */
export async function readEthtool(runner: Runner, dev: string, options?: CallOptions): Promise<EthtoolResult> {
  const output = await runner.run(ethtool(dev), options).catch((error: unknown) => {
    if (isError(error, 'NOT_RUN')) return undefined
    throw error
  })
  return parseEthtool(output?.code === 0 ? output.stdout : '')
}
