/** Real packets, watched at each hop: pings of one pod, told from others by their size, in short captures that end by themselves. */

import { type Ctx, defineCheck, fail, pass, unknown, warn } from '../define.ts'
import { nicTargets } from '../gateway/judge-nic-view.ts'
import { markOf } from '../gateway/judge-packets.ts'
import { tryIpv4 } from '../gateway/judge-scene.ts'
import { isAnnotated, type PodView, podName } from '../gateway/pods.ts'
import { untilCounted, untilItListens } from '../gateway/wire.ts'
import type { CheckResult } from '../kernel/check.ts'
import { tolerated } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import { pingSized } from '../ovs/probe.ts'
import { readTunnels } from '../ovs/tunnel.ts'
import { portName } from './ask-port.ts'
import { markedBytes } from './asker.ts'
import { asSeen, countersOf, droppers, startCounting } from './counters.ts'
import { evidence, type Hop, lostAt, type Seen, watchHop } from './hops.ts'
import { subjectOf } from './subject.ts'
import { targetOf } from './target.ts'

/** A capture ends after so many seconds, or once it saw every ping and its answer. */
const [SECONDS, PINGS] = [8, 3]

type Args = { readonly namespace: string; readonly name: string; readonly exit: string | null }

/** The pod's interface; the tunnel at both its ends; the NIC packets leave by; the outside hosts: in the order packets pass them. */
async function hopsOf(
  ctx: Ctx,
  pod: PodView,
  exit: string | null,
  ip: Ipv4,
): Promise<{ readonly inner: readonly Hop[]; readonly tunnel: readonly Hop[]; readonly outer: readonly Hop[] }> {
  const look = ctx.look()
  const filter = `icmp and ip[2:2] = ${markedBytes(ip)}`
  const { node } = pod
  const [targets, ovs] = await Promise.all([nicTargets(look, {}), node === undefined ? undefined : look.ovs(node)])
  const own = ovs?.interfaces.find((i) => i.external_ids['iface-id'] === portName(pod))
  const ends = node === undefined || exit === null || node === exit ? [] : [node, exit]
  // Of other encapsulations tcpdump cannot look inside.
  const geneve = node !== undefined && ends.length > 0 && (await readTunnels(ctx.node(node), { signal: ctx.signal })).some((t) => t.type === 'geneve')
  return {
    inner: node === undefined || own === undefined ? [] : [{ name: `${node}/${own.name}`, runner: ctx.node(node), dev: own.name, filter }],
    tunnel: geneve ? ends.map((end) => ({ name: `${end}/tunnel`, runner: ctx.node(end), dev: 'any', filter: `geneve and ${filter}` })) : [],
    outer: [
      ...(exit === null || targets === undefined ? [] : [{ name: `${exit}/${targets.nic}`, runner: ctx.node(exit), dev: targets.nic, filter }]),
      ...ctx.outside.map((runner) => ({ name: runner.where, runner, dev: 'any', filter, beside: true })),
    ],
  }
}

export const packetHops = defineCheck<Args>({
  id: 'packet-hops',
  group: 'packet',
  title: 'a packet of the pod is seen at every hop, and so is its answer',
  level: 'fatal',
  reads: `${PINGS} pings of the pod; tcpdump at its interface, in the tunnel, at the NIC and the outside hosts, at most ${SECONDS} s and ${PINGS * 2} packets each; counters of its flows and of the patch`,
  why: 'where a packet was seen last is where it was lost',
  mend: 'look between the last hop that saw it and the next',
  run: async (ctx, { exit, ...ref }) => {
    const [{ pod }, target] = await Promise.all([subjectOf(ctx.look(), ref), targetOf(ctx.look())])
    const ip = tryIpv4(pod.ip?.split(',')[0])
    if (target === undefined || ip === undefined) return unknown('there is nothing to ping', { object: podName(pod) })
    const hops = await hopsOf(ctx, pod, exit, ip)
    const counters = await countersOf(ctx, pod, ip, exit)
    const count = await startCounting([...counters.inner, ...counters.outer])
    const watch = (some: readonly Hop[]) => Promise.all(some.map((h) => watchHop(h, { seconds: SECONDS, packets: PINGS * 2 }, ctx.signal)))
    const watching = Promise.all([watch(hops.inner), watch(hops.tunnel), watch(hops.outer)])
    watching.catch(() => undefined) // while it is not awaited yet
    await untilItListens(ctx.signal)
    const sending = ctx.pod(ref).run(pingSized(target, markOf(ip), PINGS, PINGS + 2), { signal: ctx.signal, timeoutMs: 15_000 })
    const [[inner, tunnel, outer], ping] = await Promise.all([watching, tolerated(sending)])
    await untilCounted(ctx.signal)
    const counted = await count()
    const isInner = (hop: string): boolean => counters.inner.some((c) => c.hop === hop)
    const flows = asSeen(counted)
    const list = [...inner, ...flows.filter((f) => isInner(f.hop)), ...tunnel, ...flows.filter((f) => !isInner(f.hop)), ...outer]
    const answered = /(\d+)(?: packets)? received/.exec(ping?.stdout ?? '')?.[1]
    return judge({ pod, ip, target, list, outer, answered, dropped: droppers(counted) })
  },
})

interface Watched {
  readonly pod: PodView
  readonly ip: Ipv4
  readonly target: Ipv4
  readonly list: readonly Seen[]
  /** Those of them behind the gateway. */
  readonly outer: readonly Seen[]
  readonly answered: string | undefined
  readonly dropped: readonly string[]
}

function judge({ pod, ip, target, list, outer, answered, dropped }: Watched): readonly CheckResult[] {
  const object = podName(pod)
  const seen = { hops: [...list], dropped: [...dropped] }
  const all = [evidence(list), ...dropped].join('; ')
  if (answered === undefined) return [{ ...unknown(`the pod cannot ping (its image has none): ${all}`, { object, seen }), level: 'warning' }]
  if (answered !== '0') return [pass(`${answered} of ${PINGS} pings to ${target} answered: ${all}`, { object, seen })]
  const { way, after, before } = lostAt(list, 'the pod', target)
  const where = `lost on its way ${way} between ${after} and ${before}`
  const untranslated = isAnnotated(pod) && outer.some((s) => s.source === ip) ? `; it left untranslated, as ${ip}` : ''
  return [fail(`no ping to ${target} is answered: ${where}${untranslated}`, { object, hint: hintFor(after, before) }), warn(all, { object, seen })]
}

function hintFor(after: string, before: string): string {
  const [node, dev] = after.split('/')
  if (dev === undefined || dev.startsWith('br-')) return `tcpdump -ni any icmp   # between ${after} and ${before}`
  return `tcpdump -ni ${dev === 'tunnel' ? 'any' : dev} icmp   # on ${node}`
}
