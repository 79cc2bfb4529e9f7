/** KWOK as every node's kubelet: makes pods Running as a real cluster would, and runs `kubectl exec` on the real OVS and OVN. */

import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { KubeObject } from '../kube/port.ts'
import type { Binaries } from './binaries.ts'
import { alive } from './controlplane.ts'
import { until } from './exec.ts'
import { files } from './paths.ts'
import type { Lifted } from './state.ts'
import { type Place, placeEnv } from './tools.ts'

const STATUS = (ip: string): string => `{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "Ready" "ContainersReady" "PodScheduled" }}
- { type: {{ $type | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  containerID: "lab://x"
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
${ip}
phase: Running
startTime: {{ $now | Quote }}
`

const HOST_IP = '{{ with NodeIPsWith .spec.nodeName }}\npodIP: {{ index . 0 | Quote }}\npodIPs: [ { ip: {{ index . 0 | Quote }} } ]\n{{ end }}'
const OWN_IP = '{{ with index .metadata.annotations "ovn.kubernetes.io/ip_address" }}\npodIP: {{ . | Quote }}\npodIPs: [ { ip: {{ . | Quote }} } ]\n{{ end }}'

const stage = (name: string, kind: 'Pod' | 'Node', selector: object, next: object): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, selector, next },
})

/** Our own nodes come with their status; this is for nodes a person adds. KWOK also plays no pods at all while it has no node stage. */
const NODE_STATUS = `conditions:
- { type: Ready, status: "True", reason: KubeletReady, message: "", lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }} }
daemonEndpoints: { kubeletEndpoint: { Port: {{ NodePort }} } }
addresses:
- { type: InternalIP, address: {{ NodeIP | Quote }} }
- { type: Hostname, address: {{ .metadata.name | Quote }} }
`
/** Annotation of a node whose status is as somebody made it. */
export const AS_IT_IS = 'lab.ovngw/as-it-is'
const UNTOUCHED = { key: `.metadata.annotations["${AS_IT_IS}"]`, operator: 'DoesNotExist' }
const NOT_READY = { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'NotIn', values: ['True'] }
const LIVE = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
/**
 * Without grace the API server ends the pod itself, after a MODIFIED event. KWOK would answer it too, and KWOK deletes by name and not by uid: it
 * would hit the next pod of that name.
 */
const WITH_GRACE = { key: '.metadata.deletionGracePeriodSeconds | tostring', operator: 'NotIn', values: ['0'] }
const PENDING = { key: '.status.phase', operator: 'In', values: ['Pending'] }

/** A pod of its own network is Running only once `routed` is "true": CNI ADD waits for it (reality.md R33). */
const STAGES = [
  stage('node-ready', 'Node', { matchExpressions: [NOT_READY, UNTOUCHED] }, { statusTemplate: NODE_STATUS }),
  stage(
    'pod-ready-host',
    'Pod',
    { matchExpressions: [LIVE, PENDING, { key: '.spec.hostNetwork', operator: 'In', values: ['true'] }] },
    { statusTemplate: STATUS(HOST_IP) },
  ),
  stage(
    'pod-ready',
    'Pod',
    {
      matchAnnotations: { 'ovn.kubernetes.io/routed': 'true' },
      matchExpressions: [LIVE, PENDING, { key: '.spec.hostNetwork', operator: 'NotIn', values: ['true'] }],
    },
    { statusTemplate: STATUS(OWN_IP) },
  ),
  stage('pod-delete', 'Pod', { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }, WITH_GRACE] }, { delete: true }),
]

/** Lets `kubectl exec` into this pod run its commands at `place`. */
export const execObject = (namespace: string, pod: string, place: Place): KubeObject => ({
  metadata: { name: pod, namespace },
  spec: { execs: [{ local: { workDir: '/', envs: Object.entries(placeEnv(place)).map(([name, value]) => ({ name, value })) } }] },
})

export async function startKwok(lab: Lifted, binaries: Binaries, signal: AbortSignal): Promise<void> {
  const at = files(lab.dir)
  const { kwok: port } = lab.ports
  await writeFile(at.kwok, STAGES.map((s) => JSON.stringify(s)).join('\n---\n'))
  const proc = await lab.daemon({
    id: 'kwok',
    env: { PATH: `${at.tools}:${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin` },
    argv: [
      binaries.kwok,
      `--kubeconfig=${at.kubeconfig}`,
      `--config=${at.kwok}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=0', // nobody reads the leases here
      `--server-address=127.0.0.1:${port}`,
      `--node-port=${port}`,
      '--node-ip=127.0.0.1',
      `--tls-cert-file=${at.certs}/kubelet.crt`,
      `--tls-private-key-file=${at.certs}/kubelet.key`,
      '--enable-crds=Exec',
    ],
  })
  await until('kwok', () => alive(lab, 'kwok', proc, () => answers(port)), { signal })
}

const answers = (port: number): Promise<true | undefined> => {
  const { promise, resolve } = Promise.withResolvers<true | undefined>()
  const socket = connect({ port, host: '127.0.0.1' })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(undefined))
  return promise.finally(() => socket.destroy())
}
