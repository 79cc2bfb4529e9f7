import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { nextHopsOf } from '../lib/gateway/judge.ts'
import { ROUTED } from '../lib/gateway/names.ts'
import { isAnnotated, type PodView, podName } from '../lib/gateway/pods.ts'
import { restoreRows, servedBy, sliceFor, strayOps, unserved } from '../lib/gateway/rows.ts'
import { until } from '../lib/gateway/until.ts'
import { POD } from '../lib/kube/port.ts'
import { commit, type Op } from '../lib/ovn/transaction.ts'

const input = z.object({
  pods: z.array(z.object({ namespace: z.string(), name: z.string(), ip: z.string() })).describe('annotated pods'),
  nextHop: z.string().nullable().describe('the next hop their traffic must leave by; null: any'),
})
type Input = z.output<typeof input>

/** As many pods at once as the controller is seen to bear: it works one after the other, and `routed` dropped from all would stall them all. */
const BATCH = 20

interface Waiting {
  readonly open: readonly PodView[]
  /** Rows of these pods that nobody asks for, such as those of another gateway type: the controller would keep them as they are. */
  strays(pods: readonly PodView[]): readonly Op[]
}

/** Pods of the step that are still there, annotated, and not on their way out as wanted. */
async function waiting(ctx: Ctx, { pods, nextHop }: Input): Promise<Waiting> {
  const look = ctx.lookAgain()
  const [served, views] = await Promise.all([servedBy(look), look.pods()])
  const wanted = new Set(pods.map(podName))
  const open = views.filter((v) => {
    if (!wanted.has(podName(v)) || !isAnnotated(v) || v.ip === undefined) return false
    const elsewhere = nextHop !== null && served.by.policies(v.ip).some((p) => !nextHopsOf(p).includes(nextHop))
    return elsewhere || unserved(v, served) !== undefined
  })
  return { open, strays: (some) => some.flatMap((v) => strayOps(v, served)) }
}

/**
 * Let the controller set pods up again by dropping `routed`: after a restart it deletes their reroute policies and leaves all EIP and SNAT
 * traffic dead (R31), and a new next hop reaches no pod that is routed already (R30). Paced by the controller's own lag.
 */
export const reroute = defineTask({
  name: 'reroute',
  summary: 'Make the controller set up the next hop of annotated pods again',
  effect: 'write',
  input,
  timeoutMs: ({ pods }) => 60_000 + pods.length * 1_000,
  title: ({ pods }) => `re-route ${pods.length} pod${pods.length === 1 ? '' : 's'}`,
  before: (ctx, { pods }) =>
    sliceFor(
      ctx,
      pods.map((p) => p.ip),
    ),
  apply: async (ctx, i, _before, { progress }) => {
    for (;;) {
      const { open: left, strays } = await waiting(ctx, i)
      if (left.length === 0) return null
      const batch = left.slice(0, BATCH)
      progress(`${i.pods.length - left.length} of ${i.pods.length} pods served`)
      await commit(ctx.nb, strays(batch), { signal: ctx.signal })
      await Promise.all(
        batch.map((p) =>
          ctx.kube.patch(POD, { namespace: p.namespace, name: p.name }, { metadata: { annotations: { [ROUTED]: null } } }, { signal: ctx.signal }),
        ),
      )
      await until({ signal: ctx.signal, progress }, async () => {
        const names = new Set(batch.map(podName))
        const open = (await waiting(ctx, i)).open.filter((p) => names.has(podName(p)))
        return open[0] === undefined ? undefined : `the controller has not served ${open.length} pods yet, first ${podName(open[0])}`
      })
    }
  },
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, i) => (await waiting(ctx, i)).open.length === 0,
})
