/** The gateway's ConfigMap: as wanted, as a change of what is there, and as the patch that makes it so. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { Change } from '../kernel/events.ts'
import type { KubeObject } from '../kube/port.ts'
import { fill, readTemplate, templateKeys } from './template.ts'

const TEMPLATE = 'ovn-external-gw-config'

type Data = Readonly<Record<string, string>>

export interface RenderOptions {
  /** The namespace the controller reads the ConfigMap from. */
  readonly namespace: string
  /** False writes enable-external-gw "false"; everything else stays as wanted. Default true. */
  readonly enabled?: boolean
}

/** The ConfigMap of a wanted gateway. Keys without a value are left out: nodes of a distributed gateway, `nic-ip` of address auto. */
export function renderConfigMap(gateway: GatewayWanted, { namespace, enabled = true }: RenderOptions): KubeObject {
  const { type, nodes, nic, address, mac, nextHop } = gateway
  return fill(readTemplate(TEMPLATE), {
    namespace,
    enabled: String(enabled),
    type,
    nodes: type === 'distributed' || nodes.length === 0 ? undefined : nodes.map((n) => n.name).join(','),
    nic,
    address: address === 'auto' ? undefined : address,
    mac,
    nextHop: nextHop === undefined ? undefined : `${nextHop}${prefixOf(address)}`,
  })
}

/** external-gw-addr carries the prefix length of nic-ip; without one Kube-OVN takes the bare address. */
const prefixOf = (address: string): string => (address.includes('/') ? address.slice(address.indexOf('/')) : '')

/** The keys of `data` that are ovngw's: the template's. All others are someone else's and stay. */
export const ownKeys = (): readonly string[] => templateKeys(readTemplate(TEMPLATE), 'data')

/**
 * What applying `wanted` does to `current`, as a diff of `data`, a line a key: ` same`, `-old`, `+new`. Keys that are not ovngw's are
 * kept and marked. `wanted` undefined deletes the object, foreign keys with it. Undefined: nothing to do.
 */
export function configMapChange(current: KubeObject | undefined, wanted: KubeObject | undefined): Change | undefined {
  const object = nameOf(wanted ?? current)
  if (wanted === undefined) {
    if (current === undefined) return undefined
    const own = new Set(ownKeys())
    const line = ([key, value]: [string, string]): string => `-${entry(key, value)}${own.has(key) ? '' : '  # not written by ovngw'}`
    return { object, action: 'delete', diff: Object.entries(dataOf(current)).sort(byOwnOrder).map(line) }
  }
  const diff = dataDiff(dataOf(current), dataOf(wanted))
  if (current === undefined) return { object, action: 'create', diff }
  return diff.some((line) => !line.startsWith(' ')) ? { object, action: 'update', diff } : undefined
}

/** The JSON merge patch of `data` that turns `current` into `wanted`, foreign keys untouched; null takes a key away. Empty: nothing to do. */
export function configMapPatch(current: KubeObject, wanted: KubeObject): Readonly<Record<string, string | null>> {
  const [old, now] = [dataOf(current), dataOf(wanted)]
  const changed = Object.entries(now).filter(([key, value]) => old[key] !== value)
  const gone = ownKeys().filter((key) => key in old && !(key in now))
  return Object.fromEntries([...changed, ...gone.map((key): [string, null] => [key, null])])
}

const dataOf = (object: KubeObject | undefined): Data => (object?.['data'] ?? {}) as Data

const nameOf = (object: KubeObject | undefined): string => `ConfigMap ${object?.metadata.namespace ?? ''}/${object?.metadata.name ?? ''}`

function dataDiff(old: Data, now: Data): readonly string[] {
  const own = ownKeys()
  const foreign = Object.keys(old).filter((key) => !(own.includes(key) || key in now))
  return [...own, ...Object.keys(now).filter((key) => !own.includes(key)), ...foreign].flatMap((key): readonly string[] => {
    const [before, after] = [old[key], now[key]]
    if (foreign.includes(key)) return [` ${entry(key, before ?? '')}  # not written by ovngw: kept`]
    if (before === after) return before === undefined ? [] : [` ${entry(key, before)}`]
    return [...(before === undefined ? [] : [`-${entry(key, before)}`]), ...(after === undefined ? [] : [`+${entry(key, after)}`])]
  })
}

function byOwnOrder([a]: [string, string], [b]: [string, string]): number {
  const own = ownKeys()
  const rank = (key: string): number => (own.includes(key) ? own.indexOf(key) : own.length)
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

/** `key: value`; a value that is no plain word is quoted, so that blanks and control characters show. */
const entry = (key: string, value: string): string => `${key}: ${/^[\w.:/,-]+$/.test(value) ? value : JSON.stringify(value)}`
