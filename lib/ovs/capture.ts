/** tcpdump for seconds: a capture ends by itself after so many packets or so much time, whichever is first, also when nobody listens any more. */
import { type Command, read } from '../proc/command.ts'

export interface Capture {
  readonly dev: string
  readonly seconds: number
  readonly packets: number
  /** In tcpdump's own words; of IP packets. */
  readonly filter: string
}

/** `timeout 8 tcpdump -n -l -i DEV -s 128 -c 6 FILTER`: headers only, of a packet in a tunnel too. */
export const capture = ({ dev, seconds, packets, filter }: Capture): Command =>
  read('timeout', `${seconds}`, 'tcpdump', '-n', '-l', '-i', dev, '-s', '128', '-c', `${packets}`, dev === 'any' ? filter : tagged(filter))

/** With and without a VLAN tag; after `vlan` every offset counts from behind the tag. The device `any` has no Ethernet header to find one in. */
const tagged = (filter: string): string => `(${filter}) or (vlan and (${filter}))`

export type PacketKind = 'request' | 'reply' | 'syn' | 'other'

export interface Packet {
  readonly kind: PacketKind
  readonly source: string
  readonly target: string
  /** Ports; undefined: ICMP. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** Of the whole IP packet of an echo request or reply. */
  readonly bytes: number | undefined
  /** Number of the echo request, and of its reply. */
  readonly seq?: number | undefined
}

/** Of a packet in a tunnel the inner one, which stands last. */
const LINE = /^.*\bIP (\d+\.\d+\.\d+\.\d+)(?:\.(\d+))? > (\d+\.\d+\.\d+\.\d+)(?:\.(\d+))?: (.*)$/gm
const [IP_HEADER, SYN] = [20, /^Flags \[S[^.\]]*\]/]

/** What a capture printed, a packet a line. */
export function parseCapture(stdout: string): readonly Packet[] {
  return [...stdout.matchAll(LINE)].map(([, source = '', from, target = '', to, rest = '']): Packet => {
    const kind = rest.startsWith('ICMP echo request') ? 'request' : rest.startsWith('ICMP echo reply') ? 'reply' : SYN.test(rest) ? 'syn' : 'other'
    const bytes = kind === 'request' || kind === 'reply' ? /\blength (\d+)/.exec(rest)?.[1] : undefined
    const seq = bytes === undefined ? undefined : /\bseq (\d+)/.exec(rest)?.[1]
    const port = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))
    return { kind, source, target, from: port(from), to: port(to), bytes: bytes === undefined ? undefined : Number(bytes) + IP_HEADER, seq: port(seq) }
  })
}
