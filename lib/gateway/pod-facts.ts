/** What the runbooks of one pod plan from. */
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from '../kube/port.ts'
import type { NbSlice } from '../ovn/slice.ts'
import type { Look } from './look.ts'
import { type PodView, podName, podView } from './pods.ts'
import { servedBy, sliceFor, strayOps, unserved } from './rows.ts'

export type PodFacts = {
  readonly pod: PodView
  /** The pod is not there yet: the manifest describes it. */
  readonly fresh: boolean
  /** Rows of the pod's address and of every external address concerned. */
  readonly rows: NbSlice
  /** OVN holds exactly what the annotations ask for. */
  readonly served: boolean
  readonly routerPort: string | null
  readonly gatewayAddress: string | null
}

/** @param external addresses beside the pod's own that a change touches */
export async function readPodFacts(look: Look, ref: PodRef, external: readonly string[], manifest?: KubeObject): Promise<PodFacts> {
  const [pods, served, gateway] = await Promise.all([look.pods(), servedBy(look), look.gateway()])
  const there = pods.find((p) => p.namespace === ref.namespace && p.name === ref.name)
  if (there === undefined && manifest === undefined)
    throw new OvngwError('NOT_FOUND', {
      what: `there is no pod ${podName(ref)}`,
      hint: `kubectl -n ${ref.namespace} get pods; or describe it: --manifest FILE.yaml`,
    })
  const pod = there ?? podView(manifest ?? { metadata: ref })
  const addresses = [pod.ip, pod.eip, pod.snat, ...external].filter((a) => a !== undefined)
  const facts: PodFacts = {
    pod,
    fresh: there === undefined,
    rows: await sliceFor({ lookAgain: () => look }, addresses),
    served: there !== undefined && pod.routed && unserved(pod, served) === undefined && strayOps(pod, served).length === 0,
    routerPort: gateway?.routerPort.name ?? null,
    gatewayAddress: gateway?.routerPort.networks[0]?.split('/')[0] ?? null,
  }
  return JSON.parse(JSON.stringify(facts)) as PodFacts
}
