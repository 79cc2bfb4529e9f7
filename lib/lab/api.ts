/** The lab's own few calls to its API server: it builds the cluster as other people's controllers would, so it is not the product's client. */
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { type ErrorCode, OvngwError } from '../kernel/errors.ts'
import type { KubeObject, Resource } from '../kube/port.ts'

export interface Api {
  readonly server: string
  /** Raw call; answers the parsed body, rejects on 4xx and 5xx. `/healthz`-like plain text comes back as a string. */
  call(method: string, path: string, body?: unknown, type?: string): Promise<unknown>
  get(resource: Resource, name: string, namespace?: string): Promise<KubeObject | undefined>
  /** Server-side apply as `ovngw-lab`, so doing it again changes nothing; `status` goes to the subresource. */
  apply(resource: Resource, object: KubeObject): Promise<KubeObject>
  remove(resource: Resource, name: string, namespace?: string): Promise<void>
  close(): void
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  400: 'REJECTED',
  422: 'REJECTED',
}

export const pathOf = ({ group, version, plural, namespaced }: Resource, name?: string, namespace = 'default'): string => {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

export async function openApi(server: string, certs: string): Promise<Api> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map((f) => readFile(`${certs}/${f}`)))
  const agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: 16 })
  const call = (method: string, path: string, body?: unknown, type = 'application/json'): Promise<unknown> => send(agent, server, { method, path, body, type })
  const find = (path: string): Promise<unknown> =>
    call('GET', path).catch((error: unknown) => {
      if (error instanceof OvngwError && error.code === 'NOT_FOUND') return undefined
      throw error
    })
  return {
    server,
    call,
    get: async (resource, name, namespace) => (await find(pathOf(resource, name, namespace))) as KubeObject | undefined,
    apply: async (resource, object) => {
      const { name, namespace } = object.metadata
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
      const { status, ...rest } = { apiVersion, kind: resource.kind, ...object } as KubeObject & { status?: unknown }
      const query = '?fieldManager=ovngw-lab&force=true'
      const path = pathOf(resource, name, namespace)
      const made = await call('PATCH', `${path}${query}`, rest, 'application/apply-patch+yaml')
      if (status !== undefined) await call('PATCH', `${path}/status`, { status }, 'application/merge-patch+json')
      return made as KubeObject
    },
    remove: async (resource, name, namespace) => {
      await call('DELETE', `${pathOf(resource, name, namespace)}?gracePeriodSeconds=0`).catch((error: unknown) => {
        if (!(error instanceof OvngwError && error.code === 'NOT_FOUND')) throw error
      })
    },
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, server: string, { method, path, body, type }: { method: string; path: string; body: unknown; type: string }): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const what = `${method} ${path}`
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) }
  const req = request(`${server}${path}`, { agent, method, headers, timeout: 20_000 }, (res) => {
    const chunks: Buffer[] = []
    res.on('data', (c: Buffer) => chunks.push(c))
    res.on('error', (cause) => reject(new OvngwError('UNREACHABLE', { what, why: cause.message, cause })))
    res.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const code = res.statusCode ?? 0
      if (code >= 300) return reject(new OvngwError(CODES[code] ?? 'UNREACHABLE', { what: `${what}: ${code}`, why: text.slice(0, 1000) }))
      resolve(res.headers['content-type']?.startsWith('application/json') ? JSON.parse(text) : text)
    })
  })
  req.on('timeout', () => req.destroy(new Error('no answer for 20 s')))
  req.on('error', (cause) => reject(new OvngwError('UNREACHABLE', { what, why: cause.message, cause })))
  req.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}
