import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { cardText } from '../lib/gateway/card.ts'

const input = z.object({
  nodes: z.array(z.string()).describe('nodes whose NIC is about to join the bridge'),
  nic: z.string(),
  bridge: z.string(),
  configNamespace: z.string(),
})

/**
 * Print and keep the console commands that give a node its NIC back, with what was there before: a node that lost its network cannot be
 * repaired through the API (R10), so they must be at hand before the first NIC write.
 */
export const recoveryCard = defineTask({
  name: 'recovery-card',
  summary: 'Write down, per node, the console commands that give the NIC back',
  effect: 'read',
  input,
  title: ({ nodes }) => `recovery card for ${nodes.join(', ')}`,
  run: async (ctx, { nodes, nic, bridge, configNamespace }) => {
    const look = ctx.look()
    for (const node of nodes) {
      const [links, routes] = await Promise.all([look.links(node), look.routes(node)])
      ctx.note(
        `recovery-${node}.txt`,
        cardText({ node, nic, bridge, configNamespace, link: links.find((l) => l.name === nic), routes: routes.filter((r) => r.dev === nic) }),
      )
    }
    return null
  },
})
