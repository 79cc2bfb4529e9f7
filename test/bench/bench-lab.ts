/** A practice cluster of the bench's own, with as many pods as wanted and their controllers held still. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { inPace } from '../../lib/addresses/pace.ts'
import { connect } from '../../lib/kube/client.ts'
import { type Kube, type KubeObject, NAMESPACE, POD, POOL, type Resource } from '../../lib/kube/port.ts'
import { type Lab, labDown, labUp } from '../../lib/lab/index.ts'
import { readState } from '../../lib/lab/state.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAME = 'bench'
const ROLE_BINDING: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
}

export interface BenchLab extends AsyncDisposable {
  readonly lab: Lab
  /** Of a user who may do everything and has no privilege before the server's priority and fairness; the bench's own client is that user's. */
  readonly kubeconfig: string
  readonly user: string
  readonly kube: Kube
  /** A folder with inventory/bench.yaml, to run ovngw in. */
  readonly cwd: string
  /** A launcher with a bundle that nobody builds anew meanwhile. */
  readonly ovngw: string
  readonly nodes: readonly string[]
  site(more?: object): Promise<void>
  /** Stops a daemon for good: what it would do at the same time is not what is measured. */
  hold(...ids: readonly ('standin' | 'kwok' | 'central.northd')[]): Promise<void>
  createAll(namespace: string, pods: readonly KubeObject[]): Promise<void>
}

export async function benchLab(): Promise<BenchLab> {
  const down = async (): Promise<void> => void (await labDown(NAME, () => undefined))
  const interrupted = (): void => void down().finally(() => process.exit(130))
  process.once('SIGINT', interrupted)
  try {
    return await furnished(await labUp({ name: NAME }, () => undefined), async () => {
      process.off('SIGINT', interrupted)
      await down()
    })
  } catch (error) {
    await down()
    throw error
  }
}

async function furnished(lab: Lab, down: () => Promise<void>): Promise<BenchLab> {
  const kubeconfig = await lab.userKubeconfig(NAME, ['benchers'])
  const admin = await connect({ kubeconfig: lab.kubeconfig })
  await admin.create(ROLE_BINDING, {
    metadata: { name: 'benchers' },
    roleRef: { apiGroup: ROLE_BINDING.group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: ROLE_BINDING.group, kind: 'Group', name: 'benchers' }],
  })
  await admin.close()
  const kube = await connect({ kubeconfig })
  const cwd = join(lab.dir, 'desk') // goes with the lab
  mkdirSync(cwd)
  return {
    ...{ lab, kubeconfig, user: NAME, kube, cwd, nodes: lab.nodes, ovngw: bundle(cwd) },
    site: (more = {}) => writeSite(cwd, kubeconfig, more),
    hold: async (...ids) => {
      const procs = (await readState(NAME))?.procs ?? {}
      for (const id of ids) process.kill(procs[id]?.pid ?? Number.NaN, 'SIGSTOP')
    },
    createAll: async (namespace, pods) => {
      await kube.create(NAMESPACE, { metadata: { name: namespace } })
      await inPace(pods, POOL, async (pod, busy) => void (await kube.create(POD, pod, { busy })))
    },
    [Symbol.asyncDispose]: async () => {
      await kube.close()
      lab.close()
      await down()
    },
  }
}

async function writeSite(cwd: string, kubeconfig: string, more: object): Promise<void> {
  const gateway = { type: 'centralized', nodes: ['node1'], nic: 'eth1', address: '172.56.0.100/16', mac: '16:52:f3:13:6a:25', nextHop: '172.56.0.1' }
  await mkdir(join(cwd, 'inventory'), { recursive: true })
  await writeFile(join(cwd, 'inventory', `${NAME}.yaml`), stringify({ cluster: { kubeconfig, context: NAME }, gateway, ...more }))
}

function bundle(dir: string): string {
  // Files it reads beside itself; linked first, since the launcher takes a bundle only that is newer.
  for (const name of ['lib', 'tasks', 'templates', 'package.json', 'package-lock.json', 'node_modules']) symlinkSync(join(ROOT, name), join(dir, name))
  must([process.execPath, join(ROOT, 'bin/build.mjs'), join(dir, 'dist')])
  mkdirSync(join(dir, 'bin'))
  copyFileSync(join(ROOT, 'bin/ovngw'), join(dir, 'bin/ovngw'))
  return join(dir, 'bin/ovngw')
}

/** A command that must end well. */
export function must([file = '', ...args]: readonly string[], cwd?: string): void {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: exit ${status}: ${stderr}${stdout.slice(-2_000)}`)
}
