import { describe, expect, it } from 'vitest'
import { podView, slimPod } from '../../lib/gateway/pods.ts'
import type { KubeObject } from '../../lib/kube/port.ts'

const wrote = (manager: string, ...keys: readonly string[]): object => ({
  manager,
  fieldsV1: { 'f:metadata': { 'f:annotations': Object.fromEntries(keys.map((k) => [`f:ovn.kubernetes.io/${k}`, {}])) }, 'f:spec': { 'f:containers': {} } },
})

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'shop',
    name: 'api-6d4cf56db6-x',
    uid: 'u1',
    creationTimestamp: '2026-11-24T00:00:00Z',
    labels: { app: 'api', 'pod-template-hash': '6d4cf56db6' },
    annotations: {
      'ovn.kubernetes.io/ip_address': '10.16.0.9',
      'ovn.kubernetes.io/logical_switch': 'ovn-default',
      'ovn.kubernetes.io/logical_router': 'ovn-cluster',
      'ovn.kubernetes.io/eip': '172.56.0.9',
      'ovn.kubernetes.io/snat': '172.56.0.8',
      'ovn.kubernetes.io/routed': 'true',
      note: 'x'.repeat(1_000),
    },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'api-6d4cf56db6' }],
    managedFields: [wrote('kubectl-annotate', 'snat'), wrote('ovngw', 'eip')],
  },
  spec: { nodeName: 'node1', hostNetwork: false, containers: [{ name: 'c', image: 'y'.repeat(1_000) }] },
  status: { podIP: '10.16.0.9', phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
}

describe('a slimmed pod', () => {
  it('looks the same and is a fraction of it', () => {
    expect(podView(pod)).toMatchObject({ workload: 'shop/deployment/api', foreign: ['snat'], eip: '172.56.0.9', node: 'node1' })
    expect(podView(slimPod(pod))).toEqual(podView(pod))
    expect(JSON.stringify(slimPod(pod)).length).toBeLessThan(JSON.stringify(pod).length / 3)
  })

  it.each<[string, KubeObject]>([
    ['bare', { metadata: { name: 'x' } }],
    [
      'of the host, going away',
      { metadata: { name: 'x', deletionTimestamp: '2026-11-24T00:00:00Z' }, spec: { hostNetwork: true }, status: { phase: 'Failed' } },
    ],
    ['annotated without field managers', { metadata: { name: 'x', annotations: { 'ovn.kubernetes.io/eip': '172.56.0.9' } } }],
  ])('looks the same: %s', (_, one) => expect(podView(slimPod(one))).toEqual(podView(one)))
})
