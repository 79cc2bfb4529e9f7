/**
 * IP addresses as branded canonical strings: equal addresses are equal strings (usable as keys and in JSON), and a string that was
 * never parsed does not type-check. Arithmetic goes through a BigInt. Canonical form: IPv4 dotted decimal, IPv6 RFC 5952 without the
 * mixed `::ffff:1.2.3.4` notation. Parsers throw BadAddress (a RangeError).
 */
import { BadAddress } from './bad.ts'

declare const brand: unique symbol
export type Ipv4 = string & { readonly [brand]: 'ipv4' }
export type Ipv6 = string & { readonly [brand]: 'ipv6' }
export type Ip = Ipv4 | Ipv6
export type Family = 4 | 6

export const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }

export const isIpv4 = (ip: Ip): ip is Ipv4 => !ip.includes(':')
export const family = (ip: Ip): Family => (isIpv4(ip) ? 4 : 6)

/** Any IP address; IPv4 strictly as four decimal numbers (no leading zeros, no short or hex forms), IPv6 in every form of RFC 4291 but without a zone. */
export function parseIp(text: string): Ip {
  if (CANONICAL_V4.test(text)) return text as Ipv4
  if (text.includes('/')) throw new BadAddress(text, 'has a prefix length, an address alone is wanted', `write ${text.slice(0, text.indexOf('/'))}`)
  return text.includes(':') ? formatV6(readV6(text)) : formatV4(readV4(text))
}

/** Most that is parsed is this: taken as it is, without arithmetic. */
const CANONICAL_V4 = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/

/** An IPv4 address; an IPv6 one is an error. */
export function parseIpv4(text: string): Ipv4 {
  const ip = parseIp(text)
  if (isIpv4(ip)) return ip
  throw new BadAddress(text, 'is an IPv6 address', 'write an IPv4 address, like 172.56.0.100')
}

/** The address as a number of 32 or 128 bits. */
export const ipValue = (ip: Ip): bigint => (isIpv4(ip) ? readV4(ip) : readV6(ip))

/** The address of a number. @throws RangeError when it does not fit the family. */
export function ipOf(fam: Family, value: bigint): Ip {
  if (value < 0n || value >= 1n << BigInt(BITS[fam])) throw new RangeError(`${value} is outside the IPv${fam} address space`)
  return fam === 4 ? formatV4(value) : formatV6(value)
}

/** `by` addresses further (or back). @throws RangeError past either end of the address space. */
export const addToIp = (ip: Ip, by: number | bigint): Ip => ipOf(family(ip), ipValue(ip) + BigInt(by))

/** Sort order: IPv4 before IPv6, then by value. */
export function compareIp(a: Ip, b: Ip): number {
  if (family(a) !== family(b)) return family(a) - family(b)
  const [x, y] = [ipValue(a), ipValue(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

const top = (ip: Ip, bits: number): bigint => ipValue(ip) >> BigInt(BITS[family(ip)] - bits)

export const isUnspecified = (ip: Ip): boolean => ipValue(ip) === 0n
export const isLoopback = (ip: Ip): boolean => (isIpv4(ip) ? top(ip, 8) === 127n : ipValue(ip) === 1n)
export const isMulticast = (ip: Ip): boolean => (isIpv4(ip) ? top(ip, 4) === 0xen : top(ip, 8) === 0xffn)
export const isLinkLocal = (ip: Ip): boolean => (isIpv4(ip) ? top(ip, 16) === 0xa9fen : top(ip, 10) === 0x3fan)
/** Can be the address of one host: not unspecified, loopback, multicast, 0.0.0.0/8, 240.0.0.0/4 (limited broadcast included). */
export const isHost = (ip: Ip): boolean =>
  !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && (!isIpv4(ip) || (top(ip, 8) !== 0n && top(ip, 4) !== 0xfn))

function readV4(text: string): bigint {
  const fix = 'write four numbers from 0 to 255 with dots between, like 172.56.0.100'
  const parts = text.split('.')
  if (text.trim() === '') throw new BadAddress(text, 'is empty', fix)
  if (/[^0-9.]/.test(text)) throw new BadAddress(text, 'is not an IP address', fix)
  if (parts.length !== 4) throw new BadAddress(text, `has ${parts.length} of 4 numbers`, fix)
  const number = parts.reduce((value, part) => {
    if (part === '') throw new BadAddress(text, 'has an empty number', fix)
    if (part.length > 1 && part.startsWith('0'))
      throw new BadAddress(text, `${part} has a leading zero, which some programs read as octal`, `write ${Number(part)}`)
    if (part.length > 3 || Number(part) > 255) throw new BadAddress(text, `${part} is over 255`, fix)
    return value * 256 + Number(part)
  }, 0)
  return BigInt(number)
}

const formatV4 = (value: bigint): Ipv4 => [24n, 16n, 8n, 0n].map((s) => (value >> s) & 255n).join('.') as Ipv4

function readV6(text: string): bigint {
  const fix = 'write eight groups of hex digits, or :: once for a run of zeros, like fd00::1'
  if (text.includes('%')) throw new BadAddress(text, 'has a zone', `write ${text.slice(0, text.indexOf('%'))}`)
  const halves = text.split('::')
  if (halves.length > 2) throw new BadAddress(text, 'has :: more than once', fix)
  const [head = '', tail] = halves
  const before = groups(text, head, tail === undefined, fix)
  const after = tail === undefined ? [] : groups(text, tail, true, fix)
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) throw new BadAddress(text, `has ${before.length + after.length} groups of 16 bits`, fix)
  return [...before, ...Array<bigint>(missing).fill(0n), ...after].reduce((value, g) => (value << 16n) | g, 0n)
}

/** 16-bit groups of one side of `::`; the last may be an IPv4 address where the side ends the text. */
function groups(text: string, side: string, last: boolean, fix: string): readonly bigint[] {
  if (side === '') return []
  const parts = side.split(':')
  return parts.flatMap((part, i) => {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const v4 = readV4(part)
      return [v4 >> 16n, v4 & 0xffffn]
    }
    if (part === '') throw new BadAddress(text, 'has an empty group', fix)
    if (!/^[0-9a-f]{1,4}$/i.test(part)) throw new BadAddress(text, `${JSON.stringify(part)} is not a group of 1 to 4 hex digits`, fix)
    return [BigInt(`0x${part}`)]
  })
}

function formatV6(value: bigint): Ipv6 {
  const parts = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  const zeros = longestZeros(parts)
  if (zeros.length < 2) return parts.join(':') as Ipv6
  return `${parts.slice(0, zeros.from).join(':')}::${parts.slice(zeros.from + zeros.length).join(':')}` as Ipv6
}

function longestZeros(parts: readonly string[]): { readonly from: number; readonly length: number } {
  let best = { from: 0, length: 0 }
  let length = 0
  parts.forEach((p, i) => {
    length = p === '0' ? length + 1 : 0
    if (length > best.length) best = { from: i - length + 1, length }
  })
  return best
}
