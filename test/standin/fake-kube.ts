/** An API server in memory, as much as the stand-in uses: objects, versions, merge patches, watches. Asked for anything else it refuses. */
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { KubeObject, Ref, Resource, WatchEvent } from '../../lib/kube/port.ts'
import type { KubeDoor } from '../../lib/lab/standin/context.ts'

export interface FakeKube extends KubeDoor {
  put(resource: Resource, object: KubeObject): KubeObject
  remove(resource: Resource, ref: Ref): void
}

interface Watcher {
  readonly plural: string
  readonly push: (event: WatchEvent) => void
}

export function fakeKube(resources: readonly Resource[]): FakeKube {
  const stores = new Map(resources.map((r) => [r.plural, new Map<string, KubeObject>()]))
  const watchers = new Set<Watcher>()
  let version = 0
  const store = (resource: Resource): Map<string, KubeObject> => {
    const found = stores.get(resource.plural)
    if (!found) throw new OvngwError('NOT_FOUND', { what: `the server has no ${resource.plural}` })
    return found
  }
  const key = ({ name, namespace }: Ref): string => `${namespace ?? ''}/${name}`
  const tell = (resource: Resource, type: WatchEvent['type'], object: KubeObject): void => {
    for (const w of watchers) if (w.plural === resource.plural) w.push({ type, object })
  }
  const stamp = (object: KubeObject): KubeObject => {
    version += 1
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
  }
  const put = (resource: Resource, object: KubeObject): KubeObject => {
    const at = key(object.metadata)
    const type = store(resource).has(at) ? 'MODIFIED' : 'ADDED'
    const kept = stamp({ ...object, metadata: { uid: `u${version}`, ...object.metadata } })
    store(resource).set(at, kept)
    tell(resource, type, kept)
    return kept
  }
  return {
    put,
    remove: (resource, ref) => {
      const object = store(resource).get(key(ref))
      if (!object) return
      store(resource).delete(key(ref))
      tell(resource, 'DELETED', stamp(object))
    },
    find: async (resource, ref) => store(resource).get(key(ref)),
    list: async (resource) => ({ items: [...store(resource).values()], resourceVersion: String(version) }),
    patch: async (resource, ref, patch) => {
      const object = store(resource).get(key(ref))
      if (!object) throw new OvngwError('NOT_FOUND', { what: `${resource.plural} ${key(ref)} not found` })
      return put(resource, merge(object, patch) as KubeObject)
    },
    watch: (resource, { signal }) => follow(resource, signal),
  }

  async function* follow(resource: Resource, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const queue: WatchEvent[] = [...store(resource).values()].map((object) => ({ type: 'ADDED', object }))
    let wake = (): void => undefined
    const watcher: Watcher = {
      plural: resource.plural,
      push: (event) => {
        queue.push(event)
        wake()
      },
    }
    watchers.add(watcher)
    signal.addEventListener('abort', () => wake(), { once: true })
    while (!signal.aborted) {
      const next = queue.shift()
      if (next) yield next
      else {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
    }
    watchers.delete(watcher)
  }
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const out: Record<string, unknown> = { ...(typeof target === 'object' && target !== null ? target : {}) }
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k]
    else out[k] = merge(out[k], v)
  }
  return out
}
