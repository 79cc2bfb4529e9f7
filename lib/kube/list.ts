/** Lists in pages of 200; an expired page (410) starts again from the first. */
import { isError, OvngwError } from '../kernel/errors.ts'
import { type Doing, describe, type Status } from './errors.ts'
import { call } from './http.ts'
import { collectionPath, withQuery } from './paths.ts'
import type { KubeObject, ListOptions, Resource } from './port.ts'
import type { Session } from './session.ts'

/** A page of pods is about 1 MB of text: larger ones take more memory and are no faster. */
const PAGE = 200
const RESTARTS = 3

export interface Listing {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
}

export async function listAll(session: Session, resource: Resource, options: ListOptions): Promise<Listing> {
  for (let restarts = 0; ; restarts++) {
    try {
      // The last try asks for all at once: that cannot expire half-way.
      return await pages(session, resource, options, restarts < RESTARTS ? PAGE : undefined)
    } catch (error) {
      if (!isGone(error) || restarts >= RESTARTS) throw error
    }
  }
}

/** True for 410: the version or page asked for is too old. */
export const isGone = (error: unknown): boolean => isError(error, 'CONFLICT') && (error.cause as Status | undefined)?.code === 410

async function pages(session: Session, resource: Resource, options: ListOptions, limit: number | undefined): Promise<Listing> {
  const doing: Doing = { verb: 'list', resource, ref: { name: '', namespace: options.namespace } }
  const items: KubeObject[] = []
  let next: string | undefined
  for (;;) {
    const { labelSelector, fieldSelector, slim = whole } = options
    const path = withQuery(collectionPath(resource, options.namespace), { labelSelector, fieldSelector, limit: limit?.toString(), continue: next })
    const page = asPage(doing, await call(session, { method: 'GET', path, doing, repeatable: true, signal: options.signal }))
    for (const item of page.items) items.push(slim(asObject(doing, typed(resource, item))))
    next = page.metadata.continue
    if (next === undefined || next === '') return { items, resourceVersion: page.metadata.resourceVersion }
  }
}

const whole = (object: KubeObject): KubeObject => object

interface Page {
  readonly items: readonly unknown[]
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
}

function asPage(doing: Doing, value: unknown): Page {
  const { items, metadata } = value as { items?: unknown; metadata?: { resourceVersion?: unknown } }
  if (Array.isArray(items) && typeof metadata?.resourceVersion === 'string') return value as Page
  throw new OvngwError('PARSE', { what: `cannot ${describe(doing)}`, why: 'the answer is no Kubernetes list' })
}

/** List items come without apiVersion and kind; put them back so that an object looks the same from every call. */
const typed = (resource: Resource, item: unknown): unknown =>
  typeof item === 'object' && item !== null
    ? { apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind, ...item }
    : item

export function asObject(doing: Doing, value: unknown): KubeObject {
  const metadata = (value as { metadata?: { name?: unknown } } | null)?.metadata
  if (typeof metadata?.name === 'string') return value as KubeObject
  // Reviews (SelfSubjectAccessReview …) are answers, not objects: they have no name.
  if (doing.verb === 'create' && doing.resource.kind.endsWith('Review')) return { ...(value as object), metadata: { ...metadata, name: '' } }
  throw new OvngwError('PARSE', { what: `cannot ${describe(doing)}`, why: 'the answer is no Kubernetes object' })
}
