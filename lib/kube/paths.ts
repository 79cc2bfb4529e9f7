/** REST paths: /api/v1/namespaces/NS/pods/NAME, /apis/GROUP/VERSION/PLURAL/NAME. Every part is encoded, none can climb. */
import { OvngwError } from '../kernel/errors.ts'
import type { Ref, Resource } from './port.ts'

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  if (!resource.namespaced || namespace === undefined) return `${root}/${resource.plural}`
  return `${root}/namespaces/${segment(namespace, 'namespace')}/${resource.plural}`
}

export function objectPath(resource: Resource, ref: Ref, subresource?: string): string {
  if (resource.namespaced && ref.namespace === undefined) throw new OvngwError('BUG', { what: `${resource.kind} ${ref.name} needs a namespace` })
  return `${collectionPath(resource, ref.namespace)}/${segment(ref.name, resource.kind)}${subresource === undefined ? '' : `/${segment(subresource, 'subresource')}`}`
}

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of typeof value === 'string' ? [value] : value) params.append(name, one)
  }
  const text = params.toString()
  return text === '' ? path : `${path}?${text}`
}

/** An empty name would turn a get into a list, `.` and `..` would climb: no object can be called so. */
function segment(name: string, what: string): string {
  if (name === '' || name === '.' || name === '..') throw new OvngwError('REJECTED', { what: `'${name}' cannot be the name of a ${what}` })
  return encodeURIComponent(name)
}
