import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { restoreRows } from '../lib/gateway/rows.ts'
import { topologySlice } from '../lib/gateway/topology.ts'
import { commit, op } from '../lib/ovn/transaction.ts'

const input = z.object({ vlan: z.int().min(0).max(4094).describe('VLAN id on the wire; 0: untagged') })

const tagNow = async (ctx: Ctx): Promise<number | undefined> => {
  const { localnet } = await ctx.lookAgain().parts()
  return localnet === undefined ? undefined : (localnet.tag ?? 0)
}

/**
 * Set the VLAN of the localnet port. Kube-OVN writes it only when it builds the switch, from a flag of its controller (R36): the flag has to
 * be changed too, or the next rebuild brings the old tag back.
 */
export const setVlan = defineTask({
  name: 'set-vlan',
  summary: 'Set the VLAN id of the external switch’s localnet port',
  effect: 'write',
  input,
  title: ({ vlan }) => (vlan === 0 ? 'external switch untagged' : `external switch on VLAN ${vlan}`),
  before: (ctx) => topologySlice(ctx),
  apply: async (ctx, { vlan }) => {
    const { localnet } = await ctx.lookAgain().parts()
    if (localnet === undefined) return null
    const about = `tag of ${localnet.name}: ${vlan === 0 ? 'none' : vlan}`
    const change =
      vlan === 0 ? op(about, ['clear'], 'Logical_Switch_Port', localnet.uuid, 'tag') : op(about, ['set'], 'Logical_Switch_Port', localnet.uuid, `tag=${vlan}`)
    await commit(ctx.nb, [change], { signal: ctx.signal })
    return null
  },
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, { vlan }) => (await tagNow(ctx)) === vlan,
})
