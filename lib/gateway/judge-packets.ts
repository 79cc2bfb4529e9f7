/** Asking with packets, and what an answer is worth: a question is only believed beside one whose answer is known. */
import type { Site } from '../inventory/site.ts'
import type { CheckResult } from '../kernel/check.ts'
import { unknown } from '../kernel/check.ts'
import { isError, tolerated } from '../kernel/errors.ts'
import { parseIp } from '../net/ip.ts'
import { listNeighbours, type Neighbour, parseNeighbours } from '../ovs/node.ts'
import { parsePing, pingDontFragment } from '../ovs/probe.ts'
import { waysToAsk } from '../ovs/reach.ts'
import { type Command, type Output, type Runner, read } from '../proc/command.ts'
import { annotatedPods } from './judge.ts'
import { tryIp, tryIpv4 } from './judge-scene.ts'
import { type PodView, podName } from './pods.ts'
import { pings } from './wire.ts'

export const NO_PROBE = 'packets are unproved: the site has no probe.outside'

/** `unknown` that stops nothing: a probe that cannot speak is no reason to roll a good gateway back (product.md, Defaults). */
export const unproved = (detail: string, rest: Omit<CheckResult, 'outcome' | 'detail'> = {}): CheckResult => ({
  ...unknown(detail, rest),
  level: 'warning',
})

/** True, false, or `undefined` where the question could not even be asked. */
export async function answers(from: Runner, address: string, signal: AbortSignal): Promise<boolean | undefined> {
  try {
    return await pings(from, address, signal)
  } catch (error) {
    if (isError(error, 'COMMAND', 'NOT_RUN', 'TIMED_OUT', 'FORBIDDEN', 'NOT_FOUND', 'UNREACHABLE')) return undefined
    throw error
  }
}

const tried = (from: Runner, command: Command, signal: AbortSignal, timeoutMs = 10_000): Promise<Output | undefined> =>
  tolerated(from.run(command, { signal, timeoutMs }))

/** Undefined where the host has nothing to connect with. */
export async function connects(from: Runner, address: string, port: number, signal: AbortSignal): Promise<boolean | undefined> {
  const ip = tryIpv4(address)
  for (const { command, parse } of ip === undefined ? [] : waysToAsk(ip, { protocol: 'tcp', port }, false)) {
    const output = await tried(from, command, signal)
    const reached = output === undefined ? undefined : parse(output)
    if (reached !== undefined) return reached.outcome === 'answered'
  }
  return undefined
}

/** Where an echo of the site listens (`probe.outside: [{ http: … }]`). */
export function echoOf({ probe }: Pick<Site, 'probe'>): { readonly address: string; readonly port: number } | undefined {
  const url = (probe?.outside ?? []).flatMap((v) => ('http' in v ? [new URL(v.http)] : []))[0]
  return url === undefined ? undefined : { address: url.hostname, port: Number(url.port || 80) }
}

/** Does a packet of so many bytes pass unfragmented? Undefined where the host cannot ask (busybox ping has no DF). */
export async function passesWhole(from: Runner, address: string, bytes: number, signal: AbortSignal): Promise<boolean | undefined> {
  const command = pingDontFragment(parseIp(address), bytes - 28, 1, 3)
  const output = await tried(from, command, signal)
  try {
    return output === undefined ? undefined : parsePing(output, command, from.where).received > 0
  } catch (error) {
    if (isError(error, 'COMMAND')) return undefined
    throw error
  }
}

/** What a host believes of its segment; undefined where it has no iproute2 to ask. */
export async function neighbours(at: Runner, signal: AbortSignal): Promise<readonly Neighbour[] | undefined> {
  const output = await tried(at, listNeighbours(), signal)
  return output?.code === 0 ? parseNeighbours(output.stdout) : undefined
}

/** Port of an echo where the site says none: the lab's outside host has one there. */
const ECHO_PORT = 8080

/** What is known of a pod's packets to a target. */
export interface Seen {
  /** The source address the target saw. */
  readonly as?: string | undefined
  /** Did an answer come back? Undefined: the pod's image has nothing to ask with. */
  readonly answered?: boolean | undefined
}

interface Target {
  readonly address: string
  readonly port?: number
}

/** The source address the target saw of this pod: asked over HTTP with what the image has, else watched at an outside host while the pod pings. */
export async function seenAs(pod: Runner, outside: readonly Runner[], target: Target, mark: number, signal: AbortSignal): Promise<Seen> {
  const { address, port = ECHO_PORT } = target
  const url = `http://${address}:${port}/`
  for (const ask of [read('curl', '-s', '-m', '5', url), read('wget', '-q', '-T', '5', '-O', '-', url)]) {
    const output = await tried(pod, ask, signal)
    const as = output?.code === 0 ? tryIp(output.stdout.trim().split(/\s/)[0]) : undefined
    if (as !== undefined) return { as, answered: true }
    if (output !== undefined && output.code < 126) break // it is there and got no answer: nor would the other
  }
  const watching = Promise.all(outside.map((o) => watch(o, address, mark, signal)))
  const [watched, ping] = await Promise.all([watching, tried(pod, read('ping', '-c', '6', '-s', `${mark}`, '-w', '7', address), signal, 12_000)])
  const received = /(\d+)(?: packets)? received/.exec(ping?.stdout ?? '')?.[1]
  return { as: watched.find((w) => w !== undefined), answered: received === undefined ? undefined : received !== '0' }
}

/**
 * Payload size (300 … 1299 bytes, under every pod MTU) that tells the echo requests of one pod from those of its neighbours: pods are asked
 * at the same time, and one's packet must not prove another.
 */
export const markOf = (podIp: string): number =>
  300 + (podIp.split(/[.:]/).reduce((n, part) => (n * 256 + (Number.parseInt(part, 10) || 0)) % 1_000_000_007, 0) % 1000)

/** `timeout 8 tcpdump -n -l -i any -c 1 'icmp[icmptype] = icmp-echo and dst host TARGET and ip[2:2] = 805'` */
async function watch(outside: Runner, target: string, mark: number, signal: AbortSignal): Promise<string | undefined> {
  const filter = `icmp[icmptype] = icmp-echo and dst host ${target} and ip[2:2] = ${mark + 28}`
  const output = await tried(outside, read('timeout', '8', 'tcpdump', '-n', '-l', '-i', 'any', '-c', '1', filter), signal, 12_000)
  return tryIp(/IP (\S+) > /.exec(output?.stdout ?? '')?.[1])
}

/** What the pod answers on, as the site's assignment declares. */
export function provedOn(site: Site, pod: PodView): { readonly protocol: 'tcp' | 'udp'; readonly port: number } | undefined {
  return site.assignments.find((a) => 'pod' in a.target && podName(a.target.pod) === podName(pod) && a.prove !== undefined)?.prove
}

/** So many pods are asked when nobody names one: a sample, not 10,000 pings. */
const SAMPLE = 10
export const sampled = <T>(items: readonly T[]): readonly T[] => items.slice(0, SAMPLE)

/** The annotated pods that a check asks with packets: those named, else a sample. */
export function askedPods(all: readonly PodView[], names: readonly string[] | undefined, is: (pod: PodView) => boolean = () => true): readonly PodView[] {
  const pods = annotatedPods(all).filter((p) => !p.deleting && is(p))
  return names === undefined ? sampled(pods) : pods.filter((p) => names.includes(podName(p)))
}

export const hasEip = (pod: PodView): boolean => pod.eip !== undefined
