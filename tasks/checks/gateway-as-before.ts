import { defineCheck, fail, pass } from '../../lib/define.ts'
import { addresses, reach } from '../../lib/gateway/restore.ts'
import { differences, type GatewayState, readState } from '../../lib/gateway/state.ts'

export const gatewayAsBefore = defineCheck<GatewayState>({
  id: 'gateway-as-before',
  group: 'gateway',
  title: 'the gateway is exactly where it was',
  level: 'fatal',
  reads: 'ConfigMap, node labels, default VPC, NB, OVS of the nodes concerned',
  why: 'a rollback is over when nothing differs, not when the undo commands returned',
  mend: 'type what the finding says is left, or `ovngw rollback RUN` again: it is idempotent',
  run: async (ctx, before) => {
    const now = await readState(ctx.lookAgain(), Object.keys(before.nodes), reach(before), addresses(before))
    const left = differences(before, now)
    return left.length === 0 ? pass('ConfigMap, labels, OVN and bridges are as they were') : fail(left.join('; '), { seen: left })
  },
})
