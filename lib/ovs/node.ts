/** A node's network devices, addresses and routes, from iproute2's JSON (ip-address(8), ip-route(8)); run in the node's OVS pod, which is in the host's network. */
import { OvngwError } from '../kernel/errors.ts'
import type { Ip } from '../net/ip.ts'
import { answer, type CallOptions } from '../ovn/call.ts'
import { type Command, type Runner, read } from '../proc/command.ts'

export interface Link {
  readonly name: string
  readonly index: number
  /** `info_kind`: veth, vlan, bond, bridge, openvswitch, dummy, …; `loopback`; `physical` where the kernel names no kind. */
  readonly kind: string
  /** Empty where the device has none (tun). */
  readonly mac: string
  readonly mtu: number
  /** Administratively up (IFF_UP). */
  readonly up: boolean
  /** The other end is there (IFF_LOWER_UP). */
  readonly carrier: boolean
  /** The device it is a member of: a bond, a bridge, `ovs-system` (a NIC in a kernel-datapath OVS bridge). */
  readonly master: string | undefined
  /** What it is a member of: bond, bridge, openvswitch. */
  readonly memberOf: string | undefined
  /** The device below a VLAN, macvlan or ipvlan. */
  readonly parent: string | undefined
  readonly vlanId: number | undefined
  /** `ADDRESS/LENGTH`, link-local ones included. */
  readonly addresses: readonly string[]
}

export interface Route {
  /** unicast, blackhole, unreachable, … */
  readonly type: string
  /** `default` or a network. */
  readonly dst: string
  readonly gateway: string | undefined
  readonly dev: string | undefined
  /** kernel, static, boot, dhcp, bird, … */
  readonly protocol: string | undefined
  readonly prefsrc: string | undefined
  readonly metric: number
}

/** Who has which address on a segment, as a host believes. */
export interface Neighbour {
  readonly address: string
  /** In lower case. */
  readonly mac: string
  readonly dev: string
}

/** `ip -j -d address show` */
export const listLinks = (): Command => read('ip', '-j', '-d', 'address', 'show')
/** `ip -j route show`, `ip -j -6 route show`: the main table of one family. */
export const listRoutes = (family: 4 | 6): Command => read('ip', '-j', ...(family === 6 ? ['-6'] : []), 'route', 'show')
/** `ip -j neigh show` */
export const listNeighbours = (): Command => read('ip', '-j', 'neigh', 'show')
/** `ip -j route get ADDRESS`: the way the node would really take. */
export const routeTo = (address: Ip): Command => read('ip', '-j', 'route', 'get', address)

export const readLinks = async (runner: Runner, options?: CallOptions): Promise<readonly Link[]> => parseLinks(await answer(runner, listLinks(), options))

/** Main tables of both families. */
export async function readRoutes(runner: Runner, options?: CallOptions): Promise<readonly Route[]> {
  const texts = await Promise.all([4 as const, 6 as const].map((f) => answer(runner, listRoutes(f), options)))
  return texts.flatMap(parseRoutes)
}

/** The route to one address; undefined when the kernel knows none. */
export async function readRouteTo(runner: Runner, address: Ip, options?: CallOptions): Promise<Route | undefined> {
  const { stdout, stderr, code } = await runner.run(routeTo(address), options)
  if (code === 0) return parseRoutes(stdout)[0]
  if (/unreachable/i.test(stderr)) return undefined
  throw new OvngwError('COMMAND', { what: `\`ip route get ${address}\` ended with ${code} at ${runner.where}`, why: stderr.trim() })
}

type Bag = Readonly<Record<string, unknown>>

export const parseLinks = (text: string): readonly Link[] => objects(text, 'ip address').map(linkOf)

function linkOf(o: Bag): Link {
  const flags = list(o, 'flags')
  const info = bag(o['linkinfo'])
  const kind = optionalText(info, 'info_kind') ?? (flags.includes('LOOPBACK') ? 'loopback' : 'physical')
  const below = ['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap'].includes(kind)
  const vlan = bag(info['info_data'])['id']
  return {
    name: text(o, 'ifname'),
    index: number(o, 'ifindex'),
    kind,
    mac: o['link_type'] === 'ether' || o['link_type'] === 'loopback' ? text(o, 'address') : '',
    mtu: number(o, 'mtu'),
    up: flags.includes('UP'),
    carrier: flags.includes('LOWER_UP'),
    master: optionalText(o, 'master'),
    memberOf: optionalText(info, 'info_slave_kind'),
    parent: below ? optionalText(o, 'link') : undefined,
    vlanId: kind === 'vlan' && typeof vlan === 'number' ? vlan : undefined,
    addresses: objectsOf(o['addr_info'], 'ip address').map((a) => `${text(a, 'local')}/${number(a, 'prefixlen')}`),
  }
}

/** Those that have a MAC: an entry that failed has none. */
export const parseNeighbours = (answered: string): readonly Neighbour[] =>
  objects(answered, 'ip neigh').flatMap((o) =>
    o['lladdr'] === undefined ? [] : [{ address: text(o, 'dst'), mac: text(o, 'lladdr').toLowerCase(), dev: text(o, 'dev') }],
  )

export const parseRoutes = (text: string): readonly Route[] => objects(text, 'ip route').flatMap(routesOf)

/** One route a next hop: what matters is which devices carry a destination. */
function routesOf(o: Bag): readonly Route[] {
  const common = {
    type: optionalText(o, 'type') ?? 'unicast',
    dst: text(o, 'dst'),
    protocol: optionalText(o, 'protocol'),
    prefsrc: optionalText(o, 'prefsrc'),
    metric: typeof o['metric'] === 'number' ? o['metric'] : 0,
  }
  const hops = o['nexthops'] === undefined ? [o] : objectsOf(o['nexthops'], 'ip route')
  return hops.map((h) => ({ ...common, gateway: optionalText(h, 'gateway') ?? optionalText(bag(h['via']), 'host'), dev: optionalText(h, 'dev') }))
}

function objects(text: string, tool: string): readonly Bag[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(tool, 'it is not JSON', text, cause)
  }
  return objectsOf(value, tool)
}

function objectsOf(value: unknown, tool: string): readonly Bag[] {
  if (Array.isArray(value) && value.every((v) => typeof v === 'object' && v !== null && !Array.isArray(v))) return value as readonly Bag[]
  throw unreadable(tool, 'expected an array of objects', JSON.stringify(value) ?? 'nothing')
}

const bag = (value: unknown): Bag => (typeof value === 'object' && value !== null ? (value as Bag) : {})

function text(o: Bag, key: string): string {
  const value = o[key]
  if (typeof value === 'string') return value
  throw unreadable('ip', `expected text in ${key}`, JSON.stringify(o))
}

function number(o: Bag, key: string): number {
  const value = o[key]
  if (typeof value === 'number') return value
  throw unreadable('ip', `expected a number in ${key}`, JSON.stringify(o))
}

const optionalText = (o: Bag, key: string): string | undefined => (o[key] === undefined ? undefined : text(o, key))
const list = (o: Bag, key: string): readonly unknown[] => {
  const value = o[key]
  if (Array.isArray(value)) return value
  throw unreadable('ip', `expected a list in ${key}`, JSON.stringify(o))
}

const unreadable = (tool: string, why: string, text: string, cause?: unknown): OvngwError =>
  new OvngwError('PARSE', { what: `cannot read what \`${tool}\` answered`, why: `${why}; it begins: ${text.slice(0, 200)}`, cause })
