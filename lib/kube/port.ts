/**
 * The Kube port: everything ovngw asks of a Kubernetes API. `client.ts` is the only implementation and the only importer of
 * @kubernetes/client-node. Objects are raw JSON (client-node's serializers drop unknown fields: dependencies.md §3).
 * Every call rejects with an OvngwError: NOT_FOUND, UNAUTHORIZED, FORBIDDEN, CONFLICT, REJECTED, CERTIFICATE, UNREACHABLE,
 * TIMED_OUT or CANCELLED. 429, 5xx and resets are retried inside (Retry-After honoured) until `timeoutMs`.
 */
import type { Runner } from '../proc/command.ts'

export interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly managedFields?: readonly unknown[]
  readonly [key: string]: unknown
}

export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Meta
  readonly [key: string]: unknown
}

/** A resource type by its REST path parts. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Who we are to the API server: an annotation somebody else wrote is not overwritten unasked. */
export const FIELD_MANAGER = 'ovngw'

/** Data connections, and so calls under way, at most. 5,000 patches: 16 is as fast as 64 (dependencies.md §3). */
export const POOL = 16

const core = (kind: string, plural: string, namespaced = true): Resource => ({ group: '', version: 'v1', kind, plural, namespaced })
const ovn = (kind: string, plural: string, namespaced = false): Resource => ({ group: 'kubeovn.io', version: 'v1', kind, plural, namespaced })

export const CONFIG_MAP = core('ConfigMap', 'configmaps')
export const POD = core('Pod', 'pods')
export const NODE = core('Node', 'nodes', false)
export const SERVICE = core('Service', 'services')
export const NAMESPACE = core('Namespace', 'namespaces', false)
export const DEPLOYMENT: Resource = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true }
export const STATEFUL_SET: Resource = { group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true }
export const DAEMON_SET: Resource = { group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', namespaced: true }
export const LEASE: Resource = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true }
export const ACCESS_REVIEW: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
}
export const VPC = ovn('Vpc', 'vpcs')
export const SUBNET = ovn('Subnet', 'subnets')
export const OVN_EIP = ovn('OvnEip', 'ovn-eips')
export const OVN_FIP = ovn('OvnFip', 'ovn-fips')
export const OVN_SNAT_RULE = ovn('OvnSnatRule', 'ovn-snat-rules')
export const OVN_DNAT_RULE = ovn('OvnDnatRule', 'ovn-dnat-rules')
export const IPTABLES_EIP = ovn('IptablesEIP', 'iptables-eips')
export const VPC_EGRESS_GATEWAY = ovn('VpcEgressGateway', 'vpc-egress-gateways', true)
export const IP = ovn('IP', 'ips')
export const VIP = ovn('Vip', 'vips')
export const PROVIDER_NETWORK = ovn('ProviderNetwork', 'provider-networks')

export interface Ref {
  readonly name: string
  readonly namespace?: string | undefined
}

export interface ListOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** What is kept of each object, page by page: 10,000 whole pods are hundreds of MB. Default: all of it. */
  readonly slim?: ((object: KubeObject) => KubeObject) | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Whole call with its retries, default 30 000. */
  readonly timeoutMs?: number | undefined
  /** Told each time the server answers 429 (too many requests), before the call is made again. */
  readonly busy?: (() => void) | undefined
  /** The answer is to hold the metadata only: a fraction to write, send and parse. */
  readonly metadataOnly?: boolean | undefined
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubeObject
}

export type PatchType = 'merge' | 'json'

export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** How much of a container's log: the last lines, of a time not longer ago, never more than 256 KiB. */
export interface LogOptions extends CallOptions {
  readonly tailLines: number
  readonly sinceSeconds?: number | undefined
}

export interface Kube {
  /** Context name and server URL, for messages. */
  readonly where: { readonly context: string; readonly server: string; readonly user: string }
  get(resource: Resource, ref: Ref, options?: CallOptions): Promise<KubeObject>
  /** Like `get`, undefined when it does not exist (404 on the object only, never on a denied or missing type). */
  find(resource: Resource, ref: Ref, options?: CallOptions): Promise<KubeObject | undefined>
  /** All pages; `resourceVersion` is the list's, to watch from. */
  list(resource: Resource, options?: ListOptions): Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }>
  /** List, then watch for ever: first every object that exists as ADDED, then changes. Reconnects by itself with backoff; ends when `signal` aborts. */
  watch(resource: Resource, options: ListOptions & { readonly signal: AbortSignal }): AsyncIterable<WatchEvent>
  create(resource: Resource, object: KubeObject, options?: CallOptions): Promise<KubeObject>
  /** PUT; a `resourceVersion` inside makes it conditional. */
  replace(resource: Resource, object: KubeObject, options?: CallOptions): Promise<KubeObject>
  /** Server-side apply, field manager `ovngw`. `dryRun` asks the server without storing. */
  apply(resource: Resource, object: KubeObject, options?: CallOptions & { readonly force?: boolean; readonly dryRun?: boolean }): Promise<KubeObject>
  patch(resource: Resource, ref: Ref, patch: unknown, options?: CallOptions & { readonly type?: PatchType; readonly subresource?: string }): Promise<KubeObject>
  /** Resolves also when it was already gone. `resourceVersion` makes it conditional (CONFLICT). */
  delete(resource: Resource, ref: Ref, options?: CallOptions & { readonly resourceVersion?: string }): Promise<void>
  /** A Runner inside a container: exec over the API, stdout and stderr apart, real exit code. */
  exec(target: ExecTarget): Runner
  /** The end of a container's log, as text. */
  logs(target: ExecTarget, options: LogOptions): Promise<string>
  close(): Promise<void>
}
