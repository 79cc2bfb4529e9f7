/** The EIP and SNAT annotations of many pods: read in one list, written side by side. */
import { EIP, ROUTED, SNAT } from '../gateway/names.ts'
import { type PodView, podName } from '../gateway/pods.ts'
import { isError } from '../kernel/errors.ts'
import { type Kube, POD, POOL } from '../kube/port.ts'
import { inPace } from './pace.ts'

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

/** One patch a pod: the addresses, and `routed` dropped, without which the controller does not look (R13). A pod that is gone is passed over. */
export async function annotateAll(all: readonly Asked[], { kube, signal, progress }: Doing): Promise<void> {
  const counted = counter(all.length, progress)
  await inPace(all, POOL, async ({ namespace, name, eip, snat }, busy) => {
    const annotations = { ...(eip === undefined ? {} : { [EIP]: eip }), ...(snat === undefined ? {} : { [SNAT]: snat }), [ROUTED]: null }
    try {
      await kube.patch(POD, { namespace, name }, { metadata: { annotations } }, { signal, busy, metadataOnly: true })
    } catch (error) {
      if (!isError(error, 'NOT_FOUND')) throw error
    }
    counted()
  })
}

/** Progress is told so many times at most. */
const TOLD = 20

/** Called once a pod, tells `400 of 1000 pods annotated, 810/s, 1 s left`. */
function counter(all: number, progress: (text: string) => void): () => void {
  const began = performance.now()
  let done = 0
  return () => {
    done += 1
    if (done % Math.ceil(all / TOLD) !== 0) return
    const rate = (done * 1_000) / Math.max(1, performance.now() - began)
    progress(`${done} of ${all} pods annotated, ${rate.toFixed(rate < 10 ? 1 : 0)}/s${done === all ? '' : `, ${lasting((all - done) / rate)} left`}`)
  }
}

const lasting = (seconds: number): string => (seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`)

/** Pods by `namespace/name`. */
export const byName = (pods: readonly PodView[]): ReadonlyMap<string, PodView> => new Map(pods.map((p) => [podName(p), p]))
