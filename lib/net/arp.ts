/** ARP frames as hex text, ready for a switch to send. */
import type { Ipv4 } from './ip.ts'
import type { Mac } from './mac.ts'

export interface Station {
  readonly mac: Mac
  readonly address: Ipv4
  /** 802.1Q tag, 0: none. */
  readonly vlan: number
}

const hex = (value: number, bytes: number): string => value.toString(16).padStart(bytes * 2, '0')
const host = (address: Ipv4): string =>
  address
    .split('.')
    .map((part) => hex(Number(part), 1))
    .join('')
/** Without FCS, which the device adds: IEEE 802.3 wants 64 bytes with it. */
const SHORTEST = 60

/** A broadcast ARP request (RFC 826) from `mac`, who says it has `sender`, for `target`. */
function request(mac: Mac, vlan: number, sender: string, target: string): string {
  const station = mac.replaceAll(':', '')
  const tag = vlan === 0 ? '' : `8100${hex(vlan, 2)}`
  const arp = `0001${'0800'}0604${'0001'}${station}${sender}${'00'.repeat(6)}${target}`
  return `${'ff'.repeat(6)}${station}${tag}0806${arp}`.padEnd(SHORTEST * 2, '0')
}

/**
 * An ARP Announcement (RFC 5227 §3): a broadcast request whose sender and target address are both the announced one. Neighbours that know
 * the address take the MAC over, every switch on the way learns the port.
 */
export const arpAnnouncement = ({ mac, address, vlan }: Station): string => request(mac, vlan, host(address), host(address))

/** An ARP Probe (RFC 5227 §2.1.1) from `mac`: who has the address? It changes nobody's neighbour table. */
export const arpProbe = ({ mac, address, vlan }: Station): string => request(mac, vlan, '00'.repeat(4), host(address))
