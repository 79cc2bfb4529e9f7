/** Waiting on objects of the API server: judged again the moment one changes (law 9), where `until` has to ask OVN and OVS. */
import { type Kube, type KubeObject, type ListOptions, POD, type Ref, type Resource } from '../kube/port.ts'
import { type NotYet, until, type Waiting } from './until.ts'

export interface Watched extends Pick<ListOptions, 'namespace' | 'fieldSelector'> {
  readonly resource: Resource
}

/** Resolves once `judge` says nothing of the objects that are there. Transport errors count as "not yet" and are shown. */
export function untilWatched(
  waiting: Waiting,
  kube: Pick<Kube, 'list' | 'watch'>,
  { resource, ...which }: Watched,
  judge: (objects: readonly KubeObject[]) => NotYet,
): Promise<void> {
  return until(waiting, async () => {
    const stop = new AbortController()
    const options = { ...which, signal: AbortSignal.any([waiting.signal, stop.signal]) }
    try {
      const { items } = await kube.list(resource, options)
      const here = new Map(items.map((object) => [keyOf(object), object]))
      let reason = judge(items)
      if (reason === undefined) return undefined
      waiting.progress(reason)
      for await (const { type, object } of kube.watch(resource, options)) {
        if (type === 'DELETED') here.delete(keyOf(object))
        else here.set(keyOf(object), object)
        reason = judge([...here.values()])
        if (reason === undefined) return undefined
        waiting.progress(reason)
      }
      return reason
    } finally {
      stop.abort()
    }
  })
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

/** The same for one pod; `undefined`: it is gone. */
export const untilPod = (
  waiting: Waiting,
  kube: Pick<Kube, 'list' | 'watch'>,
  { namespace, name }: Ref,
  judge: (pod: KubeObject | undefined) => NotYet,
): Promise<void> => untilWatched(waiting, kube, { resource: POD, namespace, fieldSelector: `metadata.name=${name}` }, ([pod]) => judge(pod))
