/** A pod as the gateway sees it: its address, what is annotated, and whether it is in reach of the feature (R20). */
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from '../kube/port.ts'
import { DEFAULT_VPC, EIP, POD_IP, POD_ROUTER, POD_SWITCH, ROUTED, SNAT } from './names.ts'

export type PodView = PodRef & {
  readonly node?: string | undefined
  /** Address by Kube-OVN's annotation, else by status; undefined until allocated. Dual stack: `v4,v6`. */
  readonly ip?: string | undefined
  readonly eip?: string | undefined
  readonly snat?: string | undefined
  readonly routed: boolean
  readonly phase?: string | undefined
  readonly deleting: boolean
  readonly hostNetwork: boolean
  readonly vpc: string
  readonly subnet?: string | undefined
  readonly owner?: string | undefined
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export function podView(pod: KubeObject): PodView {
  const { name, namespace = 'default', annotations = {} } = pod.metadata
  const spec = (pod['spec'] ?? {}) as { nodeName?: string; hostNetwork?: boolean }
  const status = (pod['status'] ?? {}) as { podIP?: string; phase?: string }
  const owner = (pod.metadata['ownerReferences'] as readonly { kind?: string; name?: string }[] | undefined)?.[0]
  return {
    namespace,
    name,
    node: text(spec.nodeName),
    ip: text(annotations[POD_IP]) ?? text(status.podIP),
    eip: text(annotations[EIP]),
    snat: text(annotations[SNAT]),
    routed: annotations[ROUTED] === 'true',
    phase: text(status.phase),
    deleting: pod.metadata.deletionTimestamp !== undefined,
    hostNetwork: spec.hostNetwork === true,
    vpc: text(annotations[POD_ROUTER]) ?? DEFAULT_VPC,
    subnet: text(annotations[POD_SWITCH]),
    owner: owner === undefined ? undefined : `${owner.kind ?? '?'}/${owner.name ?? '?'}`,
  }
}

export const podName = (ref: PodRef): string => `${ref.namespace}/${ref.name}`
export const isAnnotated = (pod: PodView): boolean => pod.eip !== undefined || pod.snat !== undefined

/** Not looked at by the controller since `routed` was dropped, and why it is waited for; `now` undefined: the pod is gone. @throws NOT_FOUND */
export function notRouted(ref: PodRef, now: KubeObject | undefined): string | undefined {
  if (now === undefined) throw new OvngwError('NOT_FOUND', { what: `pod ${podName(ref)} is gone`, hint: `kubectl -n ${ref.namespace} get pods` })
  return now.metadata.annotations?.[ROUTED] === 'true' ? undefined : `the controller has not looked at ${podName(ref)} yet (annotation ${ROUTED})`
}
