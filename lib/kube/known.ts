/** What a watcher was told so far, and the events that lead from there to what is true now. */
import type { KubeObject, WatchEvent } from './port.ts'

export class Known {
  readonly #objects = new Map<string, KubeObject>()

  /** After a new list: what went away while nobody looked, then what is new or changed. */
  replace(items: readonly KubeObject[]): WatchEvent[] {
    const present = new Set(items.map(keyOf))
    const gone = [...this.#objects].filter(([key]) => !present.has(key)).flatMap(([, object]) => this.take('DELETED', object))
    return [...gone, ...items.flatMap((object) => this.take('ADDED', object))]
  }

  /** One change as the watcher has to hear it: a state already told is no news. */
  take(type: WatchEvent['type'], object: KubeObject): WatchEvent[] {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    if (type === 'DELETED') {
      this.#objects.delete(key)
      return before === undefined ? [] : [{ type, object }]
    }
    this.#objects.set(key, object)
    if (before === undefined) return [{ type: 'ADDED', object }]
    // Another uid: deleted and made again while we were away.
    if (before.metadata.uid !== object.metadata.uid) {
      return [
        { type: 'DELETED', object: before },
        { type: 'ADDED', object },
      ]
    }
    return before.metadata.resourceVersion === object.metadata.resourceVersion ? [] : [{ type: 'MODIFIED', object }]
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`
