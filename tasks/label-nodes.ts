import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { GATEWAY_LABEL } from '../lib/gateway/names.ts'
import { NODE } from '../lib/kube/port.ts'

const input = z.object({
  nodes: z.array(z.string()).describe('nodes to look at'),
  on: z.array(z.string()).describe('those that shall be gateways; the others are "false"'),
})

type Labels = Record<string, string | null>

async function labels(ctx: Ctx, nodes: readonly string[]): Promise<Labels> {
  const all = await ctx.lookAgain().nodes()
  return Object.fromEntries(nodes.map((n) => [n, all.find((o) => o.metadata.name === n)?.metadata.labels?.[GATEWAY_LABEL] ?? null]))
}

async function write(ctx: Ctx, wanted: Labels): Promise<null> {
  for (const [name, label] of Object.entries(wanted))
    await ctx.kube.patch(NODE, { name }, { metadata: { labels: { [GATEWAY_LABEL]: label } } }, { signal: ctx.signal })
  return null
}

const target = (nodes: readonly string[], on: readonly string[], now: Labels): Labels =>
  Object.fromEntries(nodes.map((n) => [n, on.includes(n) ? 'true' : now[n] === 'true' ? 'false' : (now[n] ?? null)]))

/**
 * Label exactly the wanted nodes as gateways. A distributed gateway has no other list (R21); of a centralized one the controller joins
 * labels and ConfigMap, so that a node taken out of the list comes back by its label (R35).
 */
export const labelNodes = defineTask({
  name: 'label-nodes',
  summary: 'Label exactly the wanted nodes as gateways',
  effect: 'write',
  input,
  title: ({ on }) => `label ${on.join(', ')} as gateway, no other node`,
  before: (ctx, { nodes }) => labels(ctx, nodes),
  apply: async (ctx, { nodes, on }) => write(ctx, target(nodes, on, await labels(ctx, nodes))),
  undo: async (ctx, _input, before) => void (await write(ctx, before)),
  holds: async (ctx, { nodes, on }) => {
    const now = await labels(ctx, nodes)
    return nodes.every((n) => (now[n] === 'true') === on.includes(n))
  },
})
