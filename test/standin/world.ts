/** Somewhere a chain of actions can be replayed: a lab, or bare database servers with the stand-in inside the test. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Status } from '../../lib/lab/standin/status.ts'
import type { RawState } from './facts.ts'

export interface Action {
  readonly op: string
  readonly pod?: string
  readonly pods?: readonly string[]
  readonly node?: string
  readonly nodes?: readonly string[]
  readonly data?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** null removes. */
  readonly annotations?: Readonly<Record<string, string | null>>
  readonly what?: string
  readonly seconds?: number
}

export interface World {
  /** resourceVersion of the change by the resource's plural. */
  createConfig(data: Readonly<Record<string, string>>): Promise<string>
  patchConfig(data: Readonly<Record<string, string>>): Promise<string>
  /** Answers the version it had; the deletion itself is a later one. */
  deleteConfig(): Promise<string>
  createPod(name: string, node: string, annotations: Readonly<Record<string, string>>): Promise<string>
  annotatePod(name: string, annotations: Readonly<Record<string, string | null>>): Promise<string>
  deletePod(name: string): Promise<string>
  labelNode(name: string, labels: Readonly<Record<string, string>>): Promise<string>
  annotateNode(name: string, annotations: Readonly<Record<string, string | null>>): Promise<string>
  /** Give the pod its interface, as CNI does. */
  attach(pod: string): Promise<void>
  restartController(): Promise<void>
  nbctl(...args: string[]): Promise<void>
  status(): Promise<Status | undefined>
  read(): Promise<RawState>
}

/** Does one action of actions.json; `wait` waits until everything done so far is dealt with, not for its seconds. */
export type Performer = (action: Action) => Promise<void>

export function performer(world: World, nodes: readonly string[], rename: (text: string) => string = (t) => t): Performer {
  /** Newest change by resource that the stand-in must have seen. */
  const asked: Record<string, string> = {}
  const note = async (resource: string, version: Promise<string>): Promise<void> => {
    asked[resource] = await version
  }
  const noteGone = async (resource: string, version: Promise<string>): Promise<void> => {
    asked[resource] = String(BigInt(await version) + 1n)
  }
  const strings = (annotations: Action['annotations']): Record<string, string> =>
    Object.fromEntries(Object.entries(annotations ?? {}).filter((e): e is [string, string] => e[1] !== null))
  const each = async (names: readonly string[] = [], work: (name: string) => Promise<void>): Promise<void> => {
    for (const name of names) await work(name)
  }
  const DO: Readonly<Record<string, (a: Action) => Promise<void>>> = {
    'create-configmap': ({ data = {} }) => note('configmaps', world.createConfig(data)),
    'patch-configmap': ({ data = {} }) => note('configmaps', world.patchConfig(data)),
    'delete-configmap': () => noteGone('configmaps', world.deleteConfig()),
    'create-pod': ({ pod = '', node = '', annotations }) => note('pods', world.createPod(pod, node, strings(annotations))),
    annotate: ({ pod = '', annotations = {} }) => note('pods', world.annotatePod(pod, annotations)),
    'delete-pods': ({ pods }) => each(pods, (pod) => noteGone('pods', world.deletePod(pod))),
    'label-nodes': ({ nodes: which, labels = {} }) => each(which, (node) => note('nodes', world.labelNode(node, labels))),
    'annotate-node': ({ node = '', annotations = {} }) => note('nodes', world.annotateNode(node, annotations)),
    'restart-controller': async () => {
      // What happened before is no event for the next one.
      for (const resource of Object.keys(asked)) delete asked[resource]
      await world.restartController()
    },
    attach: ({ pod = '' }) => world.attach(pod),
    'by-hand': async ({ what = '' }) => {
      const [tool, ...args] = rename(what).split(' ')
      // The other things done by hand: the datapath_type that the lab's daemon sets itself, and pods that no replay has.
      if (tool === 'ovn-nbctl') await world.nbctl(...args)
    },
    wait: () => settle(world, nodes, asked),
  }
  return async (action) => {
    const work = DO[action.op]
    if (!work) throw new Error(`unknown action ${action.op}`)
    await work(action)
  }
}

/** Until the controller and the nodes' daemons have dealt with every change asked for. */
export async function settle(world: World, nodes: readonly string[], asked: Readonly<Record<string, string>>): Promise<void> {
  const ofDaemons = Object.fromEntries(Object.entries(asked).filter(([resource]) => resource !== 'pods'))
  const reached = (processed: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([resource, version]) => BigInt(processed[resource] ?? '0') >= BigInt(version))
  await until(`the stand-in has dealt with ${JSON.stringify(asked)}`, async () => {
    const status = await world.status()
    return status?.settled === true && reached(status.processed, asked) && nodes.every((n) => reached(status.daemons[n]?.processed ?? {}, ofDaemons))
      ? true
      : undefined
  })
}

/** Looks again until there is an answer. @throws Error with `what` after the deadline */
export async function until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await look()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`not after ${timeoutMs} ms: ${what}`)
    await pause(20)
  }
}
