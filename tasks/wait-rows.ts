import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { isAlive } from '../lib/gateway/judge.ts'
import { podName } from '../lib/gateway/pods.ts'
import { servedBy, unserved } from '../lib/gateway/rows.ts'
import { until } from '../lib/gateway/until.ts'

const input = z.object({
  pods: z.array(z.object({ namespace: z.string(), name: z.string() })),
  mayFail: z.int().min(0).optional().describe('so many pods may stay without'),
})

/** How long is waited for the last pods when they may stay without. */
const GRACE_MS = 10_000

/**
 * Wait until OVN holds every row the annotations of these pods ask for: NAT rows and the way to the next hop. Reads only. A pod that goes
 * meanwhile is waited for no more.
 */
export const waitRows = defineTask({
  name: 'wait-rows',
  summary: 'Wait until OVN holds the NAT rows and the next hop the annotations of pods ask for',
  effect: 'read',
  input,
  timeoutMs: ({ pods }) => 45_000 + pods.length * 200,
  title: ({ pods }) => `rows of ${pods.length === 1 ? pods.map(podName).join('') : `${pods.length} pods`} in OVN`,
  run: async (ctx, { pods, mayFail = 0 }, { progress }) => {
    const names = new Set(pods.map(podName))
    let nearlyAt: number | undefined
    await until({ signal: ctx.signal, progress }, async () => {
      const look = ctx.lookAgain()
      const [served, all] = await Promise.all([servedBy(look), look.pods()])
      const waiting = all.flatMap((pod) => {
        const why = names.has(podName(pod)) && isAlive(pod) && !pod.deleting ? unserved(pod, served) : undefined
        return why === undefined ? [] : [`${podName(pod)}: ${why}`]
      })
      const [first] = waiting
      if (first !== undefined && waiting.length <= mayFail) {
        nearlyAt ??= performance.now()
        if (performance.now() - nearlyAt > GRACE_MS) return undefined
      }
      return first === undefined || waiting.length === 1 ? first : `${pods.length - waiting.length} of ${pods.length} pods served, next ${first}`
    })
    return null
  },
})
