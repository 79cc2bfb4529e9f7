/** What the switches count: flows that name a pod's addresses, and the patch between br-int and the external bridge, before and after a probe. */

import type { Ctx } from '../define.ts'
import { bridgeOf, readScene, tryIpv4 } from '../gateway/judge-scene.ts'
import type { PodView } from '../gateway/pods.ts'
import { tolerated } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import { patchOf } from '../ovs/bridge.ts'
import { dumpFlows, dumpPort, type Flow, type Grown, grown, parseFlows, parsePort } from '../ovs/flows.ts'
import type { Command, Runner } from '../proc/command.ts'
import type { Seen } from './hops.ts'

export interface Counter {
  readonly hop: string
  readonly way: 'out' | 'back'
  /** Others’ packets are counted too: only a standstill says something. */
  readonly shared: boolean
  read(): Promise<readonly Flow[] | undefined>
}

async function told<T>(ctx: Ctx, runner: Runner, command: Command, parse: (stdout: string) => T): Promise<T | undefined> {
  const output = await tolerated(runner.run(command, { signal: ctx.signal }))
  return output?.code === 0 ? parse(output.stdout) : undefined
}

function flowsOf(ctx: Ctx, node: string, way: Counter['way'], address: Ipv4): Counter {
  const command = dumpFlows('br-int', way === 'out' ? 'nw_src' : 'nw_dst', address)
  return { hop: `${node}/br-int`, way, shared: false, read: () => told(ctx, ctx.node(node), command, parseFlows) }
}

async function patchOn(ctx: Ctx, node: string): Promise<readonly Counter[]> {
  const [scene, ovs] = await Promise.all([readScene(ctx.look()), ctx.look().ovs(node)])
  const bridge = bridgeOf(scene, ovs)
  const ofport = bridge === undefined || scene.parts.localnet === undefined ? null : patchOf(ovs, bridge, scene.parts.localnet.name)?.ofport
  if (bridge === undefined || ofport === null || ofport === undefined) return []
  const read = (side: 'got' | 'gave') => async (): Promise<readonly Flow[] | undefined> => {
    const port = await told(ctx, ctx.node(node), dumpPort(bridge.name, ofport), parsePort)
    return port === undefined ? undefined : [{ key: side, table: 0, packets: port[side], drops: false }]
  }
  const hop = `${node}/${bridge.name}`
  return [
    { hop, way: 'out', shared: true, read: read('got') },
    { hop, way: 'back', shared: true, read: read('gave') },
  ]
}

/** Counters of the pod's node (`inner`) and of the node its packets leave by (`outer`). */
export async function countersOf(
  ctx: Ctx,
  pod: PodView,
  ip: Ipv4,
  exit: string | null,
): Promise<{ readonly inner: readonly Counter[]; readonly outer: readonly Counter[] }> {
  const external = tryIpv4(pod.eip ?? pod.snat)
  const inner = pod.node === undefined || pod.node === exit ? [] : [flowsOf(ctx, pod.node, 'out', ip)]
  if (exit === null) return { inner, outer: [] }
  const back = external === undefined ? [] : [flowsOf(ctx, exit, 'back', external)]
  return { inner, outer: [flowsOf(ctx, exit, 'out', ip), ...back, ...(await patchOn(ctx, exit))] }
}

export type Counted = Counter & { readonly grown: readonly Grown[] | undefined }

/** Reads now; the second call says what was added since. */
export async function startCounting(counters: readonly Counter[]): Promise<() => Promise<readonly Counted[]>> {
  const before = await Promise.all(counters.map((c) => c.read()))
  return async () => {
    const after = await Promise.all(counters.map((c) => c.read()))
    return counters.map((c, i) => {
      const [had, has] = [before[i], after[i]]
      return { ...c, grown: had === undefined || has === undefined ? undefined : grown(had, has) }
    })
  }
}

/** As a hop: the most a flow had; what others may have caused is not known, but for a standstill. */
export function asSeen(counted: readonly Counted[]): readonly Seen[] {
  const hops = [...Map.groupBy(counted, (c) => c.hop)]
  return hops.flatMap(([hop, list]): readonly Seen[] => {
    const of = (way: Counter['way']): number | null => {
      const one = list.find((c) => c.way === way)
      if (one?.grown === undefined) return null
      const most = Math.max(0, ...one.grown.map((g) => g.packets))
      return one.shared && most > 0 ? null : most
    }
    const seen = { hop, requests: of('out'), replies: of('back') }
    return seen.requests === null && seen.replies === null ? [] : [seen]
  })
}

/** Flows that dropped something meanwhile: `node1/br-int drops in table 25`. */
export const droppers = (counted: readonly Counted[]): readonly string[] =>
  counted.flatMap((c) => (c.grown ?? []).filter((g) => g.drops).map((g) => `${c.hop} dropped ${g.packets} in table ${g.table}`))
