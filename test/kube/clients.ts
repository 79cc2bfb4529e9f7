/** Clients of a test: opened through one list, closed with it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, type Kube, type KubeObject } from '../../lib/kube/port.ts'
import type { Cluster } from './apiserver.ts'
import { type FaultProxy, startProxy } from './proxy.ts'

export const map = (name: string, data: Record<string, string> = {}): KubeObject => ({ metadata: { name, namespace: 'default' }, data })
export const ref = (name: string) => ({ name, namespace: 'default' })
export const failure = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )

/** A kubeconfig with a token, as cloud logins write them. */
export async function withToken(cluster: Cluster, server: string, token: string, name: string): Promise<string> {
  const ca = (await readFile(join(cluster.certs, 'ca.crt'))).toString('base64')
  const path = join(cluster.dir, `${name}.kubeconfig`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'someone', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'someone' } }],
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

export interface Clients {
  /** Straight to the API server, as admin. */
  kube(): Kube
  /** The same through `proxy`. */
  through(): Kube
  proxy(): FaultProxy
  open(options: Parameters<typeof connect>[0]): Promise<Kube>
}

/** Registers hooks of the surrounding describe. */
export function useClients(up: () => Cluster, name: string): Clients {
  const opened: Kube[] = []
  let made: { kube: Kube; through: Kube; proxy: FaultProxy } | undefined
  const must = () => {
    if (made === undefined) throw new Error('before the hooks')
    return made
  }
  const open = async (options: Parameters<typeof connect>[0]): Promise<Kube> => {
    const one = await connect(options)
    opened.push(one)
    return one
  }
  beforeAll(async () => {
    const proxy = await startProxy({ upstream: up().server, certs: up().certs })
    made = {
      proxy,
      kube: await open({ kubeconfig: up().kubeconfig }),
      through: await open({ kubeconfig: await withToken(up(), proxy.url, 'unused', `through-${name}`) }),
    }
  })
  beforeAll(async () => {
    await must().kube.apply(CONFIG_MAP, map('common', { for: 'all' }))
  })
  afterAll(async () => {
    await Promise.all(opened.map((k) => k.close()))
    await made?.proxy.close()
  })
  return { kube: () => must().kube, through: () => must().through, proxy: () => must().proxy, open }
}
