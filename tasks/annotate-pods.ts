import { z } from 'zod'
import { type Asked, annotateAll, byName, isAsAsked, type Was, wasOf } from '../lib/addresses/annotations.ts'
import { type Ctx, defineTask } from '../lib/define.ts'
import { isAlive } from '../lib/gateway/judge.ts'
import { type PodView, podName } from '../lib/gateway/pods.ts'
import { until } from '../lib/gateway/until.ts'

const value = z.string().nullable().optional().describe('address; null takes the annotation away, left out leaves it alone')
const input = z.object({ pods: z.array(z.object({ namespace: z.string(), name: z.string(), eip: value, snat: value })) })

const living = async (ctx: Ctx): Promise<ReadonlyMap<string, PodView>> => byName((await ctx.lookAgain().pods()).filter((p) => isAlive(p) && !p.deleting))

/** Pods that are there and not annotated as asked: one that was made again meanwhile is among them. */
async function missing(ctx: Ctx, pods: readonly Asked[]): Promise<readonly Asked[]> {
  const here = await living(ctx)
  return pods.filter((p) => {
    const pod = here.get(podName(p))
    return pod !== undefined && !isAsAsked(pod, p)
  })
}

/** Puts back what was there, on those very pods; then waits until the controller has looked at those it had looked at. */
async function putBack(ctx: Ctx, before: readonly Was[], progress: (text: string) => void): Promise<void> {
  const here = await living(ctx)
  const same = before.filter((was) => here.get(podName(was))?.uid === was.uid)
  await annotateAll(same, { kube: ctx.kube, signal: ctx.signal, progress })
  const routed = same.filter((was) => was.routed)
  await until({ signal: ctx.signal, progress }, async () => {
    const now = await living(ctx)
    const open = routed.filter((was) => now.get(podName(was))?.routed === false)
    return open.length === 0 ? undefined : `the controller has not looked at ${open.length} of ${same.length} pods yet`
  })
}

/**
 * Set, change or remove the EIP and SNAT annotations of many pods in one go and make the controller act on them. Pods that go meanwhile are
 * passed over, pods made again under the same name are annotated too. Rows it leaves in OVN are `guard-rows`' business.
 */
export const annotatePods = defineTask({
  name: 'annotate-pods',
  summary: 'Set, change or remove the EIP and SNAT annotations of many pods at once',
  effect: 'write',
  input,
  timeoutMs: ({ pods }) => 60_000 + pods.length * 100,
  title: ({ pods }) => `annotate ${pods.length} pod${pods.length === 1 ? `, ${pods.map(podName).join('')}` : 's'}`,
  before: async (ctx, { pods }) => {
    const here = await living(ctx)
    return pods.flatMap((p) => {
      const pod = here.get(podName(p))
      return pod === undefined ? [] : [wasOf(pod)]
    })
  },
  apply: async (ctx, { pods }, _before, { progress }) => {
    for (let open = await missing(ctx, pods); open.length > 0; open = await missing(ctx, pods))
      await annotateAll(open, { kube: ctx.kube, signal: ctx.signal, progress })
    return null
  },
  undo: (ctx, _input, before, { progress }) => putBack(ctx, before, progress),
  holds: async (ctx, { pods }) => (await missing(ctx, pods)).length === 0,
})
