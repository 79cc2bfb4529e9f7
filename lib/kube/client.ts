/** The Kube port over HTTP. `connect` loads client-node's configuration reader lazily: a command that needs no cluster does not pay for it. */
import { isError, OvngwError } from '../kernel/errors.ts'
import type { ConnectOptions } from './config.ts'
import { type Doing, isMissingObject, type Status } from './errors.ts'
import type { CallOptions, Kube, KubeObject, Ref, Resource } from './port.ts'
import type { Session } from './session.ts'

export type { ConnectOptions } from './config.ts'

/**
 * Reads the kubeconfig and prepares connections; nothing is sent yet.
 * @throws OvngwError USAGE (no kubeconfig, unknown context, groups without a user)
 */
export async function connect(options: ConnectOptions = {}): Promise<Kube> {
  if (options.as === undefined && options.asGroups !== undefined && options.asGroups.length > 0) {
    throw new OvngwError('USAGE', { what: '--as-group needs --as', why: 'a group is impersonated together with a user', hint: 'add --as USER' })
  }
  const [session, http, list, watch, exec, paths] = await Promise.all([
    import('./session.ts'),
    import('./http.ts'),
    import('./list.ts'),
    import('./watch.ts'),
    import('./exec.ts'),
    import('./paths.ts'),
  ])
  return new Client(session.openSession(options, process.env), { ...http, ...list, ...watch, ...exec, ...paths })
}

type Parts = typeof import('./http.ts') & typeof import('./list.ts') & typeof import('./watch.ts') & typeof import('./exec.ts') & typeof import('./paths.ts')

class Client implements Kube {
  readonly where: Kube['where']
  readonly #session: Session
  readonly #parts: Parts

  constructor(session: Session, parts: Parts) {
    this.#session = session
    this.#parts = parts
    this.where = { context: session.context, server: session.server.href.replace(/\/$/, ''), user: session.user }
  }

  get: Kube['get'] = async (resource, ref, options = {}) => {
    const { objectPath } = this.#parts
    return this.#object({ verb: 'get', resource, ref }, { method: 'GET', path: objectPath(resource, ref), repeatable: true, ...options })
  }

  find: Kube['find'] = async (resource, ref, options) => {
    try {
      return await this.get(resource, ref, options)
    } catch (error) {
      if (isMissing(error, ref)) return undefined
      throw error
    }
  }

  list: Kube['list'] = (resource, options = {}) => this.#parts.listAll(this.#session, resource, options)

  watch: Kube['watch'] = (resource, options) => this.#parts.watchAll(this.#session, resource, options)

  create: Kube['create'] = async (resource, object, options = {}) => {
    const ref = refOf(object)
    const path = this.#write(this.#parts.collectionPath(resource, ref.namespace))
    return this.#object({ verb: 'create', resource, ref }, { method: 'POST', path, body: object, repeatable: false, ...options })
  }

  replace: Kube['replace'] = async (resource, object, options = {}) => {
    const ref = refOf(object)
    const path = this.#write(this.#parts.objectPath(resource, ref))
    // A conditional PUT that was done and sent again would answer CONFLICT with oneself.
    const repeatable = object.metadata.resourceVersion === undefined
    return this.#object({ verb: 'update', resource, ref }, { method: 'PUT', path, body: object, repeatable, ...options })
  }

  apply: Kube['apply'] = async (resource, object, { force, dryRun, ...options } = {}) => {
    const ref = refOf(object)
    const path = this.#write(this.#parts.objectPath(resource, ref), { force: force ? 'true' : undefined, dryRun: dryRun ? 'All' : undefined })
    const body = { apiVersion: apiVersion(resource), kind: resource.kind, ...object }
    return this.#object(
      { verb: 'apply', resource, ref },
      { method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml', repeatable: true, ...options },
    )
  }

  patch: Kube['patch'] = async (resource, ref, patch, { type = 'merge', subresource, ...options } = {}) => {
    const path = this.#write(this.#parts.objectPath(resource, ref, subresource))
    // JSON patches (tests, list positions) and conditional merges are not the same twice.
    const repeatable = type === 'merge' && !isConditional(patch)
    return this.#object(
      { verb: 'patch', resource, ref },
      { method: 'PATCH', path, body: patch, contentType: `application/${type === 'merge' ? 'merge-patch' : 'json-patch'}+json`, repeatable, ...options },
    )
  }

  delete: Kube['delete'] = async (resource, ref, { resourceVersion, ...options } = {}) => {
    const body = resourceVersion === undefined ? undefined : { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } }
    const doing: Doing = { verb: 'delete', resource, ref }
    try {
      await this.#parts.call(this.#session, { method: 'DELETE', path: this.#parts.objectPath(resource, ref), body, doing, repeatable: true, ...options })
    } catch (error) {
      if (!isMissing(error, ref)) throw error
    }
  }

  exec: Kube['exec'] = (target) => this.#parts.podRunner(this.#session, target)

  close: Kube['close'] = () => this.#session.close()

  async #object(doing: Doing, c: Omit<Parameters<Parts['call']>[1], 'doing'> & CallOptions): Promise<KubeObject> {
    return this.#parts.asObject(doing, await this.#parts.call(this.#session, { ...c, doing }))
  }

  #write(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
    return this.#parts.withQuery(path, { fieldManager: this.#session.fieldManager, ...query })
  }
}

const apiVersion = (r: Resource): string => (r.group === '' ? r.version : `${r.group}/${r.version}`)

const refOf = ({ metadata }: KubeObject): Ref => ({ name: metadata.name, namespace: metadata.namespace })

const isConditional = (patch: unknown): boolean => (patch as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion !== undefined

/** 404 about this very object: neither its namespace nor its type. */
const isMissing = (error: unknown, ref: Ref): boolean => {
  if (!isError(error, 'NOT_FOUND')) return false
  const status = error.cause as Status | undefined
  return isMissingObject(status) && status?.details?.name === ref.name
}
