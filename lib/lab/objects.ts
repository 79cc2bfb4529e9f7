/** Kubernetes objects a cluster with Kube-OVN has before anybody made a gateway (reality.md, "Reaching the pieces"; recordings s01). */
import { DAEMON_SET, DEPLOYMENT, type KubeObject, NODE, POD, type Resource, SUBNET, VPC } from '../kube/port.ts'
import { JOIN, POD_NET, UNDERLAY } from './paths.ts'
import type { LabOptions, Profile } from './state.ts'

export interface Made {
  readonly resource: Resource
  readonly object: KubeObject
}

const SYSTEM = 'kube-system'
/** Everything that is not the real Kube-OVN says so. */
export const STAND_IN = { 'ovngw.lab/stand-in': 'true' }
const TAG: Readonly<Record<Profile, string>> = { 'v1.16.2': 'v1.16.2', 'v1.11.24': 'v1.11.24', 'v1.5': 'v1.5.2' }
const image = (profile: Profile): string => `docker.io/kubeovn/kube-ovn:${TAG[profile]}`

export const chassisOf = (node: string): string => `${node}-chassis`

export function nodeObject(node: string, i: number, kwokPort: number): Made {
  const ovn = (key: string, value: string): [string, string] => [`ovn.kubernetes.io/${key}`, value]
  const annotations = Object.fromEntries([
    ovn('allocated', 'true'),
    ovn('chassis', chassisOf(node)),
    ovn('cidr', JOIN.cidr),
    ovn('gateway', JOIN.gateway),
    ovn('ip_address', JOIN.node(i)),
    ovn('logical_switch', 'join'),
    ovn('mac_address', JOIN.mac(i)),
    ovn('port_name', `node-${node}`),
  ])
  const labels = { 'kubernetes.io/hostname': node, 'kubernetes.io/os': 'linux', ...(i === 1 ? { 'node-role.kubernetes.io/control-plane': '' } : {}) }
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  })
  const status = {
    addresses: [
      { type: 'InternalIP', address: UNDERLAY.node(i) },
      { type: 'ExternalIP', address: '127.0.0.1' }, // where KWOK plays its kubelet
      { type: 'Hostname', address: node },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: kwokPort } },
    capacity: { cpu: '1k', memory: '1Ti', pods: '1M' },
    allocatable: { cpu: '1k', memory: '1Ti', pods: '1M' },
    conditions: [
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      condition('NetworkUnavailable', 'False', 'JoinSubnetGatewayReachable', `ping check to gateway ip ${JOIN.gateway} succeeded`),
    ],
  }
  return { resource: NODE, object: { metadata: { name: node, labels, annotations }, status } }
}

const subnet = (name: string, spec: Record<string, unknown>): Made => {
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const conditions = ['Validated', 'Ready'].map((type) => ({
    type,
    status: 'True',
    reason: 'ResetLogicalSwitchAclSuccess',
    lastTransitionTime: now,
    lastUpdateTime: now,
  }))
  const common = { protocol: 'IPv4', provider: 'ovn', vpc: 'ovn-cluster', private: false, gatewayNode: '' }
  return {
    resource: SUBNET,
    object: { metadata: { name, finalizers: ['kubeovn.io/kube-ovn-controller'] }, spec: { ...common, ...spec }, status: { conditions } },
  }
}

export const networkObjects = (): Made[] => [
  {
    resource: VPC,
    object: {
      metadata: { name: 'ovn-cluster', finalizers: ['kubeovn.io/kube-ovn-controller'] },
      spec: {},
      status: {
        default: true,
        defaultLogicalSwitch: 'ovn-default',
        enableExternal: false,
        enableBfd: false,
        router: 'ovn-cluster',
        standby: true,
        subnets: ['join', 'ovn-default'],
      },
    },
  },
  subnet('join', { cidrBlock: JOIN.cidr, default: false, disableInterConnection: true, excludeIps: [JOIN.gateway], gateway: JOIN.gateway, natOutgoing: false }),
  subnet('ovn-default', {
    cidrBlock: POD_NET.cidr,
    default: true,
    enableLb: true,
    excludeIps: [POD_NET.gateway],
    gateway: POD_NET.gateway,
    gatewayType: 'distributed',
    natOutgoing: true,
  }),
]

