/** A real etcd and kube-apiserver (and KWOK as kubelet on request) in a temporary directory, for these tests only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBinaries } from '../../lib/lab/binaries.ts'
import { makeCerts, makeUser, writeKubeconfig } from '../../lib/lab/certs.ts'
import { freePorts } from '../../lib/lab/controlplane.ts'

export interface Cluster {
  readonly dir: string
  readonly certs: string
  readonly server: string
  readonly port: number
  /** Of user admin, context `test`. */
  readonly kubeconfig: string
  readonly kubeletPort: number
  /** A kubeconfig of another user (client certificate) and server. */
  kubeconfigOf(user: string, server?: string, groups?: readonly string[]): Promise<string>
  startKwok(): Promise<void>
  stop(): Promise<void>
}

const TOKENS = 'tok-admin-3f9c,token-user,1,system:masters\n'
export const TOKEN = 'tok-admin-3f9c'

export async function startCluster(): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'ovngw-kube-'))
  const certs = join(dir, 'certs')
  const [binaries, ports] = await Promise.all([ensureBinaries(() => undefined), freePorts(), makeCerts(certs)])
  await writeFile(join(dir, 'tokens.csv'), TOKENS)
  const children: ChildProcess[] = []
  const start = (bin: string, args: string[], env: NodeJS.ProcessEnv = {}): void => {
    const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    const log = createWriteStream(join(dir, `${bin.split('/').at(-1)}.log`))
    child.stdout.pipe(log)
    child.stderr.pipe(log)
    children.push(child)
  }
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map((c) => (c.exitCode === null && c.signalCode === null ? new Promise((done) => c.once('exit', done).kill('SIGKILL')) : undefined)),
    )
    await rm(dir, { recursive: true, force: true })
  }
  const server = `https://127.0.0.1:${ports.api}`
  const etcd = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports.peer}`
  const urls = ['--listen-client-urls', etcd, '--advertise-client-urls', etcd, '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer]
  start(binaries.etcd, [
    '--data-dir',
    join(dir, 'etcd'),
    '--name',
    'test',
    '--initial-cluster',
    `test=${peer}`,
    ...urls,
    '--unsafe-no-fsync',
    '--log-level',
    'warn',
  ])
  start(binaries['kube-apiserver'], apiServerFlags({ dir, certs, etcd, port: ports.api }))
  const kubeconfigOf = async (user: string, at = server, groups: readonly string[] = []): Promise<string> => {
    if (user !== 'admin') await makeUser(certs, { name: user, groups })
    const path = join(dir, `${user}-${new URL(at).port}.kubeconfig`)
    await writeKubeconfig(path, { certs, server: at, context: 'test', user })
    return path
  }
  try {
    await until(() => ready(server, certs), 60_000)
  } catch (error) {
    await stop()
    throw error
  }
  const startKwok = async (): Promise<void> => {
    const config = join(dir, 'kwok.yaml')
    await writeFile(config, KWOK.map((o) => JSON.stringify(o)).join('\n---\n'))
    const tls = ['--tls-cert-file', join(certs, 'kubelet.crt'), '--tls-private-key-file', join(certs, 'kubelet.key')]
    const at = ['--server-address', `127.0.0.1:${ports.kwok}`, '--node-port', String(ports.kwok), '--node-ip', '127.0.0.1']
    start(binaries.kwok, [
      '--kubeconfig',
      await kubeconfigOf('admin'),
      '--config',
      config,
      '--manage-all-nodes',
      '--node-lease-duration-seconds=0',
      ...at,
      ...tls,
    ])
  }
  return { dir, certs, server, port: ports.api, kubeconfig: await kubeconfigOf('admin'), kubeletPort: ports.kwok, kubeconfigOf, startKwok, stop }
}

function apiServerFlags({ dir, certs, etcd, port }: { dir: string; certs: string; etcd: string; port: number }): string[] {
  const cert = (name: string): string => join(certs, name)
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${cert('server.crt')}`,
    `--tls-private-key-file=${cert('server.key')}`,
    `--client-ca-file=${cert('ca.crt')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    `--kubelet-certificate-authority=${cert('ca.crt')}`,
    `--kubelet-client-certificate=${cert('kubelet-client.crt')}`,
    `--kubelet-client-key=${cert('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=ExternalIP,InternalIP',
    '--authorization-mode=RBAC',
    '--anonymous-auth=false',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${cert('sa.pub')}`,
    `--service-account-signing-key-file=${cert('sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ]
}

const READY = { type: 'Ready', status: 'True', reason: 'KubeletReady' }
const NODE_STATUS = `conditions: [${JSON.stringify(READY)}]
daemonEndpoints: { kubeletEndpoint: { Port: {{ NodePort }} } }
addresses: [ { type: InternalIP, address: {{ NodeIP | Quote }} } ]
`
const POD_STATUS = `phase: Running
podIP: 127.0.0.1
conditions: [ { type: Ready, status: "True" } ]
containerStatuses: [ { name: c, image: x, imageID: "", ready: true, restartCount: 0, state: { running: { startedAt: {{ Now | Quote }} } } } ]
`
const stage = (name: string, kind: string, statusTemplate: string, key: string, without: string): object => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: [{ key, operator: 'NotIn', values: [without] }] }, next: { statusTemplate } },
})
/** Nodes become Ready, pods Running; exec runs the command on this machine, argv untouched. */
const KWOK = [
  stage('node-ready', 'Node', NODE_STATUS, '.status.conditions.[] | select( .type == "Ready" ) | .status', 'True'),
  stage('pod-ready', 'Pod', POD_STATUS, '.status.phase', 'Running'),
  { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind: 'ClusterExec', metadata: { name: 'all' }, spec: { execs: [{ local: { workDir: '/' } }] } },
]

async function ready(server: string, certs: string): Promise<boolean> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map((f) => readFile(join(certs, f))))
  return new Promise((done) => {
    const req = request(`${server}/readyz`, { ca, cert, key, agent: false }, (res) => {
      res.resume()
      done(res.statusCode === 200)
    })
    req.once('error', () => done(false)).end()
  })
}

/** Polls until true. */
export async function until(what: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not true within ${withinMs} ms`)
    await new Promise((done) => setTimeout(done, 25))
  }
}
