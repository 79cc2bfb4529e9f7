/** Ethernet addresses as branded canonical strings (lower case, colons). Parser throws BadAddress (a RangeError). */
import { BadAddress } from './bad.ts'

declare const brand: unique symbol
export type Mac = string & { readonly [brand]: 'mac' }

/** Six pairs of hex digits with colons, in either case. */
export function parseMac(text: string): Mac {
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return text.toLowerCase() as Mac
  const digits = text.replaceAll(/[-.:]/g, '')
  if (/^[0-9a-f]{12}$/i.test(digits)) throw new BadAddress(text, 'is a MAC address written another way', `write ${macOf(Buffer.from(digits, 'hex'))}`)
  throw new BadAddress(text, 'is not a MAC address', 'write six pairs of hex digits with colons between, like 16:52:f3:13:6a:25')
}

/** The address of six bytes. */
export const macOf = (bytes: Uint8Array): Mac => {
  if (bytes.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${bytes.length}`)
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(':') as Mac
}

/** A locally administered unicast address made of six random bytes given by the caller. */
export const localMacOf = (bytes: Uint8Array): Mac => macOf(bytes.map((b, i) => (i === 0 ? (b & 0xfe) | 0x02 : b)))

const firstByte = (mac: Mac): number => Number.parseInt(mac.slice(0, 2), 16)

/** Can be the address of one station: not multicast, not broadcast, not all zeros. */
export const isUnicast = (mac: Mac): boolean => (firstByte(mac) & 1) === 0 && mac !== '00:00:00:00:00:00'
/** Locally administered: made up, not burnt in by a vendor. */
export const isLocal = (mac: Mac): boolean => (firstByte(mac) & 2) === 2
export const isBroadcast = (mac: Mac): boolean => mac === 'ff:ff:ff:ff:ff:ff'
