import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { restoreRows } from '../lib/gateway/rows.ts'
import { topologySlice } from '../lib/gateway/topology.ts'
import type { NbSlice } from '../lib/ovn/slice.ts'
import { commit, delGatewayChassis, type Op, setGatewayChassis } from '../lib/ovn/transaction.ts'

const input = z.object({
  chassis: z
    .array(z.object({ name: z.string(), priority: z.int().min(0).max(32_767) }))
    .min(1)
    .describe('the whole wanted set, highest priority first'),
})
type Input = z.output<typeof input>

function ops(now: NbSlice, { chassis }: Input): readonly Op[] {
  const port = now.names.routerPort
  const extra = now.gatewayChassis.filter((g) => !chassis.some((c) => c.name === g.chassis_name))
  const wrong = chassis.filter((c) => !now.gatewayChassis.some((g) => g.chassis_name === c.name && g.priority === c.priority))
  // New ones first: the port is never without a chassis.
  return [...wrong.map((c) => setGatewayChassis(port, c.name, c.priority)), ...extra.map((g) => delGatewayChassis(port, g.chassis_name))]
}

const opsNow = async (ctx: Ctx, i: Input): Promise<readonly Op[]> => ops(await topologySlice(ctx), i)

/** Make the router port's gateway chassis exactly the wanted ones: Kube-OVN only adds, and adds with equal priority (R5, R27). */
export const setChassis = defineTask({
  name: 'set-chassis',
  summary: 'Make the gateway chassis of the router port exactly the wanted ones, with their priorities',
  effect: 'write',
  input,
  title: ({ chassis }) => `gateway chassis ${chassis.map((c) => `${c.name} (${c.priority})`).join(', ')}`,
  before: (ctx) => topologySlice(ctx),
  apply: async (ctx, i) => {
    await commit(ctx.nb, await opsNow(ctx, i), { signal: ctx.signal })
    return null
  },
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, i) => (await opsNow(ctx, i)).length === 0,
})