const hostPod = (
  profile: Profile,
  node: string,
  name: string,
  container: string,
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
): Made => ({
  resource: POD,
  object: {
    metadata: { name, namespace: SYSTEM, labels, annotations: { ...STAND_IN, ...annotations } },
    spec: { hostNetwork: true, nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: container, image: image(profile) }] },
  },
})

/** A server of OVN's databases, without the labels of a leader. */
export const centralPod = (profile: Profile, node: string, name: string, leads: Record<string, string> = {}): Made =>
  hostPod(profile, node, name, 'ovn-central', { app: 'ovn-central', ...leads })

/** ovn-central with its leader labels, OVS and the daemon on every node, the controller. */
export function systemPods(options: LabOptions, nodes: readonly string[]): Made[] {
  const { profile } = options
  const [first = 'node1'] = nodes
  const leads = { 'ovn-nb-leader': 'true', 'ovn-sb-leader': 'true', 'ovn-northd-leader': 'true' }
  return [
    centralPod(profile, first, 'ovn-central-0', leads),
    hostPod(profile, first, CONTROLLER_POD, 'kube-ovn-controller', { app: 'kube-ovn-controller' }),
    ...nodes.flatMap((node) => [
      hostPod(profile, node, `ovs-ovn-${node}`, 'openvswitch', { app: 'ovs' }),
      hostPod(profile, node, `kube-ovn-cni-${node}`, 'cni-server', { app: 'kube-ovn-cni' }),
    ]),
  ]
}

export const CONTROLLER_POD = 'kube-ovn-controller-0'

/** The flags a person would find in the Deployment; the stand-in obeys the same list. */
export function controllerArgs({ profile, controllerArgs: more }: LabOptions): string[] {
  const external = profile === 'v1.5' ? 'ovn-external' : 'external'
  return [
    '/kube-ovn/start-controller.sh',
    `--default-cidr=${POD_NET.cidr}`,
    `--default-gateway=${POD_NET.gateway}`,
    `--node-switch-cidr=${JOIN.cidr}`,
    '--network-type=geneve',
    '--cluster-router=ovn-cluster',
    '--enable-eip-snat=true',
    `--external-gateway-switch=${external}`,
    `--external-gateway-net=${external}`,
    '--external-gateway-vlanid=0',
    `--external-gateway-config-ns=${SYSTEM}`,
    ...more,
  ]
}

export function workloads(options: LabOptions): Made[] {
  const { profile, nodes } = options
  const meta = (name: string, app: string) => ({ name, namespace: SYSTEM, labels: { app }, annotations: STAND_IN })
  const spec = (app: string, container: Record<string, unknown>) => ({
    selector: { matchLabels: { app } },
    template: { metadata: { labels: { app }, annotations: STAND_IN }, spec: { hostNetwork: true, containers: [{ image: image(profile), ...container }] } },
  })
  const up = {
    observedGeneration: 1,
    updatedNumberScheduled: nodes,
    currentNumberScheduled: nodes,
    desiredNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: nodes,
    numberAvailable: nodes,
  }
  const daemonSet = (name: string, app: string, container: string): Made => ({
    resource: DAEMON_SET,
    object: { metadata: meta(name, app), spec: spec(app, { name: container }), status: up },
  })
  const one = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }
  const deployment = (name: string, container: Record<string, unknown>): Made => ({
    resource: DEPLOYMENT,
    object: { metadata: meta(name, name), spec: { replicas: 1, ...spec(name, container) }, status: one },
  })
  return [
    deployment('kube-ovn-controller', { name: 'kube-ovn-controller', args: controllerArgs(options) }),
    deployment('ovn-central', { name: 'ovn-central' }),
    daemonSet('ovs-ovn', 'ovs', 'openvswitch'),
    daemonSet('kube-ovn-cni', 'kube-ovn-cni', 'cni-server'),
  ]
}
