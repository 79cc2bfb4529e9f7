import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { ROUTED } from '../lib/gateway/names.ts'
import { notRouted, podName } from '../lib/gateway/pods.ts'
import { untilPod } from '../lib/gateway/until-watched.ts'
import type { Json } from '../lib/kernel/json.ts'
import { type KubeObject, POD } from '../lib/kube/port.ts'

const input = z.object({
  pod: z.object({ namespace: z.string(), name: z.string() }),
  manifest: z.record(z.string(), z.json()).describe('the Pod, with its annotations from the start'),
})

/** Create a pod that carries its address from the start. Undo deletes it, and only if it was not there before. */
export const createPod = defineTask({
  name: 'create-pod',
  summary: 'Create a pod with its EIP or SNAT annotation from the start',
  effect: 'write',
  input,
  title: ({ pod }) => `create pod ${pod.namespace}/${pod.name}`,
  before: async ({ kube, signal }, { pod }) => ({ existed: (await kube.find(POD, pod, { signal })) !== undefined }),
  apply: async ({ kube, signal }, { pod, manifest }, before: { readonly existed: boolean }, { progress }) => {
    if (!before.existed && (await kube.find(POD, pod, { signal })) === undefined) await kube.create(POD, manifest as unknown as KubeObject, { signal })
    await untilPod({ signal, progress }, kube, pod, (now) => notRouted(pod, now))
    return null as Json
  },
  undo: async ({ kube, signal }, { pod }, before, { progress }) => {
    if (before.existed) return
    await kube.delete(POD, pod, { signal })
    await untilPod({ signal, progress }, kube, pod, (now) => (now === undefined ? undefined : `${podName(pod)} is still terminating`))
  },
  holds: async ({ kube, signal }, { pod }) => (await kube.find(POD, pod, { signal }))?.metadata.annotations?.[ROUTED] === 'true',
})
