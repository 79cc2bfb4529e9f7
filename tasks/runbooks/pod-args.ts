/** Arguments that name a pod, and the pod a manifest describes. Pure. */
import { z } from 'zod'
import type { PodRef } from '../../lib/inventory/site.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { KubeObject } from '../../lib/kube/port.ts'

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

/** `shop/web-0`, or `web-0` for namespace default; parsed once. An object (from a journal) passes as it is. */
export const podRefArg = z.union([
  z.object({ namespace: z.string(), name: z.string() }),
  z.string().transform((text, context): PodRef => {
    const [first = '', second] = text.split('/')
    const ref = second === undefined ? { namespace: 'default', name: first } : { namespace: first, name: second }
    if (text.split('/').length > 2 || !NAME.test(ref.name) || !NAME.test(ref.namespace))
      context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} names no pod: write NAMESPACE/POD` })
    return ref
  }),
])

/** The manifest's Pod with the addresses as annotations; refuses anything else than one Pod of that name. */
export function podOfManifest(value: unknown, ref: PodRef, annotations: Readonly<Record<string, string | undefined>>): KubeObject {
  const object = value as KubeObject | null
  if (object?.kind !== 'Pod')
    throw new OvngwError('USAGE', {
      what: 'the manifest holds no Pod',
      why: `its kind is ${JSON.stringify(object?.kind ?? null)}`,
      hint: 'workloads keep their template as it is: annotate the pods they make',
    })
  const { name, namespace = ref.namespace } = object.metadata
  if (name !== ref.name || namespace !== ref.namespace)
    throw new OvngwError('USAGE', {
      what: `the manifest is of pod ${namespace}/${name}, not ${ref.namespace}/${ref.name}`,
      hint: 'name the pod as the manifest does',
    })
  const set = Object.fromEntries(Object.entries(annotations).filter(([, v]) => v !== undefined)) as Record<string, string>
  return { ...object, metadata: { ...object.metadata, namespace, annotations: { ...object.metadata.annotations, ...set } } }
}
