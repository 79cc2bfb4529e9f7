import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { podView } from '../lib/gateway/pods.ts'
import { restoreRows, servedBy, sliceFor, strayOps } from '../lib/gateway/rows.ts'
import type { PodRef } from '../lib/inventory/site.ts'
import { POD } from '../lib/kube/port.ts'
import { commit, type Op } from '../lib/ovn/transaction.ts'

const input = z.object({
  pod: z.object({ namespace: z.string(), name: z.string() }),
  ip: z.string().describe('the pod’s address'),
})

/** The pod as it is now, at the address it had when the plan was made: what its annotations no longer ask for. */
async function strays(ctx: Ctx, pod: PodRef, ip: string): Promise<readonly Op[]> {
  const [served, object] = await Promise.all([servedBy(ctx.lookAgain()), ctx.kube.get(POD, pod, { signal: ctx.signal })])
  return strayOps({ ...podView(object), ip }, served)
}

/** Remove what Kube-OVN leaves of a pod: NAT rows of earlier addresses (R12), policy and route of a pod that is no longer annotated (R17). */
export const removeStrays = defineTask({
  name: 'remove-strays',
  summary: 'Remove NAT rows, policies and routes of a pod that its annotations no longer ask for',
  effect: 'write',
  input,
  title: ({ pod, ip }) => `remove what ${pod.namespace}/${pod.name} (${ip}) left behind in OVN`,
  before: (ctx, { ip }) => sliceFor(ctx, [ip]),
  apply: async (ctx, { pod, ip }) => {
    await commit(ctx.nb, await strays(ctx, pod, ip), { signal: ctx.signal })
    return null
  },
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, { pod, ip }) => (await strays(ctx, pod, ip)).length === 0,
})
