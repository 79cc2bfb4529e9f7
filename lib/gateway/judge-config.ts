/** Judging the ConfigMap's keys and the gateway's own address and MAC. Pure. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { broadcast, type Cidr, contains, isHostOf, network, networkCidr, parseCidr } from '../net/cidr.ts'
import { type Ip, isIpv4, parseIp } from '../net/ip.ts'
import { isUnicast, parseMac } from '../net/mac.ts'
import { KEY } from './names.ts'
import { configData } from './wanted.ts'

/** Something wrong, and how to write it right. */
export interface Wrong {
  readonly object: string
  readonly why: string
  readonly severity: 'fail' | 'warn'
}

const KNOWN: readonly string[] = [...Object.values(KEY), 'ovngw-touch']
const wrong = (object: string, why: string): Wrong => ({ object, why, severity: 'fail' })

/** Keys and spelling as the controller reads them (R8). */
export function wrongKeys(data: Readonly<Record<string, string>>): readonly Wrong[] {
  const unknown = Object.keys(data).filter((k) => !KNOWN.includes(k))
  return [...unknown.map((k): Wrong => ({ object: k, why: unknownKey(k), severity: 'warn' })), ...wrongEnable(data), ...wrongType(data), ...wrongNodes(data)]
}

function unknownKey(key: string): string {
  const near = KNOWN.find((k) => k.replaceAll('-', '') === key.replaceAll(/[-_.]/g, '').toLowerCase())
  return near === undefined ? `${key} is no key Kube-OVN reads` : `${key} is no key Kube-OVN reads; is ${near} meant?`
}

function wrongEnable(data: Readonly<Record<string, string>>): readonly Wrong[] {
  const value = data[KEY.enable]
  if (value === 'true' || value === 'false') return []
  const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`
  return [wrong(KEY.enable, `${KEY.enable} ${is}: everything but exactly "false" means enabled; write "true" or "false"`)]
}

function wrongType(data: Readonly<Record<string, string>>): readonly Wrong[] {
  const value = data[KEY.type]
  if (value === undefined || value === 'centralized' || value === 'distributed') return []
  return [wrong(KEY.type, `${KEY.type} is ${JSON.stringify(value)}, which Kube-OVN takes for centralized; write "centralized" or "distributed"`)]
}

function wrongNodes(data: Readonly<Record<string, string>>): readonly Wrong[] {
  const names = (data[KEY.nodes] ?? '').split(',').map((n) => n.trim())
  const twice = names.filter((n, i) => n !== '' && names.indexOf(n) !== i)
  return [...new Set(twice)].map((n) => wrong(KEY.nodes, `${KEY.nodes} names ${n} twice`))
}

/** What differs between the ConfigMap and the wanted gateway, key by key. */
export function notApplied(configMap: KubeObject, wanted: GatewayWanted): readonly Wrong[] {
  const data = configData(configMap)
  const say = (key: string, is: string | undefined, should: string | undefined): readonly Wrong[] =>
    is === should
      ? []
      : [wrong(key, `${key} is ${is === undefined ? 'absent' : JSON.stringify(is)}, should be ${should === undefined ? 'absent' : JSON.stringify(should)}`)]
  const nodes = (text: string | undefined): string =>
    (text ?? '')
      .split(',')
      .map((n) => n.trim())
      .filter((n) => n !== '')
      .sort()
      .join(',')
  return [
    ...say(KEY.enable, data[KEY.enable], 'true'),
    ...say(KEY.type, data[KEY.type] === 'distributed' ? 'distributed' : 'centralized', wanted.type),
    // A distributed gateway goes by node labels; the list is not written then (R21).
    ...(wanted.type === 'distributed' ? [] : say(KEY.nodes, nodes(data[KEY.nodes]), nodes(wanted.nodes.map((n) => n.name).join(',')))),
    ...say(KEY.nic, data[KEY.nic], wanted.nic),
    ...say(KEY.address, data[KEY.address] || undefined, wanted.address === 'auto' ? undefined : wanted.address),
    ...(wanted.mac === undefined ? [] : say(KEY.mac, data[KEY.mac]?.toLowerCase(), wanted.mac)),
    ...(wanted.nextHop === undefined ? [] : say(KEY.nextHop, data[KEY.nextHop]?.split('/')[0], wanted.nextHop)),
  ]
}

/** Why the router port cannot have this address; undefined: it can. */
export function wrongAddress(address: string, nextHop: string | undefined): string | undefined {
  const cidr = readable(() => parseCidr(address))
  if (typeof cidr === 'object') return cidr.why
  if (!isIpv4(network(cidr))) return `${address} is an IPv6 address; the gateway serves IPv4 only`
  const ip = address.split('/')[0] as Ip
  if (ip === network(cidr)) return `${ip} is the address of the network ${networkCidr(cidr)} itself`
  if (ip === broadcast(cidr)) return `${ip} is the broadcast address of ${networkCidr(cidr)}`
  if (!isHostOf(cidr, ip)) return `${ip} cannot be the address of a host`
  return nextHop === undefined ? undefined : wrongNextHop(cidr, ip, nextHop)
}

function wrongNextHop(cidr: Cidr, ip: Ip, nextHop: string): string | undefined {
  const hop = readable(() => parseIp(nextHop))
  if (typeof hop === 'object') return `the next hop ${hop.why}`
  if (hop === ip) return `${ip} is the next hop's own address`
  return contains(cidr, hop) ? undefined : `the next hop ${hop} is outside ${networkCidr(cidr)}, the network of ${ip}`
}

function readable<T extends string>(parse: () => T): T | { readonly why: string } {
  try {
    return parse()
  } catch (e) {
    return { why: e instanceof Error ? e.message : String(e) }
  }
}

export interface MacUser {
  readonly mac: string
  /** `eth1 of node1`, `router port ovn-cluster-join`. */
  readonly who: string
}

/** Why the router port cannot have this MAC; undefined: it can. */
export function wrongMac(text: string, users: readonly MacUser[]): string | undefined {
  const mac = readable(() => parseMac(text))
  if (typeof mac === 'object') return mac.why
  if (!isUnicast(mac)) return `${mac} is no unicast address: its first byte must be even`
  const user = users.find((u) => u.mac.toLowerCase() === mac)
  return user === undefined ? undefined : `${mac} is the MAC of ${user.who}: two stations with one MAC lose each other's packets`
}
