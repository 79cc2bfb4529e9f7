import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { podView } from '../lib/gateway/pods.ts'
import { servedBy, unserved } from '../lib/gateway/rows.ts'
import { until } from '../lib/gateway/until.ts'
import { POD } from '../lib/kube/port.ts'

const input = z.object({ pod: z.object({ namespace: z.string(), name: z.string() }) })

/** Wait until OVN holds every row the pod's annotations ask for: NAT rows and the way to the next hop. Reads only. */
export const waitRows = defineTask({
  name: 'wait-rows',
  summary: 'Wait until OVN holds the NAT rows and the next hop a pod’s annotations ask for',
  effect: 'read',
  input,
  timeoutMs: 45_000,
  title: ({ pod }) => `rows of ${pod.namespace}/${pod.name} in OVN`,
  run: async (ctx, { pod }, { progress }) => {
    await until({ signal: ctx.signal, progress }, async () => {
      const view = podView(await ctx.kube.get(POD, pod, { signal: ctx.signal }))
      return unserved(view, await servedBy(ctx.lookAgain()))
    })
    return null
  },
})
