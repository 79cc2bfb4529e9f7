/** What a CNI does: once the controller has given a pod its address, a namespace, a cable and a port on br-int. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { OvngwError } from '../kernel/errors.ts'
import { type KubeObject, NAMESPACE, POD } from '../kube/port.ts'
import { write } from '../proc/command.ts'
import { localRunner } from '../proc/local.ts'
import { type Api, pathOf } from './api.ts'
import { EXEC } from './crds.ts'
import { stopAll } from './daemons.ts'
import { startEcho } from './echo.ts'
import { must, runnerAt, until } from './exec.ts'
import { execObject } from './kwok.ts'
import { ovsEnv } from './ovs.ts'
import { files, nodeNetns, OUTSIDE, podNetns } from './paths.ts'
import { netnsOf, procsIn } from './spaces.ts'
import { type Lifted, readState } from './state.ts'
import type { Tools } from './tools.ts'
import { checksumsOff } from './wires.ts'

export interface PodSpec {
  readonly namespace?: string
  readonly name: string
  readonly node: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** Port on which the pod answers `ADDRESS PORT` of its caller; default 8080, false for none. */
  readonly serve?: number | false
}

/** A pod with its address and network. */
export interface LabPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly ip: string
  readonly mac: string
  readonly gateway: string
  readonly netns: string
}

export interface Host {
  readonly lab: Lifted
  readonly api: Api
  readonly tools: Tools
}

/** Makes the API object (and its namespace) and attaches it as soon as it has an address; it need not be routed yet. */
export async function addPod(host: Host, { namespace = 'default', name, node, annotations = {}, labels = {}, serve: port }: PodSpec): Promise<LabPod> {
  const { api, lab } = host
  if (!lab.nodes.includes(node)) throw new OvngwError('USAGE', { what: `lab ${lab.name} has no node ${node}`, hint: `one of ${lab.nodes.join(', ')}` })
  if (!(await api.get(NAMESPACE, namespace))) await api.apply(NAMESPACE, { metadata: { name: namespace } })
  const spec = { nodeName: node, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] }
  await api.call('POST', pathOf(POD, undefined, namespace), { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, annotations, labels }, spec })
  return attachPod(host, namespace, name, port)
}

/** Waits for the controller to allocate, then does the CNI's work. Doing it again for an attached pod changes nothing. */
export async function attachPod(host: Host, namespace: string, name: string, port: number | false = OUTSIDE.port): Promise<LabPod> {
  const what = `an address for pod ${namespace}/${name} (annotation ovn.kubernetes.io/ip_address)`
  const why = (): string => `the stand-in writes it: see ${files(host.lab.dir).logs}/standin.log`
  const pod = await until(what, async () => allocated(host, await host.api.get(POD, name, namespace)), { timeoutMs: 15_000, why })
  if (!(await fits(pod))) await unplug(host, pod) // of an earlier pod with this name
  await plug(host, pod)
  await host.api.apply(EXEC, execObject(namespace, name, { netns: pod.netns }))
  if (port !== false) await serve(host, pod, port)
  return pod
}

const echoId = ({ namespace, name }: LabPod, port: number): string => `pod.${namespace}.${name}.${port}`

/** The port a pod's own server listens on. */
export async function servedPort({ lab }: Host, { namespace, name }: LabPod): Promise<number | undefined> {
  const prefix = `pod.${namespace}.${name}.`
  const ids = Object.keys((await readState(lab.name))?.procs ?? {}).filter((id) => id.startsWith(prefix))
  const port = ids.map((id) => id.slice(prefix.length)).find((rest) => /^\d+$/.test(rest))
  return port === undefined ? undefined : Number(port)
}

export const serve = ({ lab }: Host, pod: LabPod, port: number): Promise<unknown> => startEcho(lab, { id: echoId(pod, port), netns: pod.netns, port })

function allocated({ lab }: Host, object: KubeObject | undefined): LabPod | undefined {
  if (!object) return undefined
  const { name, namespace = 'default', annotations = {} } = object.metadata
  const value = (key: string): string | undefined => annotations[`ovn.kubernetes.io/${key}`]
  const [ip, mac, gateway, node] = [value('ip_address'), value('mac_address'), value('gateway'), (object['spec'] as { nodeName?: string }).nodeName]
  if (value('allocated') !== 'true' || !ip || !mac || !gateway || !node) return undefined
  return { namespace, name, node, ip, mac, gateway, netns: podNetns(lab.name, namespace, name) }
}

