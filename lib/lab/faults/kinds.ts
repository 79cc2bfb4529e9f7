/** What faults are made of: each kind knows how to take back what it did. */
import type { Json } from '../../kernel/json.ts'
import { canonical } from '../../kernel/json.ts'
import type { KubeObject, Resource } from '../../kube/port.ts'
import { pathOf } from '../api.ts'
import { type Rows, readRows, restoreRows, type Scope } from '../ovsdb.ts'
import { northbound, switchOf } from '../snapshot.ts'
import { readState } from '../state.ts'
import type { Deed } from './fault.ts'
import type { Place, Space } from './place.ts'

export interface Target {
  readonly resource: Resource
  readonly name: string
  readonly namespace?: string
  readonly subresource?: 'status'
  /** The stand-in stands still: it is not waited for. */
  readonly unseen?: true
}
type Tree = { readonly [key: string]: Json }

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The merge patch that takes `patch` back. */
export function inverse(patch: Tree, object: unknown): Tree {
  const has: Tree = isTree(object) ? object : {}
  const back = (key: string, value: Json): Json => (isTree(value) && isTree(has[key]) ? inverse(value, has[key]) : (has[key] ?? null))
  return Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, back(key, value)]))
}

async function patchObject(place: Place, { resource, name, namespace, subresource, unseen }: Target, patch: Tree): Promise<void> {
  const path = `${pathOf(resource, name, namespace)}${subresource === undefined ? '' : `/${subresource}`}`
  const object = (await place.api.call('PATCH', path, patch, 'application/merge-patch+json')) as KubeObject
  if (unseen !== true) await place.seen(resource.plural, object)
}

/** A merge patch of one object, made of the place and of the object as it is. */
export const changed = (where: (place: Place) => Target | Promise<Target>, how: (place: Place, now: KubeObject) => Json | Promise<Json>): Deed => ({
  break: async (place) => {
    const target = await where(place)
    const now = (await place.api.call('GET', pathOf(target.resource, target.name, target.namespace))) as KubeObject
    const patch = (await how(place, now)) as Tree
    await patchObject(place, target, patch)
    return { target: target as unknown as Json, back: inverse(patch, now) }
  },
  mend: async (place, done) => {
    const { target, back } = done as unknown as { target: Target; back: Tree }
    await patchObject(place, target, back)
  },
})

/** An object too many. */
export const created = (resource: Resource, object: (place: Place) => KubeObject | Promise<KubeObject>): Deed => ({
  break: async (place) => {
    const made = await place.api.apply(resource, await object(place))
    await place.seen(resource.plural, made)
    return { name: made.metadata.name, namespace: made.metadata.namespace ?? null }
  },
  mend: async ({ api }, done) => {
    const { name, namespace } = done as { name: string; namespace: string | null }
    await api.remove(resource, name, namespace ?? undefined)
  },
})

/** An object that is gone; it comes back as it was, but for what the server gives it. */
export const removed = (where: (place: Place) => Target): Deed => ({
  break: async (place) => {
    const { resource, name, namespace } = where(place)
    const path = pathOf(resource, name, namespace)
    const { metadata, ...rest } = (await place.api.call('GET', path)) as KubeObject
    await place.api.call('DELETE', path)
    const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, managedFields: _managed, ...own } = metadata
    return { metadata: own, ...rest } as unknown as Json
  },
  mend: async (place, done) => {
    const { resource, namespace } = where(place)
    const made = (await place.api.call('POST', pathOf(resource, undefined, namespace), done)) as KubeObject
    await place.seen(resource.plural, made)
  },
})

/** Rows of one database that differ between two readings, as they were in the first; null: they were not there. */
type Touched = Readonly<Record<string, Readonly<Record<string, Json>>>>

function touched(before: Rows, after: Rows): Touched {
  const of = (table: string): [string, Json][] => {
    const [then, now] = [before[table] ?? {}, after[table] ?? {}]
    return [...new Set([...Object.keys(then), ...Object.keys(now)])]
      .filter((uuid) => canonical(then[uuid] ?? null) !== canonical(now[uuid] ?? null))
      .map((uuid) => [uuid, then[uuid] ?? null])
  }
  return Object.fromEntries(Object.keys(after).map((table) => [table, Object.fromEntries(of(table))]))
}

/** Only the rows that `act` touched go back: what others wrote meanwhile stays. `synced: false` where ovn-controller is to see nothing of it. */
const rows = (scope: (place: Place) => Scope, act: (place: Place) => Promise<unknown>, { synced = true } = {}): Deed => ({
  break: async (place) => {
    const before = await readRows(scope(place))
    await act(place)
    if (synced) await place.sync()
    return touched(before, await readRows(scope(place)))
  },
  mend: async (place, done) => {
    const now = await readRows(scope(place))
    const back = (table: string, was: Touched[string]): Rows[string] =>
      Object.fromEntries(Object.entries({ ...now[table], ...was }).filter(([, row]) => row !== null)) as Rows[string]
    await restoreRows(scope(place), Object.fromEntries(Object.entries(done as Touched).map(([table, was]) => [table, back(table, was)])))
    if (synced) await place.sync()
  },
})

type Args = (place: Place) => readonly string[] | Promise<readonly string[]>

/** One ovn-nbctl transaction. */
export const inOvn = (args: Args): Deed =>
  rows(
    ({ lab }) => northbound(lab),
    async (place) => place.nb(...(await args(place))),
  )

/** One ovs-vsctl transaction on the gateway's node. */
export const inOvs = (args: Args, options?: { readonly synced: boolean }): Deed =>
  rows(
    ({ lab, node }) => switchOf(lab, node),
    async (place) => place.ovs(place.node, ...(await args(place))),
    options,
  )

/** A tool inside a namespace, and the one that takes it back. */
export const ran = (space: Space, there: Args, back: Args): Deed => {
  const run = async (place: Place, args: Args): Promise<void> => {
    const [bin = '', ...rest] = await args(place)
    await place.at(space, bin, ...rest)
  }
  return {
    break: async (place) => {
      await run(place, there)
      return null
    },
    mend: (place) => run(place, back),
  }
}

/** Daemons of the lab stand still: they live, and do nothing. */
export const frozen = (...ids: readonly ((place: Place) => string)[]): Deed => ({
  break: async (place) => {
    for (const id of ids) await signal(place, id(place), 'SIGSTOP')
    return null
  },
  mend: async (place) => {
    for (const id of ids) await signal(place, id(place), 'SIGCONT')
    await place.sync()
  },
})

async function signal({ lab }: Place, id: string, name: NodeJS.Signals): Promise<void> {
  const proc = (await readState(lab.name))?.procs[id]
  if (proc !== undefined) process.kill(proc.pid, name)
}

export const STAND_IN = (): string => 'standin'
