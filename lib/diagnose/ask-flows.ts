/** `ofproto/trace`: what the switches themselves would do with one packet of the pod, on its node and on the one it leaves by. */

import { type Ctx, defineCheck, pass, unknown, warn } from '../define.ts'
import { podName } from '../gateway/pods.ts'
import type { CheckResult } from '../kernel/check.ts'
import { tolerated } from '../kernel/errors.ts'
import { type FlowTrace, parseFlowTrace, type Sent, traceFlow } from '../ovs/flows.ts'
import { readTunnels } from '../ovs/tunnel.ts'
import { packetOf } from './ask-acl.ts'
import { portName } from './ask-port.ts'
import { endOf } from './ask-tunnel.ts'
import { subjectOf } from './subject.ts'

type Args = { readonly namespace: string; readonly name: string; readonly exit: string | null }

interface Step {
  readonly node: string
  readonly text: string
  readonly trace: FlowTrace
}

/** Undefined: it could not be asked. */
async function traced(ctx: Ctx, node: string, sent: Sent): Promise<Step | undefined> {
  const command = traceFlow(sent)
  const output = command === undefined ? undefined : await tolerated(ctx.node(node).run(command, { signal: ctx.signal }))
  return output?.code === 0 ? { node, text: output.stdout, trace: parseFlowTrace(output.stdout) } : undefined
}

/** The pod's node, and where its trace ends in a tunnel the other end of it. */
async function stepsOf(ctx: Ctx, { exit, ...ref }: Args): Promise<readonly Step[]> {
  const [{ pod }, packet] = await Promise.all([subjectOf(ctx.look(), ref), packetOf(ctx, ref, 'out')])
  if (pod.node === undefined || packet === undefined) return []
  const own = (await ctx.look().ovs(pod.node)).interfaces.find((i) => i.external_ids['iface-id'] === portName(ref))
  const first = own === undefined ? undefined : await traced(ctx, pod.node, { ...packet, port: own.name })
  if (first === undefined) return []
  const { tunnel, from = packet.from, to = packet.to, ttl } = first.trace
  const source = await endOf(ctx.look(), pod.node)
  if (tunnel === undefined || exit === null || exit === pod.node || source === undefined) return [first]
  const port = (await readTunnels(ctx.node(exit), { signal: ctx.signal })).find((t) => t.options['remote_ip'] === source)?.name
  if (port === undefined) return [first]
  const second = await traced(ctx, exit, { ...packet, port, from, to, ttl: ttl ?? 64, tunnel: { source, ...tunnel } })
  return second === undefined ? [first] : [first, second]
}

function said({ node, trace: { dropped, tunnel, bridges, waits } }: Step): string {
  if (dropped !== undefined) return `${node} drops it in table ${dropped}`
  if (waits) return `${node} hands it to ovn-controller, which asks for the MAC of the next hop first`
  if (tunnel !== undefined) return `${node} sends it through the tunnel to ${tunnel.target}`
  return bridges.length > 0 ? `${node} hands it on to ${bridges.join(', ')}` : `${node} sends it on`
}

export const podFlows = defineCheck<Args>({
  id: 'ofproto-trace',
  group: 'packet',
  title: 'the flows of the switches lead a packet of the pod out',
  level: 'warning',
  reads: '`ovs-appctl ofproto/trace br-int` on the pod’s node and the gateway’s; nothing is sent',
  why: 'OVN’s database can be right while ovn-controller has not, or not yet, made flows of it',
  mend: 'ovn-controller of the node named: its log, and whether it is connected',
  run: async (ctx, args): Promise<CheckResult> => {
    const steps = await stepsOf(ctx, args)
    const object = podName(args)
    const end = steps.at(-1)
    if (end === undefined) return unknown('the switches could not be asked', { object })
    const rest = { object, seen: steps.map(({ node, text }) => ({ node, trace: text.split('\n') })) }
    const all = steps.map(said).join('; ')
    const hint = 'ovn-appctl -t ovn-controller recompute'
    return end.trace.dropped !== undefined ? warn(all, { ...rest, hint: `${hint}   # on ${end.node}` }) : pass(all, rest)
  },
})
