/** Packets of one pod, out and in: who was asked, who answered, in what time, and as whom the far side saw the caller. Only reads. */
import type { Ctx } from '../define.ts'
import { provedOn } from '../gateway/judge-packets.ts'
import { tryIpv4 } from '../gateway/judge-scene.ts'
import { type PodView, podName } from '../gateway/pods.ts'
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import type { Port } from '../ovs/reach.ts'
import { portName } from './ask-port.ts'
import { type Answer, markedBytes, runnerAsker } from './asker.ts'
import { subjectOf } from './subject.ts'
import { targetOf } from './target.ts'
import { ask, type Place, showPort } from './watched.ts'

export type Direction = 'to outside' | 'from outside'

export interface Target {
  readonly address: Ipv4
  /** Where an echo listens; undefined: it is only pinged. */
  readonly port?: number | undefined
}

export interface PacketPlan {
  readonly ref: PodRef
  readonly ways: readonly Direction[]
  /** What the pod answers on; undefined: as its assignment declares. */
  readonly ports: readonly Port[] | undefined
  /** Of whole packets that may not be fragmented; undefined: the MTU of the pods. */
  readonly sizes: readonly number[] | undefined
  /** Undefined: the site's echo, else its probe target, else the next hop. */
  readonly target: Target | undefined
}

/** An echo outside that asks for us (`probe.outside: [{ http: … }]`). */
export interface Echo {
  readonly where: string
  readonly address: Ipv4
  readonly port: number
  ask(address: Ipv4, port: Port, signal: AbortSignal): Promise<Answer>
}

export interface Asked extends Answer {
  readonly way: Direction
  readonly from: string
  readonly to: string
  /** `icmp`, `icmp 1400 DF`, `tcp/443`. */
  readonly what: string
  /** As whom it should be seen; empty: nobody says. */
  readonly expected: readonly string[]
}

export interface Probed {
  readonly pod: PodView
  readonly asked: readonly Asked[]
  /** What was not asked for, and how it could be. */
  readonly notes: readonly string[]
}

interface Scene {
  readonly ctx: Ctx
  readonly pod: PodView
  readonly ip: Ipv4
  readonly sizes: readonly number[]
  readonly mtuUnseen: boolean
}

/** @throws OvngwError NOT_FOUND: no such pod; USAGE: there is nobody to ask */
export async function probePackets(ctx: Ctx, plan: PacketPlan, echoes: readonly Echo[]): Promise<Probed> {
  const { pod } = await subjectOf(ctx.look(), plan.ref)
  const ip = tryIpv4(pod.ip?.split(',')[0])
  if (ip === undefined)
    throw new OvngwError('NOT_FOUND', { what: `${podName(pod)} has no IPv4 address yet`, hint: `kubectl -n ${pod.namespace} describe pod ${pod.name}` })
  const mtu = plan.sizes === undefined ? await podMtu(ctx, pod) : undefined
  const scene: Scene = { ctx, pod, ip, sizes: plan.sizes ?? (mtu === undefined ? [] : [mtu]), mtuUnseen: plan.sizes === undefined && mtu === undefined }
  const [out, back] = await Promise.all([
    plan.ways.includes('to outside') ? outwards(scene, plan, echoes) : { asked: [], notes: [] },
    plan.ways.includes('from outside') ? inwards(scene, plan, echoes) : { asked: [], notes: [] },
  ])
  const unseen = scene.mtuUnseen ? [`MTU of the pods is not to be seen on ${pod.node ?? 'any node'}: no large packet was sent (--size BYTES)`] : []
  return { pod, asked: [...out.asked, ...back.asked], notes: [...out.notes, ...back.notes, ...unseen] }
}

const podMtu = async (ctx: Ctx, { node }: PodView): Promise<number | undefined> =>
  node === undefined ? undefined : (await ctx.look().links(node)).find((l) => l.name === 'ovn0')?.mtu

type Half = Pick<Probed, 'asked' | 'notes'>

