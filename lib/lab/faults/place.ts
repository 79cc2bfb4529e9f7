/** Where faults are made: the gateway of inventory/lab.yaml on one lab, and its tools. */
import { readFile } from 'node:fs/promises'
import { OvngwError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kube/port.ts'
import { type Api, openApi } from '../api.ts'
import { must, runnerAt, until } from '../exec.ts'
import { ovsEnv } from '../ovs.ts'
import { files, labDir, nodeNetns, serverOf } from '../paths.ts'
import { CONFIG_MAP_NAME, parseLabFile, type Settings, settingsOf } from '../standin/config.ts'
import { EIP, IP, SNAT } from '../standin/pod.ts'
import type { Status } from '../standin/status.ts'
import { type Lifted, lift, readState } from '../state.ts'

/** Network namespaces: the gateway node, another one, the switches between the nodes, the outside host. */
export type Space = 'node' | 'other' | 'wire' | 'outside'

export interface ServedPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly ip: string
  readonly address: string
}

export interface Place {
  readonly lab: Lifted
  readonly api: Api
  /** The gateway's node and another one. */
  readonly node: string
  readonly other: string
  /** What the gateway's pieces are called here. */
  readonly names: Settings
  /** The first pod with an EIP or a SNAT. @throws OvngwError REJECTED when there is none */
  pod(kind: 'eip' | 'snat'): Promise<ServedPod>
  nb(...args: readonly string[]): Promise<string>
  sb(...args: readonly string[]): Promise<string>
  ovs(node: string, ...args: readonly string[]): Promise<string>
  /** Until the external bridge of a node is there, or gone: the daemon makes it and takes it away some time after the label. */
  bridge(node: string, there: boolean): Promise<void>
  /** Until a chassis has the router port, and it is this node's where one is named. */
  claimed(node?: string): Promise<void>
  /** Any tool inside a namespace. */
  at(space: Space, bin: string, ...args: readonly string[]): Promise<string>
  /** Until every node has in its flows what NB says. */
  sync(): Promise<void>
  /** Until the stand-in has dealt with this version of an object. */
  seen(plural: string, object: KubeObject): Promise<void>
  close(): void
}

/** @throws OvngwError NOT_FOUND when there is no such lab */
export async function openPlace(name: string): Promise<Place> {
  const state = await readState(name)
  if (!state) throw new OvngwError('NOT_FOUND', { what: `there is no lab ${name}`, hint: `ovngw lab up --name ${name}`, exit: 2 })
  const at = files(labDir(name))
  const lab = lift(state.options, state.ports)
  const [api, names] = await Promise.all([
    openApi(serverOf(state.ports.api), at.certs),
    readFile(at.lab, 'utf8').then((text) => settingsOf(parseLabFile(text))),
  ])
  const [node = 'node1', other = node] = lab.nodes
  const tool =
    (bin: string, rundir: string) =>
    (...args: readonly string[]): Promise<string> =>
      must([bin, '--timeout=10', ...args], { runner: runnerAt({ where: bin, env: ovsEnv(rundir) }) })
  const [nb, sb] = [tool('ovn-nbctl', at.central), tool('ovn-sbctl', at.central)]
  const sync = async (): Promise<void> => void (await nb('--wait=hv', 'sync'))
  const ovs: Place['ovs'] = (on, ...args) => tool('ovs-vsctl', at.node(on))(...args)
  const inside: Place['at'] = (space, bin, ...args) =>
    must(['ip', 'netns', 'exec', nodeNetns(name, space === 'node' ? node : space === 'other' ? other : space), bin, ...args], {
      runner: runnerAt({ where: space, env: space === 'node' ? ovsEnv(at.node(node)) : {} }),
    })
  return {
    lab,
    api,
    node,
    other,
    names,
    pod: (kind) => servedPod(api, kind),
    nb,
    sb,
    ovs,
    bridge: async (on, there) => {
      const { bridge } = names
      await until(`${bridge} on ${on} ${there ? 'to be there' : 'to be gone'}`, async () =>
        (await ovs(on, 'list-br')).split('\n').includes(bridge) === there ? true : undefined,
      )
      await sync()
    },
    claimed: async (by) => {
      const column = async (...args: readonly string[]): Promise<string> => (await sb('--bare', ...args)).trim()
      await until(`${names.routerPort} to be claimed by ${by ?? 'a node'}`, async () => {
        const chassis = await column('--columns=chassis', 'find', 'Port_Binding', `logical_port=cr-${names.routerPort}`)
        return chassis !== '' && (by === undefined || (await column('--columns=hostname', 'list', 'Chassis', chassis)) === by) ? true : undefined
      })
      await sync()
    },
    at: inside,
    sync,
    seen: (plural, object) => seen({ lab, names }, plural, object),
    close: () => api.close(),
  }
}

async function servedPod(api: Api, kind: 'eip' | 'snat'): Promise<ServedPod> {
  const key = kind === 'eip' ? EIP : SNAT
  const { items } = (await api.call('GET', '/api/v1/pods')) as { items: readonly KubeObject[] }
  const pod = items.find(({ metadata: { annotations = {} } }) => (annotations[key] ?? '') !== '' && (annotations[IP] ?? '') !== '')
  const { namespace = 'default', name, annotations = {} } = pod?.metadata ?? { name: '' }
  if (pod === undefined)
    throw new OvngwError('REJECTED', {
      what: `this fault breaks a pod that has ${kind === 'eip' ? 'an EIP' : 'a SNAT address'}`,
      why: 'the lab has none',
      hint: 'ovngw lab quickstart   # makes a gateway and such pods',
    })
  return { namespace, name, node: (pod['spec'] as { nodeName?: string }).nodeName ?? '', ip: annotations[IP] ?? '', address: annotations[key] ?? '' }
}

/** What the stand-in watches; of anything else there is nothing to wait for. */
const isWatched = (plural: string, { name, namespace }: KubeObject['metadata'], { configNamespace }: Settings): boolean =>
  plural === 'configmaps' ? name === CONFIG_MAP_NAME && namespace === configNamespace : ['pods', 'nodes', 'vpcs', 'subnets'].includes(plural)

async function seen({ lab, names }: Pick<Place, 'lab' | 'names'>, plural: string, { metadata }: KubeObject): Promise<void> {
  if (!isWatched(plural, metadata, names)) return
  const wanted = BigInt(metadata.resourceVersion ?? '0')
  const reached = (versions: Readonly<Record<string, string>> | undefined): boolean => BigInt(versions?.[plural] ?? '0') >= wanted
  await until(
    `the stand-in has dealt with ${metadata.name}`,
    async () => {
      const status = JSON.parse(await readFile(`${lab.dir}/controller.status.json`, 'utf8')) as Status
      const daemons = plural === 'nodes' || plural === 'configmaps' ? lab.nodes.map((n) => status.daemons[n]?.processed) : []
      return status.settled && reached(status.processed) && daemons.every(reached) ? true : undefined
    },
    { timeoutMs: 15_000 },
  )
}
