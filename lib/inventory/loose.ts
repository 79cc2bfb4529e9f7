/** What can be understood of a site even while other parts of it are wrong, each value with its place: rules between members work on it. */
import type { z } from 'zod'
import { type Cidr, inRange, parseCidr, parseRange, type Range } from '../net/cidr.ts'
import { type Ip, parseIpv4 } from '../net/ip.ts'
import { gatewayAddress, hostAddress, nodeName, poolName } from './fields.ts'
import type { Path } from './problem.ts'

export interface At<T> {
  readonly path: Path
  readonly value: T
}

export interface LoosePool {
  readonly path: Path
  readonly name: At<string> | undefined
  readonly onLink: boolean
  readonly ranges: readonly At<Range>[]
  readonly reserved: readonly At<Ip>[]
}

export interface LooseAssignment {
  readonly path: Path
  readonly has: { readonly pod: boolean; readonly workload: boolean; readonly select: boolean; readonly eip: boolean; readonly snat: boolean }
  readonly pod: string | undefined
  readonly emptySelect: boolean
  readonly eip: At<Ip> | undefined
  readonly pool: At<string> | undefined
  readonly snat: At<Ip> | undefined
}

export interface Loose {
  readonly gateway: boolean
  readonly type: unknown
  readonly address: At<Cidr> | undefined
  readonly nextHop: At<Ip> | undefined
  readonly nodes: readonly (At<string> & { readonly priority: boolean })[]
  /** A list that holds something, be it right or wrong. */
  readonly anyNodes: boolean
  readonly pools: readonly LoosePool[]
  readonly assignments: readonly LooseAssignment[]
  /** Which of `exec`, `ssh` and `http` each outside host has; hosts with unknown members are left out. */
  readonly outside: readonly At<readonly string[]>[]
}

type Map = Readonly<Record<string, unknown>>
const isMap = (v: unknown): v is Map => v !== null && typeof v === 'object' && !Array.isArray(v)
const map = (v: unknown): Map => (isMap(v) ? v : {})
const list = (v: unknown): readonly unknown[] => (Array.isArray(v) ? v : [])

/** The value when its schema takes it; undefined when it is absent or wrong (the schema has said so already). */
function good<T>(path: Path, value: unknown, schema: z.ZodType, parse: (text: string) => T): At<T> | undefined {
  const parsed = typeof value === 'string' ? schema.safeParse(value) : undefined
  return parsed?.success === true ? { path, value: parse(String(parsed.data)) } : undefined
}

const ip = (path: Path, value: unknown): At<Ip> | undefined => good<Ip>(path, value, hostAddress, parseIpv4)
const present = <T>(values: readonly (T | undefined)[]): readonly T[] => values.filter((v) => v !== undefined)

export function readLoose(data: unknown): Loose {
  const root = map(data)
  const gateway = map(root['gateway'])
  const outside = list(map(root['probe'])['outside'])
  return {
    gateway: isMap(root['gateway']),
    type: gateway['type'],
    address: gateway['address'] === 'auto' ? undefined : good(['gateway', 'address'], gateway['address'], gatewayAddress, parseCidr),
    nextHop: ip(['gateway', 'nextHop'], gateway['nextHop']),
    nodes: present(list(gateway['nodes']).map(node)),
    anyNodes: list(gateway['nodes']).length > 0,
    pools: list(root['pools']).map(pool),
    assignments: list(root['assignments']).map(assignment),
    outside: outside
      .map((v, i): At<readonly string[]> => ({ path: ['probe', 'outside', i], value: Object.keys(map(v)) }))
      .filter(({ value }) => value.every((k) => k === 'exec' || k === 'ssh' || k === 'http')),
  }
}

function node(value: unknown, i: number): Loose['nodes'][number] | undefined {
  const path: Path = isMap(value) ? ['gateway', 'nodes', i, 'name'] : ['gateway', 'nodes', i]
  const name = good(path, isMap(value) ? value['name'] : value, nodeName, String)
  return name === undefined ? undefined : { ...name, priority: map(value)['priority'] !== undefined }
}

function pool(value: unknown, i: number): LoosePool {
  const it = map(value)
  const path: Path = ['pools', i]
  return {
    path,
    name: good([...path, 'name'], it['name'], poolName, String),
    onLink: it['onLink'] === undefined || it['onLink'] === true,
    ranges: present(list(it['ranges']).map((r, j) => range([...path, 'ranges', j], r))),
    reserved: present(Object.keys(map(it['reserved'])).map((key) => ip([...path, 'reserved', key], key))),
  }
}

function range(path: Path, value: unknown): At<Range> | undefined {
  try {
    return typeof value === 'string' ? { path, value: parseRange(value) } : undefined
  } catch {
    return undefined // said by the schema
  }
}

function assignment(value: unknown, i: number): LooseAssignment {
  const it = map(value)
  const path: Path = ['assignments', i]
  const select = map(it['select'])
  const eip = it['eip']
  return {
    path,
    has: { pod: 'pod' in it, workload: 'workload' in it, select: 'select' in it, eip: 'eip' in it, snat: 'snat' in it },
    pod: typeof it['pod'] === 'string' ? it['pod'] : undefined,
    emptySelect: isMap(it['select']) && select['namespace'] === undefined && Object.keys(map(select['labels'])).length === 0,
    eip: ip([...path, 'eip'], eip),
    pool: isMap(eip) ? good([...path, 'eip', 'pool'], eip['pool'], poolName, String) : undefined,
    snat: ip([...path, 'snat'], it['snat']),
  }
}

/** The pool whose ranges hold the address. */
export const poolOf = (site: Loose, address: Ip): LoosePool | undefined => site.pools.find((p) => p.ranges.some((r) => inRange(r.value, address)))
