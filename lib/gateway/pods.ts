/** A pod as the gateway sees it: its address, what is annotated, and whether it is in reach of the feature (R20). */
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import { FIELD_MANAGER, type KubeObject } from '../kube/port.ts'
import { DEFAULT_VPC, EIP, NORTH_GATEWAY, POD_IP, POD_ROUTER, POD_SWITCH, ROUTED, SNAT } from './names.ts'

export type PodView = PodRef & {
  readonly node?: string | undefined
  /** Address by Kube-OVN's annotation, else by status; undefined until allocated. Dual stack: `v4,v6`. */
  readonly ip?: string | undefined
  readonly eip?: string | undefined
  readonly snat?: string | undefined
  /** It has a next hop of its own, which has nothing to do with EIP and SNAT. */
  readonly northGateway?: boolean | undefined
  readonly routed: boolean
  readonly phase?: string | undefined
  readonly deleting: boolean
  readonly hostNetwork: boolean
  readonly vpc: string
  readonly subnet?: string | undefined
  readonly owner?: string | undefined
  /** What makes the pod again when it goes, as an inventory writes it: `shop/deployment/api`; undefined for a bare pod. */
  readonly workload?: string | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly uid: string
  /** RFC 3339. */
  readonly created: string
  /** Annotations that a field manager other than ovngw wrote last: somebody else's decision. */
  readonly foreign: readonly ('eip' | 'snat')[]
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export function podView(pod: KubeObject): PodView {
  const { name, namespace = 'default', annotations = {} } = pod.metadata
  const spec = (pod['spec'] ?? {}) as { nodeName?: string; hostNetwork?: boolean }
  const status = (pod['status'] ?? {}) as { podIP?: string; phase?: string }
  const owner = (pod.metadata['ownerReferences'] as readonly Owner[] | undefined)?.[0]
  const labels = pod.metadata.labels ?? {}
  return {
    namespace,
    name,
    node: text(spec.nodeName),
    ip: text(annotations[POD_IP]) ?? text(status.podIP),
    eip: text(annotations[EIP]),
    snat: text(annotations[SNAT]),
    northGateway: text(annotations[NORTH_GATEWAY]) !== undefined,
    routed: annotations[ROUTED] === 'true',
    phase: text(status.phase),
    deleting: pod.metadata.deletionTimestamp !== undefined,
    hostNetwork: spec.hostNetwork === true,
    vpc: text(annotations[POD_ROUTER]) ?? DEFAULT_VPC,
    subnet: text(annotations[POD_SWITCH]),
    owner: owner === undefined ? undefined : `${owner.kind ?? '?'}/${owner.name ?? '?'}`,
    workload: owner === undefined ? undefined : workloadOf(namespace, owner, labels),
    labels,
    uid: text(pod.metadata.uid) ?? '',
    created: text(pod.metadata['creationTimestamp']) ?? '',
    foreign: foreignTo(pod.metadata['managedFields'] as readonly ManagedFields[] | undefined, annotations),
  }
}

/** A pod without what `podView` does not read: nine tenths of it. Of what field managers wrote only our annotations are kept, of the annotations the gateway's. */
export function slimPod({ metadata, spec, status }: KubeObject): KubeObject {
  const { annotations = {}, managedFields = [] } = metadata
  const { nodeName, hostNetwork } = (spec ?? {}) as Fields
  const { podIP, phase } = (status ?? {}) as Fields
  return {
    metadata: {
      ...metadata,
      annotations: Object.fromEntries(READ.flatMap((key) => (annotations[key] === undefined ? [] : [[key, annotations[key]]]))),
      managedFields: (managedFields as readonly ManagedFields[]).flatMap(({ manager, fieldsV1 }) =>
        manager === FIELD_MANAGER ? [{ manager, fieldsV1: { 'f:metadata': { 'f:annotations': fieldsV1?.['f:metadata']?.['f:annotations'] } } }] : [],
      ),
    },
    spec: { nodeName, hostNetwork },
    status: { podIP, phase },
  }
}

type Fields = Readonly<Record<string, unknown>>
const READ = [EIP, SNAT, NORTH_GATEWAY, ROUTED, POD_IP, POD_ROUTER, POD_SWITCH]

type Owner = { readonly kind?: string; readonly name?: string }

/** A ReplicaSet is named after its Deployment and the hash of the template, which is a label of its pods. */
function workloadOf(namespace: string, { kind = '?', name = '?' }: Owner, labels: Readonly<Record<string, string>>): string {
  const hash = labels['pod-template-hash']
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) return `${namespace}/deployment/${name.slice(0, -hash.length - 1)}`
  return `${namespace}/${kind.toLowerCase()}/${name}`
}

type ManagedFields = {
  readonly manager?: string
  readonly fieldsV1?: { readonly 'f:metadata'?: { readonly 'f:annotations'?: Readonly<Record<string, unknown>> } }
}

/** Who set an annotation last is the field manager that holds it; one that several hold is ours too when ovngw is among them. */
function foreignTo(managed: readonly ManagedFields[] = [], annotations: Readonly<Record<string, string>>): readonly ('eip' | 'snat')[] {
  const ours = managed.filter((m) => m.manager === FIELD_MANAGER)
  return (
    [
      ['eip', EIP],
      ['snat', SNAT],
    ] as const
  )
    .filter(([, key]) => annotations[key] !== undefined && !ours.some((m) => m.fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${key}`] !== undefined))
    .map(([kind]) => kind)
}

export const podName = (ref: PodRef): string => `${ref.namespace}/${ref.name}`
/** Another pod with the same address inside: a virtual machine on the move has two (KubeVirt). */
export const isTwin = (one: PodView, other: PodView): boolean =>
  one.ip !== undefined && one.ip === other.ip && one.vpc === other.vpc && podName(one) !== podName(other)
export const isAnnotated = (pod: PodView): boolean => pod.eip !== undefined || pod.snat !== undefined
/** A reroute policy of its address is its own: of its EIP or SNAT, or of a next hop it asks for. */
export const ownsPolicy = (pod: PodView): boolean => isAnnotated(pod) || pod.northGateway === true

/** Not looked at by the controller since `routed` was dropped, and why it is waited for; `now` undefined: the pod is gone. @throws NOT_FOUND */
export function notRouted(ref: PodRef, now: KubeObject | undefined): string | undefined {
  if (now === undefined) throw new OvngwError('NOT_FOUND', { what: `pod ${podName(ref)} is gone`, hint: `kubectl -n ${ref.namespace} get pods` })
  return now.metadata.annotations?.[ROUTED] === 'true' ? undefined : `the controller has not looked at ${podName(ref)} yet (annotation ${ROUTED})`
}
