import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { answer } from '../lib/ovn/call.ts'
import { externalBridge, uplinksOf } from '../lib/ovs/bridge.ts'
import { addPort, delPort } from '../lib/ovs/commands.ts'

const input = z.object({
  nodes: z.array(z.string()),
  nic: z.string().describe('the only NIC the bridge may keep'),
})
type Input = z.output<typeof input>

interface Extra {
  readonly node: string
  readonly bridge: string
  readonly nic: string
}

async function extras(ctx: Ctx, { nodes, nic }: Input): Promise<readonly Extra[]> {
  const look = ctx.lookAgain()
  const parts = await look.parts()
  if (parts.switch === undefined) return []
  const { localnet } = parts
  const wanted = { switch: parts.switch, localnet }
  const perNode = await Promise.all(
    nodes.map(async (node) => {
      const ovs = await look.ovs(node)
      const found = externalBridge(ovs, wanted)
      const others = found === undefined ? [] : uplinksOf(ovs, found.bridge).filter((i) => i.name !== nic)
      return others.map((i) => ({ node, bridge: found?.bridge.name ?? '', nic: i.name }))
    }),
  )
  return perNode.flat()
}

/** Take every NIC but the wanted one out of the external bridge: Kube-OVN adds the new one beside the old, which is a loop (R9). */
export const pruneUplinks = defineTask({
  name: 'prune-uplinks',
  summary: 'Leave the wanted NIC as the only way out of the external bridge',
  effect: 'write',
  input,
  title: ({ nodes, nic }) => `${nic} is the only uplink on ${nodes.join(', ')}`,
  before: async (ctx, i) => (await extras(ctx, i)).map((e) => ({ ...e })),
  apply: async (ctx, i) => {
    for (const e of await extras(ctx, i)) await answer(ctx.node(e.node), delPort(e.bridge, e.nic), { signal: ctx.signal })
    return null
  },
  undo: async (ctx, _input, before) => {
    for (const e of before) await answer(ctx.node(e.node), addPort(e.bridge, e.nic), { signal: ctx.signal })
  },
  holds: async (ctx, i) => (await extras(ctx, i)).length === 0,
})
