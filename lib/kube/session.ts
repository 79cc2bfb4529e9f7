/**
 * One signed-in connection set to one API server: headers of the credential, a bounded pool for data calls and an unbounded one for
 * watches and exec (so that long streams never starve short calls). client-node would open one TLS connection a request.
 */
import { Agent, buildConnector, type Dispatcher, ProxyAgent } from 'undici'
import { OvngwError } from '../kernel/errors.ts'
import { type Asked, nothingAsked } from '../proc/asked.ts'
import { type Config, type ConnectOptions, loadConfig, publicAuthorities } from './config.ts'
import { FIELD_MANAGER, POOL } from './port.ts'

/** Credentials are looked at again after this time; exec plugins and token files cache longer by themselves. */
const FRESH_MS = 5_000

export interface Access {
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly data: Dispatcher
  readonly streams: Dispatcher
  /** PEM of the client certificate, to say when it expired. Never the key. */
  readonly certificate: string | undefined
}

export interface Session {
  readonly server: URL
  /** Server URL without a slash at the end; paths are appended (it may have a path itself: Rancher). */
  readonly base: string
  readonly context: string
  /** The kubeconfig's user, or who is impersonated. */
  readonly user: string
  readonly as: string | undefined
  readonly fieldManager: string
  /** The server answered at least once: outages from now on are waited for, before they are told at once. */
  answered: boolean
  /** Counted at each request and exec as it is sent. */
  readonly asked: Asked
  access(): Promise<Access>
  /** Forget cached credentials (after a 401): exec plugins and token files are asked again. */
  renew(): void
  close(): Promise<void>
}

interface TlsOptions {
  ca?: Buffer | string[]
  cert?: Buffer | string
  key?: Buffer | string
  passphrase?: string
  servername?: string
  rejectUnauthorized?: boolean
}
interface Applied extends TlsOptions {
  headers?: Record<string, string>
  auth?: string
}

export function openSession(options: ConnectOptions, env: NodeJS.ProcessEnv): Session {
  let config = loadConfig(options, env)
  let known: { readonly at: number; readonly access: Promise<Access> } | undefined
  const agents = new Map<string, { data: Dispatcher; streams: Dispatcher }>()

  const access = async (): Promise<Access> => {
    const applied = await credential(config)
    const { ca, cert, key, passphrase, servername, rejectUnauthorized } = applied
    const tls: TlsOptions = definedOnly({ ca, cert, key, passphrase, servername, rejectUnauthorized })
    const id = JSON.stringify(Object.entries(tls).map(([k, v]) => [k, String(v)]))
    const pair = agents.get(id) ?? makeAgents(config, tls)
    agents.set(id, pair)
    return { ...pair, headers: headersOf(applied, config, options), certificate: cert === undefined ? undefined : String(cert) }
  }
  const server = new URL(config.cluster.server)
  return {
    server,
    base: `${server.origin}${server.pathname.replace(/\/+$/, '')}`,
    context: config.context,
    user: options.as ?? config.user.impersonateUser ?? config.user.name,
    as: options.as ?? config.user.impersonateUser ?? undefined,
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    answered: false,
    asked: options.asked ?? nothingAsked(),
    access: () => {
      if (known === undefined || Date.now() - known.at > FRESH_MS) {
        // One promise for all callers of this moment: a slow login plugin runs once, not once a call.
        const fresh = { at: Date.now(), access: access() }
        fresh.access.catch(() => {
          if (known === fresh) known = undefined
        })
        known = fresh
      }
      return known.access
    },
    renew: () => {
      config = loadConfig(options, env)
      known = undefined
    },
    close: async () => {
      await Promise.all([...agents.values()].flatMap((p) => [p.data.destroy(), p.streams.destroy()]))
    },
  }
}

/** client-node's work: token, token file, exec plugin, client certificate. Its own https agent is never used. */
async function credential(config: Config): Promise<Applied> {
  const applied: Applied & Record<string, unknown> = { headers: {} }
  try {
    await config.kube.applyToHTTPSOptions(applied)
  } catch (error) {
    // No `cause` and no JSON excerpt: a plugin's output holds the token.
    const text =
      error instanceof SyntaxError ? 'the plugin did not answer with JSON' : error instanceof Error ? (error.message.trim().split('\n')[0] ?? '') : ''
    const plugin: unknown = config.user.exec?.command
    const why = text === '' ? 'it said nothing' : text
    if (plugin === undefined) throw new OvngwError('UNAUTHORIZED', { what: `cannot sign in as ${config.user.name}`, why })
    throw new OvngwError('UNAUTHORIZED', {
      what: `login plugin ${String(plugin)} of user ${config.user.name} failed`,
      why,
      hint: 'run any kubectl command with this context to log in again',
    })
  }
  return applied
}

function headersOf(applied: Applied, config: Config, options: ConnectOptions): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'user-agent': 'ovngw' }
  for (const [name, value] of Object.entries(applied.headers ?? {})) headers[name.toLowerCase()] = String(value).trim()
  if (applied.auth !== undefined) headers['authorization'] = `Basic ${Buffer.from(applied.auth).toString('base64')}`
  delete headers['impersonate-user']
  if (options.as === undefined) return { ...headers, ...config.impersonate }
  headers['impersonate-user'] = options.as
  if (options.asGroups !== undefined && options.asGroups.length > 0) headers['impersonate-group'] = [...options.asGroups]
  return headers
}

function makeAgents(config: Config, given: TlsOptions): { data: Dispatcher; streams: Dispatcher } {
  const checked = config.cluster.server.startsWith('https:') && !config.cluster.skipTLSVerify
  const tls = given.ca === undefined && checked ? { ...given, ca: publicAuthorities() } : given
  const proxy = config.cluster.proxyUrl
  // HTTP/1.1 only: exec needs an upgrade, which kube-apiserver does not offer over HTTP/2.
  const keep = { allowH2: false, keepAliveTimeout: 30_000, headersTimeout: 30_000, bodyTimeout: 60_000 }
  if (proxy?.startsWith('socks'))
    throw new OvngwError('USAGE', {
      what: `cluster ${config.cluster.name}: a SOCKS proxy (${new URL(proxy).host}) is not supported`,
      hint: 'use an HTTP proxy in proxy-url, or kubectl proxy',
    })
  if (proxy !== undefined) {
    const through = (connections: number | null) => new ProxyAgent({ ...keep, connections, uri: proxy, requestTls: tls })
    return { data: through(POOL), streams: through(null) }
  }
  // One connector for both: they share its TLS sessions, so a later connection resumes instead of a full handshake.
  const connect = buildConnector({ ...tls, allowH2: false, timeout: 5_000, keepAlive: true, keepAliveInitialDelay: 30_000 })
  return { data: new Agent({ ...keep, connections: POOL, connect }), streams: new Agent({ ...keep, connections: null, connect }) }
}

const definedOnly = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T
