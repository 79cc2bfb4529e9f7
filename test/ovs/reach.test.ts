/** Asking ports and watching: outputs of bash 5.2, OpenBSD nc 1.219, busybox nc 1.35, curl 7.88 and tcpdump 4.99 as they said it to an echo and to a closed port. */
import { describe, expect, it } from 'vitest'
import { parseIpv4 } from '../../lib/net/ip.ts'
import { capture, parseCapture } from '../../lib/ovs/capture.ts'
import { type Port, type Reached, waysToAsk } from '../../lib/ovs/reach.ts'
import { type Output, show } from '../../lib/proc/command.ts'

const IP = parseIpv4('192.0.2.9')
const TCP: Port = { protocol: 'tcp', port: 8080 }
const UDP: Port = { protocol: 'udp', port: 8080 }
const out = (stdout: string, code: number, stderr = ''): Output => ({ stdout, stderr, code })

function parsed(port: Port, echo: boolean, bin: string, output: Output): Reached | undefined {
  const way = waysToAsk(IP, port, echo).find(({ command }) => command.bin === bin || (command.bin === 'timeout' && bin === 'bash'))
  if (way === undefined) throw new Error(`${bin} is no way`)
  return way.parse(output)
}

describe('a port', () => {
  it('address and port are arguments, never text of a script', () => {
    const [ours] = waysToAsk(IP, TCP, false)
    const [others] = waysToAsk(parseIpv4('198.51.100.7'), { protocol: 'tcp', port: 443 }, false)
    const script = (args: readonly string[] = []): readonly string[] => args.slice(0, -2)
    expect(script(others?.command.args)).toEqual(script(ours?.command.args))
    expect(others?.command.args.slice(-2)).toEqual(['198.51.100.7', '443'])
  })
  it.each([
    ['bash, open', TCP, 'bash', out('', 0, 'us=412\n'), { outcome: 'answered', ms: 0.412 }],
    ['bash, open, no answer of an echo', TCP, 'bash', out('', 124, 'us=412\n'), { outcome: 'answered', ms: 0.412 }],
    [
      'bash, refused',
      TCP,
      'bash',
      out('', 1, '127.0.0.1: connect: Connection refused\n127.0.0.1: line 1: /dev/tcp/127.0.0.1/19: Connection refused\n'),
      { outcome: 'refused' },
    ],
    ['bash, nothing came back', TCP, 'bash', out('', 124), { outcome: 'silent' }],
    ['nc, open', TCP, 'nc', out('', 0, 'Connection to 127.0.0.1 18080 port [tcp/*] succeeded!\n'), { outcome: 'answered' }],
    ['nc, refused', TCP, 'nc', out('', 1, 'nc: connect to 127.0.0.1 port 19 (tcp) failed: Connection refused\n'), { outcome: 'refused' }],
    ['bash, UDP, an echo', UDP, 'bash', out('172.56.0.233 51429\n', 0, 'us=900\n'), { outcome: 'answered', ms: 0.9, seen: '172.56.0.233' }],
    ['bash, UDP, another service', UDP, 'bash', out('\u0000\u0001', 0, 'us=900\n'), { outcome: 'answered', ms: 0.9 }],
    ['bash, UDP, refused', UDP, 'bash', out('', 1, "dd: error reading 'standard input': Connection refused\n"), { outcome: 'refused' }],
    ['nc, UDP, an echo', UDP, 'nc', out('172.56.0.233 60705\n', 0), { outcome: 'answered', seen: '172.56.0.233' }],
    ['nc, UDP, nothing', UDP, 'nc', out('', 0), { outcome: 'silent' }],
  ] as const)('%s', (_, port, bin, output, wanted) => expect(parsed(port, false, bin, output)).toEqual({ ...wanted }))
  it('an echo by curl and wget', () => {
    expect(parsed(TCP, true, 'curl', out('172.56.0.233 40000\n\nus=0.000145', 0))).toEqual({ outcome: 'answered', ms: 0.145, seen: '172.56.0.233' })
    expect(parsed(TCP, true, 'wget', out('172.56.0.233 40000\n', 0))).toEqual({ outcome: 'answered', seen: '172.56.0.233' })
    expect(parsed(TCP, true, 'curl', out('\nus=0.000000', 28, 'curl: (28) Connection timed out\n'))).toEqual({ outcome: 'silent' })
  })
  it.each([
    ['no bash', 'bash', out('', 127, 'timeout: failed to run command ‘bash’: No such file or directory\n')],
    ['bash without /dev/tcp', 'bash', out('', 1, '0: line 1: /dev/tcp/192.0.2.9/8080: No such file or directory\n')],
    ['busybox nc that has no -z', 'nc', out('', 1, "nc: invalid option -- 'z'\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n")],
  ])('%s is no silence', (_, bin, output) => expect(parsed(TCP, false, bin, output)).toBeUndefined())
})

describe('a capture', () => {
  it('is bounded in time and in size, takes headers only, and sees tagged packets too', () => {
    expect(show(capture({ dev: 'eth1', seconds: 8, packets: 3, filter: 'icmp' }))).toBe(
      "timeout 8 tcpdump -n -l -i eth1 -s 128 -c 3 '(icmp) or (vlan and (icmp))'",
    )
    expect(capture({ dev: 'any', seconds: 8, packets: 3, filter: 'icmp' }).args.at(-1)).toBe('icmp')
  })
  it('is read packet by packet', () => {
    const lines = [
      '19:40:01.120001 eth0  In  IP 172.56.0.233 > 172.56.0.1: ICMP echo request, id 4, seq 1, length 785',
      '19:40:01.120090 eth0  Out IP 172.56.0.1 > 172.56.0.233: ICMP echo reply, id 4, seq 1, length 785',
      '19:40:01.320001 IP 172.56.0.1.41000 > 10.16.0.3.443: Flags [S], seq 1, win 64240, options [mss 1460], length 0',
      '19:40:01.320301 IP 10.16.0.3.443 > 172.56.0.1.41000: Flags [S.], seq 9, ack 2, win 65160, length 0',
      '19:40:01.420001 vlan 100, p 0, IP 172.56.0.1.41001 > 10.16.0.3.53: [|domain]',
      '19:33:37.119961 eth0  P   IP 10.250.0.12.39762 > 10.250.0.11.6081: Geneve, Flags [C], vni 0x3, options [8 bytes]: IP 10.16.0.2 > 172.56.0.1: ICMP echo request, id 29746, seq 1, length 785',
      '2 packets captured',
    ]
    expect(parseCapture(lines.join('\n')).map((p) => [p.kind, p.source, p.to, p.bytes])).toEqual([
      ['request', '172.56.0.233', undefined, 805],
      ['reply', '172.56.0.1', undefined, 805],
      ['syn', '172.56.0.1', 443, undefined],
      ['other', '10.16.0.3', 41000, undefined],
      ['other', '172.56.0.1', 53, undefined],
      ['request', '10.16.0.2', undefined, 805],
    ])
  })
})
