/** Pods by number, as large as real ones are, and what else a big cluster has: for the practice cluster and for lists without one. */
import type { Assignment, Pool } from '../../lib/inventory/site.ts'
import type { KubeObject } from '../../lib/kube/port.ts'

/** Address `i` of consecutive ones from 16.0 in the net `first.second`.0.0 on, over its end too: 172.56.16.0, … 172.56.255.255, 172.57.0.0. */
const address = (first: number, second: number, i: number): string => {
  const n = i + 16 * 256
  return `${first}.${second + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`
}
export const insideOf = (i: number): string => address(10, 16, i)
export const outsideOf = (i: number): string => address(172, 56, i)

const PER_DEPLOYMENT = 100
const deploymentOf = (i: number): string => `web-${Math.floor(i / PER_DEPLOYMENT)}`

export interface PodSpec {
  readonly namespace: string
  readonly i: number
  readonly node: string
  readonly eip?: string | undefined
  /** Default true. */
  readonly routed?: boolean
}

const OVN = 'ovn.kubernetes.io'

/** A pod of a Deployment, with what Kube-OVN wrote; about 5 kB once the API server has added its part. */
export function podObject({ namespace, i, node, eip, routed = true }: PodSpec): KubeObject {
  const set = `${deploymentOf(i)}-6d4cf56db6`
  const ovn = {
    allocated: 'true',
    cidr: '10.16.0.0/16',
    gateway: '10.16.0.1',
    ip_address: insideOf(i),
    logical_router: 'ovn-cluster',
    logical_switch: 'ovn-default',
  }
  const more = { mac_address: '0e:6f:76:00:00:01', pod_nic_type: 'veth-pair', ...(routed && { routed: 'true' }), ...(eip !== undefined && { eip }) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: `${set}-${i.toString(36).padStart(5, '0')}`,
      labels: { app: deploymentOf(i), 'app.kubernetes.io/part-of': 'bench', 'pod-template-hash': '6d4cf56db6' },
      annotations: Object.fromEntries(Object.entries({ ...ovn, ...more }).map(([key, value]) => [`${OVN}/${key}`, value])),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: '00000000-0000-4000-8000-000000000001', controller: true }],
    },
    spec: { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [container('web', 8080), container('proxy', 15001)] },
  }
}

const container = (name: string, containerPort: number): object => ({
  name,
  image: `registry.example/${name}@sha256:0f2d1d5e5c1b6f0c5a7c3e9b8d4a6f10e2c4b6d8fa0c2e4f6a8b0d2c4e6f8a0b`,
  ports: [{ name: 'http', containerPort }],
  env: ['LOG_LEVEL', 'DATABASE_URL', 'CACHE_URL', 'REGION'].map((key) => ({ name: key, value: `value of ${key.toLowerCase()}` })),
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: containerPort }, periodSeconds: 10 },
})

export const POOL_OF_ALL: Pool = { name: 'all', ranges: [{ first: '172.56.16.0', last: '172.56.255.254' }], reserved: {}, onLink: true }

/** Every Deployment of `pods` pods gets its addresses from the pool. */
export const assignmentsOf = (namespace: string, pods: number): readonly Assignment[] =>
  Array.from({ length: Math.ceil(pods / PER_DEPLOYMENT) }, (_, d) => ({
    target: { workload: `${namespace}/deployment/web-${d}` },
    eip: { pool: POOL_OF_ALL.name },
  }))
