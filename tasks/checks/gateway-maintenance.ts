import { defineCheck, fail, pass, warn } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { markedNodes } from '../../lib/gateway/maintenance.ts'

/** `forWrites`: a run would set the priorities of the inventory, in the middle of a maintenance. */
export const gatewayMaintenance = defineCheck<{ readonly forWrites?: boolean }>({
  id: 'gateway-maintenance',
  group: 'gateway',
  title: 'no gateway node is in maintenance',
  level: 'fatal',
  reads: 'Node annotation ovngw.io/maintenance',
  why: 'a node in maintenance is a gateway node by name only: it has the lowest priority until `ovngw maintain --done`',
  mend: '`ovngw maintain --done NODE`, from any machine, when the node is back',
  run: async (ctx, { forWrites = false }) => {
    const marked = markedNodes(await ctx.look().nodes())
    if (marked.length === 0) return pass('none is marked')
    return marked.map(({ node, mark }) =>
      (forWrites ? fail : warn)(`in maintenance since ${mark?.at ?? 'a time'}, by ${mark?.by ?? 'somebody'}`, {
        object: node,
        hint: hint.done(ctx.site, node),
      }),
    )
  },
})
