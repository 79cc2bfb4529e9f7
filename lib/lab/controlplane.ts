/** etcd and kube-apiserver on loopback: the real servers, with RBAC, client certificates and an audit log. */
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { OvngwError } from '../kernel/errors.ts'
import type { Api } from './api.ts'
import type { Binaries } from './binaries.ts'
import { isAlive, type Proc, tail } from './daemons.ts'
import { until } from './exec.ts'
import { files } from './paths.ts'
import type { Lifted } from './state.ts'

export interface Ports {
  readonly etcd: number
  readonly peer: number
  readonly api: number
  readonly kwok: number
}

/** Four ports nobody listens on now, asked of the kernel at once so that they differ. */
export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const server = createServer().once('error', reject).listen(0, '127.0.0.1', resolve)
      await promise
      return server
    }),
  )
  const [etcd = 0, peer = 0, api = 0, kwok = 0] = servers.map((s) => {
    const address = s.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  })
  await Promise.all(servers.map((s) => new Promise((done) => s.close(done))))
  return { etcd, peer, api, kwok }
}

/** One line a request, body left out: who did what to which object, and what the server answered. */
const AUDIT = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }

export async function startEtcd(lab: Lifted, binaries: Binaries, signal: AbortSignal): Promise<void> {
  const { etcd, peer } = lab.ports
  const at = (port: number): string => `http://127.0.0.1:${port}`
  const urls = [
    '--listen-client-urls',
    at(etcd),
    '--advertise-client-urls',
    at(etcd),
    '--listen-peer-urls',
    at(peer),
    '--initial-advertise-peer-urls',
    at(peer),
  ]
  const cluster = ['--name', 'lab', '--initial-cluster', `lab=${at(peer)}`]
  // The data is gone with the lab anyway: no fsync, and a first election that does not wait a second.
  const fast = ['--unsafe-no-fsync', '--heartbeat-interval', '50', '--election-timeout', '500', '--initial-election-tick-advance=true', '--log-level', 'warn']
  const argv = [binaries.etcd, '--data-dir', files(lab.dir).etcd, ...urls, ...cluster, ...fast]
  const proc = await lab.daemon({ id: 'etcd', argv })
  await until('etcd', () => alive(lab, 'etcd', proc, () => fetch(`${at(etcd)}/health`).then((r) => (r.ok ? true : undefined))), { signal })
}

export async function startApiServer(lab: Lifted, binaries: Binaries, api: Api, signal: AbortSignal): Promise<void> {
  const at = files(lab.dir)
  await mkdir(at.etcd, { recursive: true })
  await writeFile(`${lab.dir}/audit-policy.json`, JSON.stringify(AUDIT))
  const cert = (name: string): string => `${at.certs}/${name}`
  const proc = await lab.daemon({
    id: 'kube-apiserver',
    argv: [
      binaries['kube-apiserver'],
      `--etcd-servers=http://127.0.0.1:${lab.ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${lab.ports.api}`,
      `--tls-cert-file=${cert('server.crt')}`,
      `--tls-private-key-file=${cert('server.key')}`,
      `--client-ca-file=${cert('ca.crt')}`,
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
      '--allow-privileged=true',
      `--audit-policy-file=${lab.dir}/audit-policy.json`,
      `--audit-log-path=${at.audit}`,
      '--endpoint-reconciler-type=none', // 127.0.0.1 is no endpoint, and the log would say so every 10 s
      '--profiling=false',
    ],
  })
  await until('kube-apiserver', () => alive(lab, 'kube-apiserver', proc, () => api.call('GET', '/readyz').then(() => true)), {
    signal,
    timeoutMs: 90_000,
    everyMs: 50,
  })
}

/** `probe`, but a daemon that died is an error at once, with the end of its log. */
export async function alive<T>(lab: Lifted, id: string, proc: Proc, probe: () => Promise<T | undefined>): Promise<T | undefined> {
  const value = await probe().catch(() => undefined)
  if (value !== undefined || (await isAlive(proc))) return value
  throw new OvngwError('NOT_RUN', { what: `${id} ended`, why: await tail(files(lab.dir).logs, id) })
}
