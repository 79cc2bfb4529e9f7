/** A world without a cluster: real OVSDB servers, an API server in memory, and the stand-in inside the test. A chain replays in about a second. */

import { CONFIG_MAP, type KubeObject, NODE, POD, PROVIDER_NETWORK, SUBNET, VPC } from '../../lib/kube/port.ts'
import { runnerAt } from '../../lib/lab/exec.ts'
import { CONFIG_MAP_NAME, settingsOf } from '../../lib/lab/standin/config.ts'
import { klog } from '../../lib/lab/standin/log.ts'
import { type StandIn, standIn } from '../../lib/lab/standin/standin.ts'
import type { Status } from '../../lib/lab/standin/status.ts'
import { NB_COLUMNS, OVS_COLUMNS, type RawState } from './facts.ts'
import { type FakeKube, fakeKube } from './fake-kube.ts'
import { external } from './lab-world.ts'
import { readTables, startDatabases } from './ovsdb.ts'
import { until, type World } from './world.ts'

export interface BareWorld extends World {
  readonly kube: FakeKube
  /** Lines of controller.log. */
  readonly log: string[]
  /** Ends the stand-in; `restartController` starts it again. */
  stop(): Promise<void>
  /** As SIGUSR1 does. */
  startOver(): void
  vsctl(node: string, ...args: string[]): Promise<string>
  nb(...args: string[]): Promise<string>
  close(): Promise<void>
}

const NODES = ['node1', 'node2']
const CM = { namespace: 'kube-system', name: CONFIG_MAP_NAME }
const pod = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name })

export async function bareWorld(profile: string, before: RawState, controllerArgs: readonly string[] = []): Promise<BareWorld> {
  const db = await startDatabases(NODES)
  const kube = fakeKube([CONFIG_MAP, NODE, POD, SUBNET, VPC, PROVIDER_NETWORK])
  await lay(db, before)
  seed(kube, before)
  const lab = {
    profile,
    controllerArgs,
    nbSocket: db.nbSocket,
    sbSocket: db.sbSocket,
    nodes: NODES.map((n) => ({ name: n, ovsRundir: db.ovsRundir(n), chassis: `${n}-chassis` })),
  }
  const log: string[] = []
  let status: Status | undefined
  let stop = new AbortController()
  let self: StandIn
  let running: Promise<void>
  const start = (): void => {
    stop = new AbortController()
    status = undefined
    const runner = runnerAt({ where: 'this machine' })
    self = standIn({
      kube,
      lab,
      settings: settingsOf(lab),
      log: klog((line) => log.push(line), process.pid),
      status: (s) => (status = s),
      runner: () => runner,
    })
    running = self.run(stop.signal)
  }
  const end = async (): Promise<void> => {
    stop.abort()
    await running
  }
  const version = (object: KubeObject): string => object.metadata.resourceVersion ?? '0'
  const remove = async (resource: typeof POD, ref: { namespace: string; name: string }): Promise<string> => {
    const had = await kube.find(resource, ref)
    kube.remove(resource, ref)
    return had ? version(had) : '0'
  }
  start()
  return {
    kube,
    log,
    createConfig: async (data) => version(kube.put(CONFIG_MAP, { metadata: CM, data })),
    patchConfig: async (data) => version(await kube.patch(CONFIG_MAP, CM, { data })),
    deleteConfig: () => remove(CONFIG_MAP, CM),
    createPod: async (name, nodeName, annotations) => version(kube.put(POD, { metadata: { ...pod(name), annotations }, spec: { nodeName } })),
    annotatePod: async (name, annotations) => version(await kube.patch(POD, pod(name), { metadata: { annotations } })),
    deletePod: (name) => remove(POD, pod(name)),
    labelNode: async (name, labels) => version(await kube.patch(NODE, { name }, { metadata: { labels } })),
    annotateNode: async (name, annotations) => version(await kube.patch(NODE, { name }, { metadata: { annotations } })),
    attach: async () => undefined,
    restartController: async () => {
      await end()
      start()
      await until('the stand-in after its start', async () => (status?.settled === true ? true : undefined))
    },
    stop: end,
    startOver: () => self.startOver(),
    nbctl: async (...args) => void (await db.nbctl(...args)),
    nb: db.nbctl,
    vsctl: db.vsctl,
    status: async () => status,
    read: async () => ({
      nb: await readTables(db.nbctl, NB_COLUMNS),
      config: ((await kube.find(CONFIG_MAP, CM))?.['data'] as Record<string, string> | undefined) ?? null,
      nodes: (await kube.list(NODE)).items.map(named),
      pods: (await kube.list(POD)).items.map(named),
      vpc: external(await kube.find(VPC, { name: 'ovn-cluster' })),
      ovs: Object.fromEntries(await Promise.all(NODES.map(async (n) => [n, await readTables((...a) => db.vsctl(n, ...a), OVS_COLUMNS)]))),
    }),
    close: async () => {
      await end()
      await db.close()
    },
  }
}

const named = ({ metadata: { name, labels = {}, annotations = {} } }: KubeObject): RawState['pods'][number] => ({ name, labels, annotations })

/** What a cluster has before any gateway: nodes, the default VPC, its two Subnets. */
function seed(kube: FakeKube, before: RawState): void {
  for (const { name, labels, annotations } of before.nodes) kube.put(NODE, { metadata: { name, labels, annotations } })
  kube.put(VPC, { metadata: { name: 'ovn-cluster' }, spec: {}, status: before.vpc.status })
  const spec = { cidrBlock: '10.16.0.0/16', excludeIps: ['10.16.0.1'], gateway: '10.16.0.1', vpc: 'ovn-cluster', gatewayType: 'distributed' }
  kube.put(SUBNET, { metadata: { name: 'ovn-default' }, spec })
}

/** The rows of a recording, put into the databases again; references follow. */
async function lay(db: Awaited<ReturnType<typeof startDatabases>>, before: RawState): Promise<void> {
  const args: string[] = []
  const ids = new Map<string, string>()
  const value = (v: unknown): string => {
    if (!Array.isArray(v)) return JSON.stringify(v)
    const [kind, body] = v as [string, unknown]
    if (kind === 'uuid') return `@${ids.get(String(body))}`
    if (kind === 'map') return `{${(body as unknown[][]).map(([k, w]) => `${JSON.stringify(k)}=${JSON.stringify(w)}`).join(',')}}`
    return `[${(body as unknown[]).map(value).join(',')}]`
  }
  for (const { headings, data } of Object.values(before.nb))
    for (const row of data) ids.set(String((row[headings.indexOf('_uuid')] as string[])[1]), `r${ids.size}`)
  for (const [table, { headings, data }] of Object.entries(before.nb)) {
    for (const row of data) {
      const cells = headings.flatMap((h, i) => (h === '_uuid' || JSON.stringify(row[i]) === '["set",[]]' ? [] : [`${h}=${value(row[i])}`]))
      args.push('--', `--id=@${ids.get(String((row[headings.indexOf('_uuid')] as string[])[1]))}`, 'create', table, ...cells)
    }
  }
  await db.nbctl(...args.slice(1))
  await Promise.all(
    NODES.flatMap((n) => [
      db.vsctl(n, 'add-br', 'br-phy', '--', 'add-port', 'br-phy', 'eth0'),
      db.sbctl(
        '--id=@e',
        'create',
        'Encap',
        'type=geneve',
        `ip=10.250.0.1${n.at(-1)}`,
        `chassis_name=${n}-chassis`,
        '--',
        'create',
        'Chassis',
        `name=${n}-chassis`,
        'encaps=@e',
      ),
    ]),
  )
}