/** 15 characters at most: the kernel's limit for a link's name. */
const hostEnd = ({ namespace, name }: LabPod): string => `${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 12)}_h`

const vsctl = ({ lab }: Host, node: string, ...args: string[]): Promise<string> =>
  must(['ovs-vsctl', '--timeout=10', ...args], { runner: runnerAt({ where: node, env: ovsEnv(files(lab.dir).node(node)) }) })

/** False when a namespace of this name is there with another address in it. */
async function fits({ netns, ip, mac }: LabPod): Promise<boolean> {
  if (!existsSync(`/run/netns/${netns}`)) return true
  const links = JSON.parse(await must(['ip', '-n', netns, '-j', 'address', 'show', 'dev', 'eth0'])) as { address?: string; addr_info?: { local?: string }[] }[]
  return links.some((link) => link.address === mac.toLowerCase() && link.addr_info?.some(({ local }) => local === ip))
}

export async function plug(host: Host, pod: LabPod): Promise<void> {
  const { lab, tools } = host
  const node = nodeNetns(lab.name, pod.node)
  const port = hostEnd(pod)
  const lines = (...text: string[]): { stdin: string } => ({ stdin: `${text.join('\n')}\n` })
  if (!(await netnsOf(lab.name)).includes(pod.netns)) {
    await must(['ip', '-batch', '-'], lines(`netns add ${pod.netns}`))
    await must(
      ['ip', '-n', node, '-batch', '-'],
      lines(`link add ${port} type veth peer name eth0 address ${pod.mac} netns ${pod.netns}`, `link set ${port} mtu 1400 up`),
    )
    const inside = ['link set lo up', 'link set eth0 mtu 1400 up', `address add ${pod.ip}/16 dev eth0`, `route add default via ${pod.gateway} dev eth0`]
    await must(['ip', '-n', pod.netns, '-batch', '-'], lines(...inside))
    await Promise.all([checksumsOff(tools, node, port), checksumsOff(tools, pod.netns, 'eth0')])
  }
  const ids = [`iface-id=${pod.name}.${pod.namespace}`, 'vendor=kube-ovn', `pod_name=${pod.name}`, `pod_namespace=${pod.namespace}`, `ip="${pod.ip}"`]
  const set = ids.map((id) => `external_ids:${id}`)
  await vsctl(host, pod.node, '--may-exist', 'add-port', 'br-int', port, '--', 'set', 'interface', port, ...set)
  const installed = async (): Promise<true | undefined> =>
    (await vsctl(host, pod.node, '--if-exists', 'get', 'interface', port, 'external_ids:ovn-installed')).includes('true') ? true : undefined
  await until(`the flows of pod ${pod.namespace}/${pod.name}`, installed, { timeoutMs: 15_000 })
}

/** Takes the API object away, then its port and namespace, in the order of a real node. */
export async function deletePod(host: Host, namespace: string, name: string): Promise<void> {
  const { lab, api } = host
  const object = await api.get(POD, name, namespace)
  await api.remove(POD, name, namespace)
  await until(`the end of pod ${namespace}/${name}`, async () => ((await api.get(POD, name, namespace)) ? undefined : true))
  await api.remove(EXEC, name, namespace)
  const node = (object?.['spec'] as { nodeName?: string } | undefined)?.nodeName
  if (node === undefined || !lab.nodes.includes(node)) return
  await unplug(host, { namespace, name, node, netns: podNetns(lab.name, namespace, name), ip: '', mac: '', gateway: '' })
}

export async function unplug(host: Host, pod: LabPod): Promise<void> {
  await vsctl(host, pod.node, '--if-exists', 'del-port', 'br-int', hostEnd(pod))
  if (!(await netnsOf(host.lab.name)).includes(pod.netns)) return
  await stopAll(await procsIn(pod.netns))
  // The kernel ends a namespace some time after its name is gone, and the cable with it: a node must not keep its end so long.
  await localRunner().run(write('ip', '-n', nodeNetns(host.lab.name, pod.node), 'link', 'delete', hostEnd(pod))) // or there is none
  await must(['ip', 'netns', 'delete', pod.netns])
}

/** Every pod that has a network now. */
export async function attachedPods(host: Host): Promise<LabPod[]> {
  const spaces = await netnsOf(host.lab.name)
  const list = (await host.api.call('GET', '/api/v1/pods')) as { items: KubeObject[] }
  return list.items.map((object) => allocated(host, object)).filter((pod): pod is LabPod => pod !== undefined && spaces.includes(pod.netns))
}
