import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { announce } from '../lib/gateway/announce.ts'
import { answer } from '../lib/ovn/call.ts'
import { externalBridge, uplinksOf } from '../lib/ovs/bridge.ts'
import { addPort, delPort } from '../lib/ovs/commands.ts'

const input = z.object({
  nodes: z.array(z.string()),
  nic: z.string().describe('the only NIC the bridge may keep'),
})
type Input = z.output<typeof input>

type Uplinks = { readonly node: string; readonly bridge: string; readonly nics: readonly string[] }

/** The external bridge of each node that has one, with its ways out. */
async function uplinks(ctx: Ctx, { nodes }: Input): Promise<Uplinks[]> {
  const look = ctx.lookAgain()
  const { switch: sw, localnet } = await look.parts()
  if (sw === undefined) return []
  const all = await Promise.all(
    nodes.map(async (node): Promise<Uplinks[]> => {
      const ovs = await look.ovs(node)
      const found = externalBridge(ovs, { switch: sw, localnet })
      return found === undefined ? [] : [{ node, bridge: found.bridge.name, nics: uplinksOf(ovs, found.bridge).map((i) => i.name) }]
    }),
  )
  return all.flat()
}

/** Makes the ways out of a bridge these; first out, then in: two at once may be a loop. True when something changed. */
async function rewire(ctx: Ctx, { node, bridge, nics }: Uplinks, wanted: readonly string[]): Promise<boolean> {
  const commands = [
    ...nics.filter((n) => !wanted.includes(n)).map((n) => delPort(bridge, n)),
    ...wanted.filter((n) => !nics.includes(n)).map((n) => addPort(bridge, n)),
  ]
  for (const command of commands) await answer(ctx.node(node), command, { signal: ctx.signal })
  return commands.length > 0
}

/** Take every NIC but the wanted one out of the external bridge: Kube-OVN adds the new one beside the old, which is a loop (R9). */
export const pruneUplinks = defineTask({
  name: 'prune-uplinks',
  summary: 'Leave the wanted NIC as the only way out of the external bridge',
  effect: 'write',
  input,
  title: ({ nodes, nic }) => `${nic} is the only uplink on ${nodes.join(', ')}`,
  before: async (ctx, i) => (await uplinks(ctx, i)).map((u) => ({ ...u, nics: [...u.nics] })),
  apply: async (ctx, i) => {
    for (const u of await uplinks(ctx, i))
      await rewire(
        ctx,
        u,
        u.nics.filter((n) => n === i.nic),
      )
    return null
  },
  undo: async (ctx, i, before, { progress }) => {
    const now = await uplinks(ctx, i)
    let changed = false
    for (const was of before) {
      const is = now.find((u) => u.node === was.node && u.bridge === was.bridge)
      if (is !== undefined && (await rewire(ctx, is, was.nics))) changed = true
    }
    if (changed) await announce(ctx, 'all', progress)
  },
  holds: async (ctx, i) => (await uplinks(ctx, i)).every((u) => u.nics.every((n) => n === i.nic)),
})
