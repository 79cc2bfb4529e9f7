/** A lab as a world: the real API server, OVN and OVS, and the stand-in in its own process. */
import { readFile } from 'node:fs/promises'
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, type Kube, type KubeObject, NODE, POD, type Resource, VPC } from '../../lib/kube/port.ts'
import type { Lab } from '../../lib/lab/index.ts'
import { CONFIG_MAP_NAME } from '../../lib/lab/standin/config.ts'
import type { Status } from '../../lib/lab/standin/status.ts'
import { type Runner, read, show } from '../../lib/proc/command.ts'
import { NB_COLUMNS, OVS_COLUMNS, type RawState } from './facts.ts'
import { readTables } from './ovsdb.ts'
import type { World } from './world.ts'

const CM = { namespace: 'kube-system', name: CONFIG_MAP_NAME }
const inDefault = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name })

export interface LabWorld extends World {
  readonly kube: Kube
  close(): Promise<void>
}

export async function labWorld(lab: Lab): Promise<LabWorld> {
  const kube = await connect({ kubeconfig: lab.kubeconfig })
  const nb = tool(lab.centralRunner(), 'ovn-nbctl')
  const ovs = (node: string): ReturnType<typeof tool> => tool(lab.nodeRunner(node), 'ovs-vsctl')
  const versionOf = async (resource: Resource, ref: { namespace?: string; name: string }): Promise<string> => version(await kube.get(resource, ref))
  const annotate = async (
    resource: Resource,
    ref: { namespace?: string; name: string },
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<string> => version(await kube.patch(resource, ref, { metadata: { annotations } }))
  const list = async (resource: Resource, namespace?: string): Promise<RawState['pods']> =>
    (await kube.list(resource, { namespace })).items.map(({ metadata: { name, labels = {}, annotations = {} } }) => ({
      name,
      labels: own(labels),
      annotations: own(annotations),
    }))
  return {
    kube,
    createConfig: async (data) => version(await kube.create(CONFIG_MAP, { metadata: CM, data })),
    patchConfig: async (data) => version(await kube.patch(CONFIG_MAP, CM, { data })),
    deleteConfig: async () => {
      const had = await versionOf(CONFIG_MAP, CM)
      await kube.delete(CONFIG_MAP, CM)
      return had
    },
    createPod: async (name, nodeName, annotations) => {
      const spec = { nodeName, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] }
      return version(await kube.create(POD, { metadata: { ...inDefault(name), annotations }, spec }))
    },
    annotatePod: (name, annotations) => annotate(POD, inDefault(name), annotations),
    deletePod: async (name) => {
      const had = await versionOf(POD, inDefault(name))
      await lab.deletePod('default', name)
      return had
    },
    labelNode: async (name, labels) => version(await kube.patch(NODE, { name }, { metadata: { labels } })),
    annotateNode: (name, annotations) => annotate(NODE, { name }, annotations),
    attach: async (pod) => void (await lab.attachPod('default', pod)),
    restartController: () => lab.restartController(),
    nbctl: async (...args) => void (await nb(...args)),
    status: async () => JSON.parse(await readFile(`${lab.dir}/controller.status.json`, 'utf8')) as Status,
    read: async () => {
      const [tables, config, nodes, pods, vpc, switches] = await Promise.all([
        readTables(nb, NB_COLUMNS),
        kube.find(CONFIG_MAP, CM),
        list(NODE),
        list(POD, 'default'),
        kube.get(VPC, { name: 'ovn-cluster' }),
        Promise.all(lab.nodes.map(async (n) => [n, await readTables(ovs(n), OVS_COLUMNS)] as const)),
      ])
      const data = (config?.['data'] as Record<string, string> | undefined) ?? null
      return { nb: tables, config: data, nodes, pods, vpc: external(vpc), ovs: Object.fromEntries(switches) }
    },
    close: () => kube.close(),
  }
}

const version = (object: KubeObject): string => object.metadata.resourceVersion ?? '0'
const own = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).filter(([k]) => k.startsWith('ovn.kubernetes.io/')))

/** `enableExternal`, absent as false. */
export function external(vpc: KubeObject | undefined): RawState['vpc'] {
  const of = (part: unknown): { enableExternal: boolean } => ({ enableExternal: (part as { enableExternal?: boolean } | undefined)?.enableExternal === true })
  return { spec: of(vpc?.['spec']), status: of(vpc?.['status']) }
}

const tool =
  (runner: Runner, bin: string) =>
  async (...args: string[]): Promise<string> => {
    const command = read(bin, '--timeout=10', ...args)
    const { code, stdout, stderr } = await runner.run(command)
    if (code !== 0) throw new Error(`${show(command)}: ${stderr}`)
    return stdout
  }
