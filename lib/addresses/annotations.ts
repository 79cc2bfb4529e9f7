/** The EIP and SNAT annotations of many pods: read in one list, written side by side. */
import pMap from 'p-map'
import { EIP, ROUTED, SNAT } from '../gateway/names.ts'
import { type PodView, podName } from '../gateway/pods.ts'
import { isError } from '../kernel/errors.ts'
import { type Kube, POD } from '../kube/port.ts'

/** What a pod's annotations shall be; null: absent; left out: as they are. */
export type Asked = { readonly namespace: string; readonly name: string; readonly eip?: string | null | undefined; readonly snat?: string | null | undefined }

/** What they were. `uid`: of that very pod, one of the same name later is another. */
export type Was = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly eip: string | null
  readonly snat: string | null
  readonly routed: boolean
}

export const wasOf = ({ namespace, name, uid, eip, snat, routed }: PodView): Was => ({ namespace, name, uid, eip: eip ?? null, snat: snat ?? null, routed })

export const isAsAsked = (pod: PodView, { eip, snat }: Asked): boolean =>
  (eip === undefined || (pod.eip ?? null) === eip) && (snat === undefined || (pod.snat ?? null) === snat)

export interface Doing {
  readonly kube: Pick<Kube, 'patch'>
  readonly signal: AbortSignal
  progress(text: string): void
}

/** As many as the pool has connections: kube-apiserver serves them side by side, more would only wait. */
const AT_ONCE = 32
/** Progress is told so many times at most. */
const TOLD = 20

/** One patch a pod: the addresses, and `routed` dropped, without which the controller does not look (R13). A pod that is gone is passed over. */
export async function annotateAll(all: readonly Asked[], { kube, signal, progress }: Doing): Promise<void> {
  let done = 0
  await pMap(
    all,
    async (asked) => {
      const { eip, snat } = asked
      const annotations = { ...(eip === undefined ? {} : { [EIP]: eip }), ...(snat === undefined ? {} : { [SNAT]: snat }), [ROUTED]: null }
      try {
        await kube.patch(POD, { namespace: asked.namespace, name: asked.name }, { metadata: { annotations } }, { signal })
      } catch (error) {
        if (!isError(error, 'NOT_FOUND')) throw error
      }
      done += 1
      if (done % Math.ceil(all.length / TOLD) === 0) progress(`${done} of ${all.length} pods annotated`)
    },
    { concurrency: AT_ONCE, signal },
  )
}

/** Pods by `namespace/name`. */
export const byName = (pods: readonly PodView[]): ReadonlyMap<string, PodView> => new Map(pods.map((p) => [podName(p), p]))
