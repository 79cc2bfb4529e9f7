import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { patchOf } from '../lib/gateway/judge-gateway.ts'
import { GATEWAY_LABEL } from '../lib/gateway/names.ts'
import { type NotYet, until, type Waiting } from '../lib/gateway/until.ts'
import { untilWatched } from '../lib/gateway/until-watched.ts'
import { NODE } from '../lib/kube/port.ts'
import { activeChassis } from '../lib/ovn/sb.ts'
import { externalBridge, uplinksOf } from '../lib/ovs/bridge.ts'

const input = z.object({
  part: z
    .enum(['labels', 'port', 'bridge', 'active'])
    .describe(
      'labels of the nodes, switch and router port in OVN, the bridge on each node, what ovn-controller adds (patch ports, the active chassis), or that nodes have given the NIC back',
    ),
  nodes: z.array(z.string()).describe('gateway nodes'),
  nic: z.string().describe('the NIC that joins the bridge'),
  chassis: z.array(z.string()).default([]).describe('chassis that must carry the router port'),
})
type Input = z.output<typeof input>

type Wait = (ctx: Ctx, i: Input, waiting: Waiting) => Promise<void>

/** OVN and OVS are asked again and again. */
const asking =
  (judge: (ctx: Ctx, i: Input) => Promise<NotYet>): Wait =>
  (ctx, i, waiting) =>
    until(waiting, () => judge(ctx, i))

const PARTS: Readonly<Record<Input['part'], { readonly title: (i: Input) => string; readonly wait: Wait }>> = {
  labels: {
    title: ({ nodes }) => `label on ${nodes.join(', ')}`,
    wait: (ctx, { nodes }, waiting) =>
      untilWatched(waiting, ctx.kube, { resource: NODE }, (objects) => {
        const missing = nodes.filter((n) => objects.find((o) => o.metadata.name === n)?.metadata.labels?.[GATEWAY_LABEL] !== 'true')
        return missing.length === 0 ? undefined : `the controller has not set ${GATEWAY_LABEL}=true on ${missing.join(', ')}`
      }),
  },
  port: {
    title: () => 'switch and router port',
    wait: asking(async (ctx, { chassis }) => {
      const gateway = await ctx.lookAgain().gateway()
      if (gateway === undefined) return 'no external switch with a router port in OVN yet'
      const missing = chassis.filter((c) => !gateway.chassis.some((g) => g.chassis_name === c))
      return missing.length === 0 ? undefined : `router port ${gateway.routerPort.name} has no gateway chassis ${missing.join(', ')} yet`
    }),
  },
  bridge: {
    title: ({ nic, nodes }) => `${nic} in the external bridge on ${nodes.join(', ')}`,
    wait: asking(async (ctx, { nodes, nic }) => {
      const look = ctx.lookAgain()
      const gateway = await look.gateway()
      if (gateway === undefined) return 'the external switch is gone again'
      const reasons = await Promise.all(
        nodes.map(async (node) => {
          const ovs = await look.ovs(node)
          const found = externalBridge(ovs, gateway)
          if (found === undefined) return `no bridge for switch ${gateway.switch.name} on ${node} yet`
          const uplink = uplinksOf(ovs, found.bridge).find((i) => i.name === nic)
          if (uplink === undefined) return `${nic} is not in ${found.bridge.name} on ${node} yet`
          return uplink.error === null ? undefined : `OVS on ${node}: ${uplink.error}`
        }),
      )
      return reasons.find((r) => r !== undefined)
    }),
  },
  active: {
    title: ({ nodes }) => `the gateway at work on ${nodes.join(', ')}`,
    wait: asking(async (ctx, { nodes, chassis }) => {
      const look = ctx.lookAgain()
      const [gateway, sb] = await Promise.all([look.gateway(), look.sb()])
      if (gateway === undefined) return 'the external switch is gone again'
      const bound = activeChassis(sb, gateway.routerPort.name)?.name
      if (bound === undefined) return `no chassis has claimed cr-${gateway.routerPort.name} yet`
      if (chassis.length > 0 && !chassis.includes(bound)) return `cr-${gateway.routerPort.name} is still on ${bound}`
      const switches = await Promise.all(nodes.map(async (node) => ({ node, ovs: await look.ovs(node) })))
      const without = switches.find(({ ovs }) => patchOf(ovs, gateway.localnet.name).length < 2)
      return without === undefined ? undefined : `no patch for ${gateway.localnet.name} on ${without.node} yet`
    }),
  },
}

/** Wait until one part of the gateway is there, on watched state. Reads only. */
export const waitGateway = defineTask({
  name: 'wait-gateway',
  summary: 'Wait until Kube-OVN has built one part of the gateway',
  effect: 'read',
  input,
  timeoutMs: 60_000,
  title: (i) => PARTS[i.part].title(i),
  run: async (ctx, i, { progress }) => {
    await PARTS[i.part].wait(ctx, i, { signal: ctx.signal, progress })
    return null
  },
})