async function outwards({ ctx, pod, ip, sizes }: Scene, plan: PacketPlan, echoes: readonly Echo[]): Promise<Half> {
  const [echo] = echoes
  const address = plan.target?.address ?? echo?.address ?? (await targetOf(ctx.look()))
  if (address === undefined) return { asked: [], notes: ['nobody outside to ask is known: --target ADDRESS, probe.target or a next hop'] }
  const port = plan.target === undefined ? echo?.port : plan.target.port
  const ports: readonly Port[] =
    port === undefined
      ? []
      : [
          { protocol: 'tcp', port },
          { protocol: 'udp', port },
        ]
  const filter = `dst host ${address} and ${pingsOf(ip, sizes)}`
  const places = ctx.outside.map((runner) => ({ runner, dev: 'any' }))
  const asked = await ask(ctx, runnerAsker(ctx.pod(pod), ip), { address, sizes, ports, echo: true }, { places, filter, marked: markedBytes(ip) })
  const should = [pod.eip, pod.snat].filter((a) => a !== undefined)
  const notes =
    port === undefined ? ['TCP and UDP to the outside were not asked: they need an echo there (ovngw probe --echo, then --target ADDRESS:PORT)'] : []
  return { asked: asked.map((a) => ({ ...a, way: 'to outside', from: podName(pod), to: address, expected: should })), notes }
}

async function inwards({ ctx, pod, ip, sizes }: Scene, plan: PacketPlan, echoes: readonly Echo[]): Promise<Half> {
  if (pod.eip === undefined) return { asked: [], notes: ['it has no EIP: nobody outside can ask for it'] }
  const eip = tryIpv4(pod.eip)
  if (eip === undefined) return { asked: [], notes: [`its EIP ${JSON.stringify(pod.eip)} is no address`] }
  if (ctx.outside.length + echoes.length === 0) return { asked: [], notes: ['nobody outside asked for its EIP: the site has no probe.outside'] }
  const declared = provedOn(ctx.site, pod)
  const ports = plan.ports ?? (declared === undefined ? [] : [declared])
  const wanted = ports.map(({ protocol, port }) => (protocol === 'tcp' ? `(${SYN} and tcp dst port ${port})` : `udp dst port ${port}`))
  const filter = `dst host ${ip} and (${[pingsOf(ip, sizes), ...wanted].join(' or ')})`
  const places = await portOf(ctx, pod)
  const asked: Asked[] = []
  // One after another: whose packet the pod saw would else not be known.
  for (const runner of ctx.outside) {
    const some = await ask(ctx, runnerAsker(runner, ip), { address: eip, sizes, ports, echo: false }, { places, filter, marked: markedBytes(ip) })
    asked.push(...some.map((a): Asked => ({ ...a, way: 'from outside', from: runner.where, to: eip, expected: [] })))
  }
  for (const echo of echoes)
    for (const port of ports)
      asked.push({ ...(await echo.ask(eip, port, ctx.signal)), way: 'from outside', from: echo.where, to: eip, what: showPort(port), expected: [] })
  const mute = ctx.outside.length === 0 && ports.length === 0
  return { asked, notes: mute ? ['an echo asks only for ports: --port tcp/443, or prove: in the assignment'] : [] }
}

const SYN = 'tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn'

const pingsOf = (ip: string, sizes: readonly number[]): string =>
  `(icmp[icmptype] = icmp-echo and (${[...new Set([markedBytes(ip), ...sizes])].map((bytes) => `ip[2:2] = ${bytes}`).join(' or ')}))`

/** The pod's own interface on its node. */
async function portOf(ctx: Ctx, pod: PodView): Promise<readonly Place[]> {
  if (pod.node === undefined) return []
  const own = (await ctx.look().ovs(pod.node)).interfaces.find((i) => i.external_ids['iface-id'] === portName(pod))
  return own === undefined ? [] : [{ runner: ctx.node(pod.node), dev: own.name }]
}
