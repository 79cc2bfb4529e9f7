import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { podName } from '../lib/gateway/pods.ts'
import { restoreRows, servedBy, sliceFor, strayOps } from '../lib/gateway/rows.ts'
import { commit, type Op } from '../lib/ovn/transaction.ts'

const input = z.object({
  pods: z
    .array(z.object({ namespace: z.string(), name: z.string(), ip: z.string().describe('the address it had when the plan was made') }))
    .describe('pods that are there'),
})
type Input = z.output<typeof input>

/** What the pods' annotations no longer ask for. A pod that has gone meanwhile is `sweep`'s business: another may have its address by now. */
async function strays(ctx: Ctx, { pods }: Input): Promise<readonly Op[]> {
  const look = ctx.lookAgain()
  const [served, all] = await Promise.all([servedBy(look), look.pods()])
  const here = new Map(all.map((p) => [podName(p), p]))
  return pods.flatMap((p) => {
    const pod = here.get(podName(p))
    return pod === undefined || (pod.ip !== undefined && pod.ip !== p.ip) ? [] : strayOps({ ...pod, ip: p.ip }, served)
  })
}

/** Remove what Kube-OVN leaves of pods: NAT rows of earlier addresses (R12), policy and route of a pod that is no longer annotated (R17). */
export const removeStrays = defineTask({
  name: 'remove-strays',
  summary: 'Remove NAT rows, policies and routes of pods that their annotations no longer ask for',
  effect: 'write',
  input,
  title: ({ pods }) => `remove what ${pods.length === 1 ? pods.map((p) => `${podName(p)} (${p.ip})`).join('') : `${pods.length} pods`} left behind in OVN`,
  before: (ctx, { pods }) =>
    sliceFor(
      ctx,
      pods.map((p) => p.ip),
    ),
  apply: async (ctx, i) => {
    await commit(ctx.nb, await strays(ctx, i), { signal: ctx.signal })
    return null
  },
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, i) => (await strays(ctx, i)).length === 0,
})
