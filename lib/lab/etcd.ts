/** Objects read from and put back into etcd while the API server runs: its watches carry every change to all clients. */
import { OvngwError } from '../kernel/errors.ts'

/** Kinds nobody restores: kept by the API server for itself, or append-only. */
const VOLATILE =
  /^\/registry\/(events|masterleases|ranges|apiregistration\.k8s\.io|flowschemas|prioritylevelconfigurations|leases\/kube-system\/apiserver-|apiextensions\.k8s\.io|services|endpointslices|serviceips|ipaddresses|servicecidrs|networking\.k8s\.io|storageversion)/

/** Key to value, both base64 as etcd's HTTP gateway has them. */
export type Keys = Readonly<Record<string, string>>

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function call(port: number, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${port}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) })
  const text = await answer.text()
  if (!answer.ok) throw new OvngwError('UNREACHABLE', { what: `etcd ${path}: ${answer.status}`, why: text.slice(0, 500) })
  return JSON.parse(text) as Record<string, unknown>
}

export async function readKeys(port: number): Promise<Keys> {
  const { kvs = [] } = (await call(port, 'range', { key: base64('/registry/'), range_end: base64('/registry0') })) as {
    kvs?: { key: string; value?: string }[]
  }
  return Object.fromEntries(kvs.filter(({ key }) => !VOLATILE.test(Buffer.from(key, 'base64').toString())).map(({ key, value = '' }) => [key, value]))
}

/** Answers how many keys it touched. */
export async function restoreKeys(port: number, want: Keys): Promise<number> {
  const have = await readKeys(port)
  const gone = Object.keys(have).filter((key) => !(key in want))
  const changed = Object.entries(want).filter(([key, value]) => have[key] !== value)
  const operations = [...gone.map((key) => ({ request_delete_range: { key } })), ...changed.map(([key, value]) => ({ request_put: { key, value } }))]
  for (let i = 0; i < operations.length; i += 100) await call(port, 'txn', { success: operations.slice(i, i + 100) }) // etcd takes 128 in one transaction
  return operations.length
}
