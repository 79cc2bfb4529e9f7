/** Fills the API server: types, nodes, Kube-OVN's own objects and pods, and waits until they run. */
import { type KubeObject, POD } from '../kube/port.ts'
import { type Api, pathOf } from './api.ts'
import { applyCrds, EXEC } from './crds.ts'
import { until } from './exec.ts'
import { execObject } from './kwok.ts'
import { CONTROLLER_POD, type Made, networkObjects, nodeObject, systemPods, workloads } from './objects.ts'
import { files, nodeNetns } from './paths.ts'
import type { Lifted } from './state.ts'
import type { Place } from './tools.ts'

export async function buildCluster(lab: Lifted, api: Api, signal: AbortSignal, kwok: () => Promise<void>): Promise<void> {
  const apply = (made: readonly Made[]): Promise<unknown> => Promise.all(made.map(({ resource, object }) => api.apply(resource, object)))
  const nodes = lab.nodes.map((node, i) => nodeObject(node, i + 1, lab.ports.kwok))
  await until('namespace kube-system', () => api.call('GET', '/api/v1/namespaces/kube-system').then(() => true), { signal })
  await Promise.all([applyCrds(api, lab.options.profile, signal), apply(nodes)])
  const pods = systemPods(lab.options, lab.nodes)
  const execs = pods.map(({ object }) => ({ resource: EXEC, object: execObject('kube-system', object.metadata.name, placeOf(lab, object)) }))
  await Promise.all([kwok(), apply([...networkObjects(), ...pods, ...execs, ...workloads(lab.options)])])
  await until('the system pods', async () => ((await running(api)) >= pods.length ? true : undefined), { signal })
}

/** The controller's pod goes and comes again: same name, another uid. */
export async function replaceControllerPod(lab: Lifted, api: Api): Promise<void> {
  const pod = systemPods(lab.options, lab.nodes).find(({ object }) => object.metadata.name === CONTROLLER_POD)
  if (!pod) return
  await api.remove(POD, CONTROLLER_POD, 'kube-system')
  await until('the end of the controller pod', async () => ((await api.get(POD, CONTROLLER_POD, 'kube-system')) ? undefined : true))
  await startPod(api, pod)
}

/** Makes it, and waits until it runs. */
export async function startPod(api: Api, { resource, object }: Made): Promise<void> {
  const { name, namespace } = object.metadata
  await api.apply(resource, object)
  const phase = async (): Promise<unknown> => ((await api.get(resource, name, namespace))?.['status'] as { phase?: unknown } | undefined)?.phase
  await until(`pod ${name} to run`, async () => ((await phase()) === 'Running' ? true : undefined))
}

async function running(api: Api): Promise<number> {
  const list = (await api.call('GET', `${pathOf(POD, undefined, 'kube-system')}?fieldSelector=status.phase%3DRunning`)) as { items: readonly unknown[] }
  return list.items.length
}

/** A container of the host's network sees its node; ovn-central sees the databases too. */
function placeOf(lab: Lifted, pod: KubeObject): Place {
  const node = String((pod['spec'] as { nodeName?: unknown }).nodeName)
  const at = files(lab.dir)
  return { netns: nodeNetns(lab.name, node), rundir: pod.metadata.name.startsWith('ovn-central') ? at.central : at.node(node) }
}
