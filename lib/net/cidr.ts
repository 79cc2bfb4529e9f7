/**
 * An address with its prefix length, host part kept (`172.56.0.100/16` is a router port's address), as a branded canonical string; and
 * address ranges. Parsers throw BadAddress (a RangeError).
 */
import { BadAddress } from './bad.ts'
import { addToIp, BITS, compareIp, type Family, family, type Ip, ipOf, ipValue, isHost, parseIp } from './ip.ts'

declare const brand: unique symbol
export type Cidr = string & { readonly [brand]: 'cidr' }

/** `ADDRESS/LENGTH`; host bits may be set. */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/')
  if (slash < 0)
    throw new BadAddress(text, 'has no prefix length', `write it with the length of its network, like ${text.includes(':') ? `${text}/64` : `${text}/16`}`)
  const ip = parseIp(text.slice(0, slash))
  const length = text.slice(slash + 1)
  const bits = BITS[family(ip)]
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits)
    throw new BadAddress(text, `${JSON.stringify(length)} is not a prefix length`, `write a number from 0 to ${bits} after the slash`)
  return cidrOf(ip, Number(length))
}

/** A CIDR whose host bits must be zero, as networks are written. */
export function parseNetwork(text: string): Cidr {
  const cidr = parseCidr(text)
  if (networkCidr(cidr) !== cidr) throw new BadAddress(text, 'has host bits set', `write ${networkCidr(cidr)} for the network`)
  return cidr
}

export const cidrOf = (ip: Ip, length: number): Cidr => `${ip}/${length}` as Cidr

/** The address with its host part: 172.56.0.100 of 172.56.0.100/16. */
export const addressOf = (cidr: Cidr): Ip => cidr.slice(0, cidr.indexOf('/')) as Ip
export const prefixLength = (cidr: Cidr): number => Number(cidr.slice(cidr.indexOf('/') + 1))

const hostBits = (cidr: Cidr): bigint => BigInt(BITS[familyOf(cidr)] - prefixLength(cidr))
export const familyOf = (cidr: Cidr): Family => family(addressOf(cidr))

/** First address of the network: 172.56.0.0 of 172.56.0.100/16. */
export const network = (cidr: Cidr): Ip => ipOf(familyOf(cidr), (ipValue(addressOf(cidr)) >> hostBits(cidr)) << hostBits(cidr))
export const networkCidr = (cidr: Cidr): Cidr => cidrOf(network(cidr), prefixLength(cidr))
/** Last address of the network; for IPv4 with a prefix under 31 it is the broadcast address. */
export const lastAddress = (cidr: Cidr): Ip => ipOf(familyOf(cidr), ipValue(network(cidr)) + (1n << hostBits(cidr)) - 1n)
/** The broadcast address; undefined where there is none (IPv6, /31, /32). */
export const broadcast = (cidr: Cidr): Ip | undefined => (familyOf(cidr) === 4 && prefixLength(cidr) < 31 ? lastAddress(cidr) : undefined)

/** True when the address is in the network, its first and last address included. */
export const contains = (cidr: Cidr, ip: Ip): boolean =>
  family(ip) === familyOf(cidr) && ipValue(ip) >> hostBits(cidr) === ipValue(addressOf(cidr)) >> hostBits(cidr)

/** True when a host of the network may have the address: inside it, not its network or broadcast address (RFC 3021: a /31 has neither). */
export const isHostOf = (cidr: Cidr, ip: Ip): boolean =>
  contains(cidr, ip) && isHost(ip) && ip !== broadcast(cidr) && (broadcast(cidr) === undefined || ip !== network(cidr))

export const overlaps = (a: Cidr, b: Cidr): boolean => contains(a, network(b)) || contains(b, network(a))

/** Addresses from `first` to `last`, both included. */
export interface Range {
  readonly first: Ip
  readonly last: Ip
}

/** `A-B`, or `A` for one address. */
export function parseRange(text: string): Range {
  const parts = text.split('-')
  const [from = '', to = from] = parts.map((p) => p.trim())
  if (parts.length > 2) throw new BadAddress(text, 'has more than one dash', 'write FIRST-LAST, like 172.56.0.200-172.56.0.239')
  if (/^\d{1,3}$/.test(to)) throw new BadAddress(text, `${to} is not a whole address`, `write ${from}-${from.slice(0, from.lastIndexOf('.') + 1)}${to}`)
  const [first, last] = [parseIp(from), parseIp(to)]
  if (family(first) !== family(last)) throw new BadAddress(text, 'mixes IPv4 and IPv6', 'write both ends in one family')
  if (compareIp(first, last) > 0) throw new BadAddress(text, 'ends before it begins', `write ${last}-${first}`)
  return { first, last }
}

export const showRange = ({ first, last }: Range): string => (first === last ? first : `${first}-${last}`)
export const rangeSize = ({ first, last }: Range): bigint => ipValue(last) - ipValue(first) + 1n
export const inRange = ({ first, last }: Range, ip: Ip): boolean => family(ip) === family(first) && compareIp(first, ip) <= 0 && compareIp(ip, last) <= 0
export const rangesOverlap = (a: Range, b: Range): boolean => inRange(a, b.first) || inRange(b, a.first)

/** Every address of the range, ascending; lazily, ranges can be large. */
export function* addressesIn({ first, last }: Range): Generator<Ip> {
  let ip = first
  while (ip !== last) {
    yield ip
    ip = addToIp(ip, 1)
  }
  yield last
}
