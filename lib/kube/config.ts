/**
 * Which cluster, as whom: kubeconfig by kubectl's rules, read with client-node's KubeConfig (the only importer). Every failure is a
 * USAGE error that says what to type. Messages never quote a kubeconfig's text: it holds credentials.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { getCACertificates } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
// biome-ignore lint/style/noRestrictedImports: a kubeconfig is YAML, and client-node leaves out fields of it
import { parse } from 'yaml'
import { OvngwError } from '../kernel/errors.ts'
import type { Asked } from '../proc/asked.ts'
import { hasOverlooked, impersonation, type Overlooked, overlooked } from './kubeconfig-extras.ts'
import { proxyFor } from './proxy.ts'

export interface ConnectOptions {
  /** One file; missing is an error. Default: the files of $KUBECONFIG (missing ones are skipped), else ~/.kube/config, else in-cluster. */
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** kubectl's --as and --as-group. */
  readonly as?: string | undefined
  readonly asGroups?: readonly string[] | undefined
  /** Default `ovngw`. */
  readonly fieldManager?: string | undefined
  /** Where requests and execs are counted. */
  readonly asked?: Asked | undefined
}

export interface Config {
  readonly kube: KubeConfig
  readonly cluster: Cluster
  readonly user: User
  readonly context: string
  /** Impersonation headers of the kubeconfig's user; --as replaces them. */
  readonly impersonate: Readonly<Record<string, string | string[]>>
}

/** Who may sign a server when the kubeconfig names nobody: Node's list and, like kubectl, this machine's. */
export const publicAuthorities = (): string[] => [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** @throws OvngwError USAGE */
export function loadConfig(options: ConnectOptions, env: NodeJS.ProcessEnv): Config {
  const { kube, source, extras } = loadFiles(options, env)
  const context = options.context ?? kube.getCurrentContext()
  if (!context) throw usage(`${source} names no current context`, undefined, `pick one with --context: ${contexts(kube)}`)
  const entry = kube.getContexts().find((c) => c.name === context)
  if (!entry) throw usage(`context ${context} is not in ${source}`, undefined, `contexts there: ${contexts(kube)}`)
  kube.setCurrentContext(context)
  const cluster = kube.getCluster(entry.cluster)
  if (!cluster) throw usage(`context ${context} names cluster ${entry.cluster}, which is not in ${source}`)
  if (!URL.canParse(cluster.server)) throw usage(`cluster ${cluster.name} in ${source} has no usable server URL: ${cluster.server}`)
  const found = entry.user ? kube.getUser(entry.user) : undefined
  if (entry.user && !found) throw usage(`context ${context} names user ${entry.user}, which is not in ${source}`)
  return bind(context, cluster, found ?? { name: 'anonymous' }, extras.get(entry.user ?? '') ?? {}, env)
}

/** A KubeConfig that holds this one context, with client-node's gaps closed: plain http, proxies of the environment, exec info, absolute token files. */
function bind(context: string, cluster: Cluster, listed: User, extra: Overlooked, env: NodeJS.ProcessEnv): Config {
  const plain = cluster.server.startsWith('http:')
  const proxyUrl = cluster.proxyUrl ?? proxyFor(new URL(cluster.server), env)
  // client-node refuses http:// unless TLS checks are off; there is no TLS to check.
  const reached: Cluster = { ...cluster, skipTLSVerify: cluster.skipTLSVerify || plain, ...(proxyUrl === undefined ? {} : { proxyUrl }) }
  const { token, ...rest } = listed
  const user: User =
    extra.tokenFile === undefined
      ? { ...rest, ...(token ? { token } : {}) }
      : { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile: extra.tokenFile } } }
  const known: User = user.exec ? { ...user, exec: withExecInfo(user.exec, reached) } : user
  const kube = new KubeConfig()
  kube.loadFromOptions({ clusters: [reached], users: [known], contexts: [{ name: context, cluster: cluster.name, user: user.name }], currentContext: context })
  return { kube, cluster: reached, user: known, context, impersonate: impersonation(listed.impersonateUser, extra) }
}

interface ExecSpec {
  readonly apiVersion?: string
  readonly provideClusterInfo?: boolean
  readonly env?: readonly { name: string; value: string }[]
}

