/** What the stand-in knows of the cluster: watches that fill maps and say what changed. The only state besides the controller's own memory. */
import { CONFIG_MAP, type KubeObject, NODE, POD, type Resource, SUBNET, VPC, type WatchEvent } from '../../kube/port.ts'
import { CONFIG_MAP_NAME, type Settings } from './config.ts'
import { CHASSIS, type KubeDoor, specOf } from './context.ts'
import { podKey } from './pod.ts'
import { newer } from './status.ts'

/** Work to do, taken by the controller in one go. */
export interface Work {
  pods: Set<string>
  gone: KubeObject[]
  gateway: boolean
  vpc: boolean
  retry: boolean
}

export const noWork = (): Work => ({ pods: new Set(), gone: [], gateway: false, vpc: false, retry: false })

export class Feed {
  readonly pods = new Map<string, KubeObject>()
  readonly nodes = new Map<string, KubeObject>()
  readonly subnets = new Map<string, KubeObject>()
  vpc: KubeObject | undefined
  /** Newest change of each resource. */
  readonly seen: Record<string, string> = {}
  work = noWork()
  readonly #settings: Settings
  readonly #wake: (daemons: boolean) => void

  /** @param wake called after every change; true when the daemons should look too */
  constructor(settings: Settings, wake: (daemons: boolean) => void) {
    this.#settings = settings
    this.#wake = wake
  }

  /** Watches until `signal` aborts. Rejects when a watch ends with an error of ours. */
  run(kube: KubeDoor, signal: AbortSignal): Promise<unknown> {
    const { configNamespace: namespace } = this.#settings
    return Promise.all([
      this.#follow(kube, POD, { signal }, (event) => this.#onPod(event)),
      this.#follow(kube, CONFIG_MAP, { signal, namespace, fieldSelector: `metadata.name=${CONFIG_MAP_NAME}` }, () =>
        this.#changed({ gateway: true, retry: true }, true),
      ),
      this.#follow(kube, NODE, { signal }, (event) => this.#onNode(event)),
      this.#follow(kube, SUBNET, { signal }, (event) => {
        put(this.subnets, event, event.object.metadata.name)
        this.#changed({ retry: true }, false)
      }),
      this.#follow(kube, VPC, { signal }, (event) => this.#onVpc(event)),
    ])
  }

  /** A pod as our own write left it: the event about that write, and older ones, are no news. What somebody wrote since, or a new pod of that name, is. */
  wrote(pod: KubeObject): void {
    const known = this.pods.get(podKey(pod))
    if (known?.metadata.uid === pod.metadata.uid && newer(pod.metadata.resourceVersion, known?.metadata.resourceVersion)) this.pods.set(podKey(pod), slim(pod))
  }

  take(): Work {
    const { work } = this
    this.work = noWork()
    return work
  }

  async #follow(kube: KubeDoor, resource: Resource, options: Parameters<KubeDoor['watch']>[1], on: (event: WatchEvent) => void): Promise<void> {
    for await (const event of kube.watch(resource, options)) {
      if (options.signal.aborted) return
      const version = event.object.metadata.resourceVersion
      if (newer(version, this.seen[resource.plural])) this.seen[resource.plural] = version ?? '0'
      on(event)
    }
  }

  #onPod({ type, object }: WatchEvent): void {
    const key = podKey(object)
    const known = this.pods.get(key)
    const sameOne = known?.metadata.uid === object.metadata.uid
    if (type === 'DELETED') {
      this.pods.delete(key)
      this.work.pods.delete(key)
      this.work.gone.push(slim(object))
    } else if (!sameOne || newer(object.metadata.resourceVersion, known?.metadata.resourceVersion)) {
      this.pods.set(key, slim(object))
      this.work.pods.add(key)
    }
    this.#wake(false)
  }

  /** A changed label is our own doing, or waits for the next resync: a list that cannot be established changes labels every time (R6). */
  #onNode(event: WatchEvent): void {
    const { name, annotations } = event.object.metadata
    const before = this.nodes.get(name)
    put(this.nodes, event, name)
    this.#changed({ gateway: before === undefined || before.metadata.annotations?.[CHASSIS] !== annotations?.[CHASSIS] }, true)
  }

  #onVpc({ type, object }: WatchEvent): void {
    if (object.metadata.name !== this.#settings.router) return
    const before = this.vpc
    this.vpc = type === 'DELETED' ? undefined : object
    const changed = before !== undefined && JSON.stringify(specOf(before)) !== JSON.stringify(specOf(object))
    this.#changed({ vpc: changed && type !== 'DELETED', retry: before === undefined }, false)
  }

  #changed(what: Partial<Pick<Work, 'gateway' | 'vpc' | 'retry'>>, daemons: boolean): void {
    this.work.gateway ||= what.gateway ?? false
    this.work.vpc ||= what.vpc ?? false
    this.work.retry ||= what.retry ?? false
    this.#wake(daemons)
  }
}

const put = (map: Map<string, KubeObject>, { type, object }: WatchEvent, name: string): void => {
  if (type === 'DELETED') map.delete(name)
  else map.set(name, object)
}

/** The members we use: ten thousand pods are kept. */
const slim = ({ metadata, spec, status }: KubeObject): KubeObject => {
  const { nodeName, hostNetwork } = (spec ?? {}) as Record<string, unknown>
  const { name, namespace, uid, resourceVersion, annotations, deletionTimestamp } = metadata
  const kept = Object.entries({ namespace, uid, resourceVersion, annotations, deletionTimestamp }).filter(([, v]) => v !== undefined)
  return {
    metadata: { name, ...Object.fromEntries(kept) },
    spec: { nodeName, hostNetwork },
    status: { phase: (status as Record<string, unknown> | undefined)?.['phase'] },
  }
}
