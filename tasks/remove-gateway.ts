import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { addresses, restoreState } from '../lib/gateway/restore.ts'
import { differences, type GatewayState, readState, without } from '../lib/gateway/state.ts'

const input = z.object({
  nodes: z.array(z.string()).describe('nodes whose bridges shall go'),
  keepSwitch: z.boolean().describe('others use the external switch: only our ports leave it (R34)'),
})

/**
 * Disable the gateway and remove every leftover Kube-OVN keeps (R7): router port, switch, NAT rows, policies, bridges, mappings, labels.
 * Undo builds all of it again.
 */
export const removeGateway = defineTask({
  name: 'remove-gateway',
  summary: 'Delete the ConfigMap and everything Kube-OVN leaves behind of the gateway',
  effect: 'write',
  input,
  timeoutMs: 120_000,
  title: () => 'remove the gateway and its leftovers',
  before: (ctx, { nodes }) => readState(ctx.look(), nodes, 'pods'),
  apply: async (ctx, { keepSwitch }, before: GatewayState, { progress }) => {
    await restoreState(ctx, without(before, keepSwitch), { signal: ctx.signal, progress })
    return null
  },
  undo: (ctx, _input, before, { progress }) => restoreState(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, { nodes, keepSwitch }, before) =>
    differences(without(before, keepSwitch), await readState(ctx.lookAgain(), nodes, 'pods', addresses(before))).length === 0,
})
