import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { podView } from '../lib/gateway/pods.ts'
import { claimedAddresses, restoreRows, rowsOf, sliceFor, strayOps } from '../lib/gateway/rows.ts'
import type { PodRef } from '../lib/inventory/site.ts'
import { POD } from '../lib/kube/port.ts'
import { commit, type Op } from '../lib/ovn/transaction.ts'

const input = z.object({
  pod: z.object({ namespace: z.string(), name: z.string() }),
  ip: z.string().describe('the pod’s address'),
})

async function strays(ctx: Ctx, pod: PodRef, ip: string): Promise<readonly Op[]> {
  const look = ctx.lookAgain()
  const [nb, { router }, object, claimed] = await Promise.all([
    look.nb(),
    look.settings(),
    ctx.kube.get(POD, pod, { signal: ctx.signal }),
    claimedAddresses(look),
  ])
  const { eip, snat } = podView(object)
  return strayOps(rowsOf(nb, router, ip), router, { ip, eip, snat }, claimed)
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
