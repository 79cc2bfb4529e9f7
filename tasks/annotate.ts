import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { EIP, ROUTED, SNAT } from '../lib/gateway/names.ts'
import { notRouted, podName } from '../lib/gateway/pods.ts'
import type { Waiting } from '../lib/gateway/until.ts'
import { untilPod } from '../lib/gateway/until-watched.ts'
import type { PodRef } from '../lib/inventory/site.ts'
import { isError, OvngwError } from '../lib/kernel/errors.ts'
import { POD } from '../lib/kube/port.ts'

const value = z.string().nullable().optional().describe('address; null takes the annotation away, left out leaves it alone')
const input = z.object({ pod: z.object({ namespace: z.string(), name: z.string() }), eip: value, snat: value })
type Input = z.output<typeof input>

type Annotations = Record<string, string | null>

const wanted = ({ eip, snat }: Input): Annotations => ({ ...(eip === undefined ? {} : { [EIP]: eip }), ...(snat === undefined ? {} : { [SNAT]: snat }) })

async function read({ kube, signal }: Ctx, pod: PodRef): Promise<Annotations> {
  const { annotations = {} } = (await kube.get(POD, pod, { signal })).metadata
  return Object.fromEntries([EIP, SNAT, ROUTED].map((key) => [key, annotations[key] ?? null]))
}

/** One patch: the addresses, and `routed` dropped, without which the controller does not look (R13). */
const write = ({ kube, signal }: Ctx, pod: PodRef, set: Annotations): Promise<unknown> =>
  kube.patch(POD, pod, { metadata: { annotations: { ...set, [ROUTED]: null } } }, { signal })

/** The controller sets `routed` when it has looked at the pod. That is all it says: it is no proof of any row (R16). */
const untilLookedAt = (ctx: Ctx, pod: PodRef, waiting: Waiting): Promise<void> => untilPod(waiting, ctx.kube, pod, (now) => notRouted(pod, now))

const short = (set: Annotations): string =>
  Object.entries(set)
    .map(([k, v]) => `${k.replace('ovn.kubernetes.io/', '')}${v === null ? '-' : `=${v}`}`)
    .join(' ')

/**
 * Set or remove the EIP or SNAT annotation of one pod and make the controller act on it. Undo puts back what was there and makes the
 * controller act on that; an annotation that was absent is absent again. Rows it leaves in OVN are `guard-rows`' business.
 */
export const annotate = defineTask({
  name: 'annotate',
  summary: 'Set, change or remove a pod’s EIP or SNAT annotation and let the controller act on it',
  effect: 'write',
  input,
  timeoutMs: 45_000,
  title: (i) => `annotate ${podName(i.pod)}: ${short(wanted(i))}`,
  before: (ctx, { pod }) => read(ctx, pod),
  apply: async (ctx, i, _before, { progress }) => {
    await write(ctx, i.pod, wanted(i))
    await untilLookedAt(ctx, i.pod, { signal: ctx.signal, progress })
    return null
  },
  undo: async (ctx, { pod }, before, { progress }) => {
    try {
      const { [ROUTED]: routed = null, ...set } = before
      await write(ctx, pod, set)
      if (routed !== null) await untilLookedAt(ctx, pod, { signal: ctx.signal, progress })
    } catch (error) {
      if (isError(error, 'NOT_FOUND')) throw new OvngwError('NOT_FOUND', { what: `${podName(pod)} is gone, its annotations with it`, cause: error })
      throw error
    }
  },
  holds: async (ctx, i) => {
    const now = await read(ctx, i.pod)
    return now[ROUTED] === 'true' && Object.entries(wanted(i)).every(([key, v]) => now[key] === v)
  },
})
