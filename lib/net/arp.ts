/** ARP frames as hex text, ready for a switch to send. */
import type { Ipv4 } from './ip.ts'
import type { Mac } from './mac.ts'

export interface Announcement {
  readonly mac: Mac
  readonly address: Ipv4
  /** 802.1Q tag, 0: none. */
  readonly vlan: number
}

const hex = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, '0')
/** Without FCS, which the device adds: IEEE 802.3 wants 64 bytes with it. */
const SHORTEST = 60

/**
 * An ARP Announcement (RFC 5227 §3): a broadcast request whose sender and target address are both the announced one. Neighbours that know
 * the address take the MAC over, every switch on the way learns the port.
 */
export function arpAnnouncement({ mac, address, vlan }: Announcement): string {
  const station = mac.replaceAll(':', '')
  const host = address
    .split('.')
    .map((part) => hex(Number(part), 1))
    .join('')
  const tag = vlan === 0 ? '' : `8100${hex(vlan, 2)}`
  const arp = `0001${'0800'}0604${'0001'}${station}${host}${'00'.repeat(6)}${host}`
  return `${'ff'.repeat(6)}${station}${tag}0806${arp}`.padEnd(SHORTEST * 2, '0')
}
