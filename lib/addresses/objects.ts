/** Owners among Kubernetes objects: Kube-OVN's own types, Services and Nodes. Fields are read as they come: what is missing or no text is nobody's. */
import type { PodRef } from '../inventory/site.ts'
import {
  IP,
  IPTABLES_EIP,
  type KubeObject,
  OVN_DNAT_RULE,
  OVN_EIP,
  OVN_FIP,
  OVN_SNAT_RULE,
  type Resource,
  SERVICE,
  VIP,
  VPC_EGRESS_GATEWAY,
} from '../kube/port.ts'
import { type Add, ELSEWHERE, type Owner, type Sources } from './owner.ts'

type Fields = Readonly<Record<string, unknown>>
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const spec = (o: KubeObject): Fields => fields(o['spec'])
const status = (o: KubeObject): Fields => fields(o['status'])
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

interface Type {
  readonly kind: Owner['kind']
  readonly resource: Resource
  readonly of: (sources: Sources) => readonly KubeObject[]
  readonly addresses: (object: KubeObject) => readonly unknown[]
  /** Default: deleting the object. */
  readonly way?: (object: KubeObject) => string
  readonly pod?: (object: KubeObject) => PodRef | undefined
}

const place = ({ metadata: { namespace, name } }: KubeObject): string => (namespace === undefined ? name : `${namespace}/${name}`)

const kubectl = ({ namespaced, group, plural }: Resource, verb: string, { metadata: { namespace = 'default', name } }: KubeObject): string =>
  `kubectl${namespaced ? ` -n ${namespace}` : ''} ${verb} ${plural}${group === '' ? '' : `.${group}`} ${name}`

const ingress = (o: KubeObject): readonly unknown[] => list(fields(status(o)['loadBalancer'])['ingress']).map((i) => fields(i)['ip'])

const TYPES: readonly Type[] = [
  { kind: 'ovn-eip', resource: OVN_EIP, of: withoutPorts, addresses: eipAddresses },
  { kind: 'iptables-eip', resource: IPTABLES_EIP, of: (s) => s.iptablesEips, addresses: (o) => [spec(o)['v4ip'], status(o)['ip']] },
  {
    kind: 'egress-gateway',
    resource: VPC_EGRESS_GATEWAY,
    of: (s) => s.egressGateways,
    addresses: (o) => [status(o)['internalIPs'], status(o)['externalIPs'], spec(o)['externalIPs']].flatMap(list),
  },
  { kind: 'vip', resource: VIP, of: (s) => s.vips, addresses: (o) => [spec(o)['v4ip'], status(o)['v4ip']] },
  {
    kind: 'ip',
    resource: IP,
    of: (s) => s.ips,
    addresses: (o) => [spec(o)['v4IpAddress'], spec(o)['ipAddress']],
    way: (o) => `${kubectl(IP, 'delete', o)}   # after ${holder(o)} is gone`,
    pod: podOfIp,
  },
  {
    kind: 'service',
    resource: SERVICE,
    of: (s) => s.services,
    addresses: (o) => [...list(spec(o)['externalIPs']), spec(o)['loadBalancerIP'], ...ingress(o)],
    way: (o) => `${kubectl(SERVICE, 'edit', o)}   # take the address out`,
  },
]

function eipAddresses(o: KubeObject): readonly unknown[] {
  return [spec(o)['v4Ip'], status(o)['v4Ip']]
}

/** Router ports have OvnEips too, of type lrp: the port is the owner where it is there. */
function withoutPorts({ ovnEips, nb }: Sources): readonly KubeObject[] {
  const ports = new Set<unknown>(nb.routerPorts.flatMap((p) => p.networks.map((n) => n.split('/')[0])))
  return ovnEips.filter((e) => spec(e)['type'] !== 'lrp' || !eipAddresses(e).some((a) => ports.has(a)))
}

/** A node's own has no namespace. */
function podOfIp(o: KubeObject): PodRef | undefined {
  const [namespace, name] = [text(spec(o)['namespace']), text(spec(o)['podName'])]
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

function holder(o: KubeObject): string {
  const pod = podOfIp(o)
  return pod === undefined ? 'what has it' : `${pod.namespace}/${pod.name}`
}

/** Rules take the address of an OvnEip; their status has it once the controller has seen them. */
const rules = (eips: readonly KubeObject[]): readonly Type[] => {
  const byName = new Map(eips.map((e) => [e.metadata.name, e]))
  const addresses = (o: KubeObject): readonly unknown[] => {
    const eip = byName.get(text(spec(o)['ovnEip']) ?? '')
    return [status(o)['v4Eip'], ...(eip === undefined ? [] : eipAddresses(eip))]
  }
  return [
    { kind: 'ovn-fip', resource: OVN_FIP, of: (s) => s.ovnFips, addresses },
    { kind: 'ovn-snat', resource: OVN_SNAT_RULE, of: (s) => s.ovnSnatRules, addresses },
    { kind: 'ovn-dnat', resource: OVN_DNAT_RULE, of: (s) => s.ovnDnatRules, addresses },
  ]
}

export function addObjects(add: Add, sources: Sources): void {
  for (const { kind, resource, of, addresses, way, pod } of [...rules(sources.ovnEips), ...TYPES])
    for (const o of of(sources))
      add(addresses(o), () => ({ kind, object: `${resource.kind} ${place(o)}`, way: way?.(o) ?? kubectl(resource, 'delete', o), pod: pod?.(o) }))
  for (const node of sources.nodes) add(nodeAddresses(node), () => ({ kind: 'node', object: `node ${node.metadata.name}`, way: ELSEWHERE }))
}

const nodeAddresses = (node: KubeObject): readonly unknown[] =>
  list(status(node)['addresses'])
    .map(fields)
    .flatMap((a) => (a['type'] === 'InternalIP' || a['type'] === 'ExternalIP' ? [a['address']] : []))
