import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { type Mark, markedNodes, sameOrder } from '../lib/gateway/maintenance.ts'
import { MAINTENANCE } from '../lib/gateway/names.ts'
import { NODE } from '../lib/kube/port.ts'

const priorities = z.array(z.object({ name: z.string(), priority: z.int() }))
const input = z.object({
  node: z.string().describe('gateway node'),
  mark: z.object({ before: priorities, after: priorities }).nullable().describe('priorities before and during maintenance; null: it is over'),
})

const annotate = async ({ kube, signal }: Ctx, name: string, value: string | null): Promise<null> => {
  await kube.patch(NODE, { name }, { metadata: { annotations: { [MAINTENANCE]: value } } }, { signal })
  return null
}

/** Tell the cluster, on the Node itself, that a gateway node is in maintenance and what the priorities were: whoever ends it needs no journal of ours. */
export const markMaintenance = defineTask({
  name: 'mark-maintenance',
  summary: 'Write on the Node that it is in maintenance, and the priorities to put back',
  effect: 'write',
  input,
  title: ({ node, mark }) => (mark === null ? `take the maintenance mark off ${node}` : `mark ${node} as in maintenance`),
  before: async (ctx, { node }) => {
    const found = (await ctx.lookAgain().nodes()).find((n) => n.metadata.name === node)
    return found?.metadata.annotations?.[MAINTENANCE] ?? null
  },
  apply: (ctx, { node, mark }) => {
    const whole: Mark | null = mark === null ? null : { ...mark, by: ctx.kube.where.user, at: new Date().toISOString() }
    return annotate(ctx, node, whole === null ? null : JSON.stringify(whole))
  },
  undo: async (ctx, { node }, before) => void (await annotate(ctx, node, before)),
  holds: async (ctx, { node, mark }) => {
    const now = markedNodes(await ctx.lookAgain().nodes()).find((m) => m.node === node)
    if (mark === null || now === undefined) return mark === null && now === undefined
    return now.mark !== null && sameOrder(now.mark.before, mark.before) && sameOrder(now.mark.after, mark.after)
  },
})