/** KUBERNETES_EXEC_INFO as client-go gives it (client.authentication.k8s.io/v1, ExecCredential); client-node leaves it out. */
function withExecInfo(exec: ExecSpec, cluster: Cluster): ExecSpec {
  const seen = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'certificate-authority-data': cluster.caData,
    'proxy-url': cluster.proxyUrl,
  }
  const spec = exec.provideClusterInfo ? { interactive: false, cluster: seen } : { interactive: false }
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1', spec })
  return { ...exec, env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }] }
}

interface Loaded {
  readonly kube: KubeConfig
  /** For messages: the files, or the pod. */
  readonly source: string
  readonly extras: ReadonlyMap<string, Overlooked>
}

function loadFiles(options: ConnectOptions, env: NodeJS.ProcessEnv): Loaded {
  const home = env['HOME'] ?? homedir()
  const files = options.kubeconfig !== undefined ? [expand(options.kubeconfig, home)] : defaultFiles(env, home)
  const present = files.filter((f) => existsSync(f))
  if (present.length > 0) return { ...merge(present), source: present.join(', ') }
  if (options.kubeconfig === undefined && env['KUBERNETES_SERVICE_HOST'] && existsSync(SERVICE_ACCOUNT)) {
    const kube = new KubeConfig()
    kube.loadFromCluster()
    return { kube, source: 'the service account of this pod', extras: new Map() }
  }
  throw usage('no kubeconfig', `looked for ${files.join(', ')}`, 'name one: --kubeconfig FILE, or export KUBECONFIG=FILE')
}

const defaultFiles = (env: NodeJS.ProcessEnv, home: string): string[] => {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((f) => f !== '')
  return listed.length > 0 ? listed.map((f) => expand(f, home)) : [join(home, '.kube', 'config')]
}

const expand = (file: string, home: string): string => resolve(file === '~' || file.startsWith('~/') ? join(home, file.slice(1)) : file)

/** kubectl's merge: the first file to define a name wins, so does the first current-context. */
function merge(files: readonly string[]): Pick<Loaded, 'kube' | 'extras'> {
  const all = files.map(readOne)
  const first = <T extends { readonly name: string }>(lists: readonly T[][]): T[] => [
    ...new Map(
      lists
        .flat()
        .toReversed()
        .map((x) => [x.name, x]),
    ).values(),
  ]
  const kube = new KubeConfig()
  kube.loadFromOptions({
    clusters: first(all.map((f) => f.kube.getClusters())),
    users: first(all.map((f) => f.kube.getUsers())),
    contexts: first(all.map((f) => f.kube.getContexts())).toReversed(),
    currentContext: all.map((f) => f.kube.getCurrentContext()).find((c) => Boolean(c)),
  })
  return { kube, extras: new Map(all.toReversed().flatMap((f) => [...f.extras])) }
}

function readOne(file: string): Pick<Loaded, 'kube' | 'extras'> {
  const kube = new KubeConfig()
  try {
    const text = readFileSync(file, 'utf8')
    kube.loadFromString(text)
    kube.makePathsAbsolute(dirname(file))
    return { kube, extras: hasOverlooked(text) ? overlooked(parse(text), (path) => resolve(dirname(file), path)) : new Map() }
  } catch (error) {
    throw usage(`cannot read kubeconfig ${file}`, reasonWithoutText(error))
  }
}

/** What went wrong without the source line: js-yaml's message quotes the text around the fault, and that may be a token. */
function reasonWithoutText(error: unknown): string {
  if (!(error instanceof Error)) return 'unreadable'
  const { reason, mark, code } = error as Error & { reason?: string; mark?: { line?: number }; code?: string }
  if (reason !== undefined) return `line ${(mark?.line ?? 0) + 1}: ${reason}`
  if (code === 'EACCES') return 'permission denied'
  return error instanceof TypeError ? 'it is not a kubeconfig' : error.message
}

const contexts = (kube: KubeConfig): string =>
  kube
    .getContexts()
    .map((c) => c.name)
    .join(', ') || 'none'

const usage = (what: string, why?: string, hint?: string): OvngwError => new OvngwError('USAGE', { what, why, hint: hint ?? 'see: kubectl config view' })
