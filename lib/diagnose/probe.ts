/** Real packets, watched at each hop: pings of one pod, told from others by their size, in short captures that end by themselves. */
import { type Ctx, defineCheck, fail, pass, unknown } from '../define.ts'
import { nicTargets } from '../gateway/judge-nic-view.ts'
import { markOf } from '../gateway/judge-packets.ts'
import { podName } from '../gateway/pods.ts'
import { isError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, read } from '../proc/command.ts'
import { subjectOf } from './subject.ts'
import { targetOf } from './target.ts'

/** A capture ends after so many seconds or packets, whichever is first. */
const [SECONDS, PACKETS, PINGS] = [8, 6, 5]

/** `timeout 8 tcpdump -n -l -i DEV -s 96 -c 6 'icmp and ip[2:2] = 805'` */
export const captureMarked = (dev: string, mark: number): Command =>
  read('timeout', `${SECONDS}`, 'tcpdump', '-n', '-l', '-i', dev, '-s', '96', '-c', `${PACKETS}`, `icmp and ip[2:2] = ${mark + 28}`)

export interface Seen {
  readonly requests: number
  readonly replies: number
}

export const countMarked = (stdout: string): Seen => ({
  requests: stdout.match(/ICMP echo request/g)?.length ?? 0,
  replies: stdout.match(/ICMP echo reply/g)?.length ?? 0,
})

interface Hop {
  readonly name: string
  readonly runner: Runner
  readonly dev: string
}

/** Undefined: nothing could be captured there. */
async function capture(ctx: Ctx, { runner, dev }: Hop, mark: number): Promise<Seen | undefined> {
  const output = await tolerated(runner.run(captureMarked(dev, mark), { signal: ctx.signal, timeoutMs: (SECONDS + 10) * 1000 }))
  // timeout(1) ends with 124 when it had to end the command, tcpdump with 0 when it had its packets.
  return output === undefined || (output.code !== 124 && output.code !== 0) ? undefined : countMarked(output.stdout)
}

async function tolerated(running: Promise<Output>): Promise<Output | undefined> {
  try {
    return await running
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    return undefined
  }
}

/** The pod's interface on its node, the NIC packets leave by, the outside hosts: in the order packets pass them. */
async function hopsOf(ctx: Ctx, ref: { readonly namespace: string; readonly name: string }, exit: string | null): Promise<readonly Hop[]> {
  const look = ctx.look()
  const [{ pod }, targets] = await Promise.all([subjectOf(look, ref), nicTargets(look, {})])
  const port = `${ref.name}.${ref.namespace}`
  const own = pod.node === undefined ? undefined : (await look.ovs(pod.node)).interfaces.find((i) => i.external_ids['iface-id'] === port)
  return [
    ...(pod.node === undefined || own === undefined ? [] : [{ name: `${pod.node}/${own.name}`, runner: ctx.node(pod.node), dev: own.name }]),
    ...(exit === null || targets === undefined ? [] : [{ name: `${exit}/${targets.nic}`, runner: ctx.node(exit), dev: targets.nic }]),
    ...ctx.outside.map((runner) => ({ name: runner.where, runner, dev: 'any' })),
  ]
}

export const packetHops = defineCheck<{ readonly namespace: string; readonly name: string; readonly exit: string | null }>({
  id: 'packet-hops',
  group: 'packet',
  title: 'a packet of the pod is seen at every hop, and so is its answer',
  level: 'fatal',
  reads: `${PINGS} pings of the pod; tcpdump at its interface, at the NIC and at the outside hosts, ${SECONDS} s and ${PACKETS} packets each`,
  why: 'where a packet was seen last is where it was lost',
  mend: 'look between the last hop that saw it and the next',
  run: async (ctx, { exit, ...ref }) => {
    const [{ pod }, target, hops] = await Promise.all([subjectOf(ctx.look(), ref), targetOf(ctx.look()), hopsOf(ctx, ref, exit)])
    const object = podName(pod)
    if (target === undefined || pod.ip === undefined) return unknown('there is nothing to ping', { object })
    const mark = markOf(pod.ip)
    const capturing = Promise.all(hops.map((h) => capture(ctx, h, mark)))
    const command = read('ping', '-c', `${PINGS}`, '-s', `${mark}`, '-w', `${SECONDS - 1}`, target)
    const [seen, ping] = await Promise.all([capturing, tolerated(ctx.pod(ref).run(command, { signal: ctx.signal, timeoutMs: 15_000 }))])
    const list = hops.map((h, i) => ({ hop: h.name, seen: seen[i] }))
    const evidence = list.map(({ hop, seen: s }) => (s === undefined ? `${hop} not to be watched` : `${hop} ${s.requests} out ${s.replies} back`)).join(', ')
    const answered = /(\d+)(?: packets)? received/.exec(ping?.stdout ?? '')?.[1]
    const rest = { object, seen: list.map(({ hop, seen: s }) => ({ hop, requests: s?.requests ?? null, replies: s?.replies ?? null })) }
    if (answered === undefined) return { ...unknown(`the pod cannot ping (${evidence})`, rest), level: 'warning' }
    if (answered !== '0') return pass(`${answered} of ${PINGS} pings to ${target} answered: ${evidence}`, rest)
    return fail(`no ping to ${target} is answered: ${evidence}`, { ...rest, hint: `tcpdump -ni any icmp   # between ${lastSeen(list)}` })
  },
})

/** `node1/eth1 and outside`: the last hop that saw it, and the first that did not. */
function lastSeen(list: readonly { readonly hop: string; readonly seen: Seen | undefined }[]): string {
  const lost = list.findIndex(({ seen }) => seen !== undefined && seen.requests === 0)
  if (lost < 0) return `${list.at(-1)?.hop ?? 'the pod'} and the next hop`
  return `${list[lost - 1]?.hop ?? 'the pod'} and ${list[lost]?.hop}`
}
