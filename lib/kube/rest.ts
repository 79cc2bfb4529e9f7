/** The Kube port over HTTP: one method a verb, each with what makes it safe to repeat. */
import { isError } from '../kernel/errors.ts'
import { type Doing, isMissingObject, type Status } from './errors.ts'
import { podRunner } from './exec.ts'
import { type Call, call, callText } from './http.ts'
import { asObject, listAll } from './list.ts'
import { collectionPath, objectPath, withQuery } from './paths.ts'
import { type Kube, type KubeObject, POD, type Ref, type Resource } from './port.ts'
import type { Session } from './session.ts'
import { watchAll } from './watch.ts'

export class Client implements Kube {
  readonly where: Kube['where']
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
    this.where = { context: session.context, server: session.server.href.replace(/\/$/, ''), user: session.user }
  }

  get: Kube['get'] = async (resource, ref, options = {}) => {
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

  list: Kube['list'] = (resource, options = {}) => listAll(this.#session, resource, options)

  watch: Kube['watch'] = (resource, options) => watchAll(this.#session, resource, options)

  create: Kube['create'] = async (resource, object, options = {}) => {
    const ref = refOf(object)
    const path = this.#write(collectionPath(resource, ref.namespace))
    return this.#object({ verb: 'create', resource, ref }, { method: 'POST', path, body: object, repeatable: false, ...options })
  }

  replace: Kube['replace'] = async (resource, object, options = {}) => {
    const ref = refOf(object)
    const path = this.#write(objectPath(resource, ref))
    // A conditional PUT that was done and sent again would answer CONFLICT with oneself.
    const repeatable = object.metadata.resourceVersion === undefined
    return this.#object({ verb: 'update', resource, ref }, { method: 'PUT', path, body: object, repeatable, ...options })
  }

  apply: Kube['apply'] = async (resource, object, { force, dryRun, ...options } = {}) => {
    const ref = refOf(object)
    const path = this.#write(objectPath(resource, ref), { force: force ? 'true' : undefined, dryRun: dryRun ? 'All' : undefined })
    const body = { apiVersion: apiVersion(resource), kind: resource.kind, ...object }
    return this.#object(
      { verb: 'apply', resource, ref },
      { method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml', repeatable: object.metadata.resourceVersion === undefined, ...options },
    )
  }

  patch: Kube['patch'] = async (resource, ref, patch, { type = 'merge', subresource, ...options } = {}) => {
    const path = this.#write(objectPath(resource, ref, subresource))
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
      await call(this.#session, { method: 'DELETE', path: objectPath(resource, ref), body, doing, repeatable: true, ...options })
    } catch (error) {
      if (!isMissing(error, ref)) throw error
    }
  }

  exec: Kube['exec'] = (target) => podRunner(this.#session, target)

  logs: Kube['logs'] = ({ namespace, pod, container }, { tailLines, sinceSeconds, ...options }) => {
    const ref = { namespace, name: pod }
    const path = withQuery(objectPath(POD, ref, 'log'), {
      container,
      tailLines: `${tailLines}`,
      sinceSeconds: sinceSeconds === undefined ? undefined : `${sinceSeconds}`,
      limitBytes: `${256 * 1024}`,
    })
    return callText(this.#session, { method: 'GET', path, doing: { verb: 'read the log of', resource: POD, ref }, repeatable: true, ...options })
  }

  close: Kube['close'] = () => this.#session.close()

  async #object(doing: Doing, c: Omit<Call, 'doing'>): Promise<KubeObject> {
    return asObject(doing, await call(this.#session, { ...c, doing }))
  }

  #write(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
    return withQuery(path, { fieldManager: this.#session.fieldManager, ...query })
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
