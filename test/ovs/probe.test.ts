import { describe, expect, it } from 'vitest'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { parseIp } from '../../lib/net/ip.ts'
import { parseMac } from '../../lib/net/mac.ts'
import {
  captureReplies,
  ethtool,
  parseArping,
  parseEthtool,
  parsePing,
  parseReplies,
  ping,
  pingDontFragment,
  readEthtool,
  whoHas,
} from '../../lib/ovs/probe.ts'
import { type Command, type Output, type Runner, show } from '../../lib/proc/command.ts'

// Taken from the real programs on one veth pair: arping of iputils 20221126 and Habets' 2.23, ping of iputils and of inetutils 2.4, ethtool 6.1.
const IPUTILS = {
  answered:
    'ARPING 192.0.2.1 from 0.0.0.0 v0\nUnicast reply from 192.0.2.1 [42:ED:9C:17:67:03]  0.528ms\nSent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n',
  silent: 'ARPING 192.0.2.9 from 0.0.0.0 v0\nSent 1 probes (1 broadcast(s))\nReceived 0 response(s)\n',
  option: "arping: invalid option -- '0'\n\nUsage:\n  arping [options] <destination>\n",
}
const HABETS = {
  answered:
    'ARPING 192.0.2.1\n42 bytes from de:26:24:ed:5a:6a (192.0.2.1): index=0 time=11.788 usec\n42 bytes from de:26:24:ed:5a:6a (192.0.2.1): index=1 time=6.230 usec\n\n--- 192.0.2.1 statistics ---\n2 packets transmitted, 2 packets received,   0% unanswered (0 extra)\nrtt min/avg/max/std-dev = 0.006/0.009/0.012/0.003 ms\n',
  silent: 'ARPING 192.0.2.9\nTimeout\nTimeout\n\n--- 192.0.2.9 statistics ---\n2 packets transmitted, 0 packets received, 100% unanswered (0 extra)\n\n',
}
const out = (stdout: string, code: number, stderr = ''): Output => ({ stdout, stderr, code })
const COMMAND = ethtool('eth1')

/** Answers the commands it was told of, refuses any other. */
function tool(answers: Readonly<Record<string, Output>>): Runner & { readonly ran: string[] } {
  const ran: string[] = []
  const run = async (command: Command): Promise<Output> => {
    ran.push(show(command))
    const answer = answers[show(command)]
    if (answer === undefined) throw new Error(`not expected: ${show(command)}`)
    return answer
  }
  return { where: 'node1', run, ran }
}

describe('whoHas', () => {
  const probe = { dev: 'br-external', address: parseIp('192.0.2.1'), count: 2 }
  const FIRST = 'arping -0 -i br-external -c 2 -w 2 192.0.2.1'
  const SECOND = 'arping -D -I br-external -c 2 -w 2 192.0.2.1'

  it("speaks to Habets' arping", async () => expect(await whoHas(tool({ [FIRST]: out(HABETS.answered, 0) }), probe)).toEqual(['de:26:24:ed:5a:6a']))
  it('and to the one of iputils, whose exit code 1 means "somebody answered"', async () => {
    const runner = tool({ [FIRST]: out('', 2, IPUTILS.option), [SECOND]: out(IPUTILS.answered, 1) })
    expect(await whoHas(runner, probe)).toEqual(['42:ed:9c:17:67:03'])
    expect(runner.ran).toEqual([FIRST, SECOND])
  })
  it('nobody answers', () => {
    expect(parseArping(out(HABETS.silent, 1), COMMAND, 'x')).toEqual([])
    expect(parseArping(out(IPUTILS.silent, 0), COMMAND, 'x')).toEqual([])
  })
  it('two that answer are both named', () => {
    const two = IPUTILS.answered.replace('Sent', 'Unicast reply from 192.0.2.1 [16:52:F3:13:6A:25]  0.6ms\nSent')
    expect(parseArping(out(two, 1), COMMAND, 'x')).toEqual(['42:ed:9c:17:67:03', '16:52:f3:13:6a:25'])
  })
  it.each([
    ['device down', out('', 2, 'Interface "v0" is down\n')],
    ['no device', out('', 1, 'arping: libnet_init(LIBNET_LINK, v9): libnet_check_iface() ioctl: No such device\n')],
    ['no right', out('', 2, 'arping: socket: Operation not permitted\n')],
    ['silence', out('', 0)],
    ['nothing sent', out('Sent 0 probes (0 broadcast(s))\nReceived 0 response(s)\n', 0)],
  ])('%s is no proof that an address is free', (_, output) => expect(() => parseArping(output, COMMAND, 'node1')).toThrow(OvngwError))
})

describe('ping', () => {
  const IP = parseIp('192.0.2.1')
  it('uses options that all pings have', () => {
    expect([show(ping(IP, 2, 3)), show(pingDontFragment(IP, 1472, 1, 2))]).toEqual(['ping -c 2 -w 3 192.0.2.1', 'ping -M do -s 1472 -c 1 -w 2 192.0.2.1'])
  })
  it.each([
    ['iputils', '--- 192.0.2.1 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time 202ms\n', 2, 2],
    ['iputils, too long', '--- 192.0.2.1 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n', 1, 0],
    ['inetutils', '--- 192.0.2.1 ping statistics ---\n2 packets transmitted, 1 packets received, 50% packet loss\n', 2, 1],
  ])('%s', (_, stdout, sent, received) => expect(parsePing(out(stdout, 0), COMMAND, 'x')).toEqual({ sent, received }))
  it('no route is an error, not a loss', () =>
    expect(() => parsePing(out('', 2, 'ping: connect: Network is unreachable\n'), COMMAND, 'pod a')).toThrow(/unreachable/))
})

describe('ethtool', () => {
  it('reads speed, duplex and link', () =>
    expect(parseEthtool('Settings for v0:\n\tSpeed: 10000Mb/s\n\tDuplex: Full\n\tAuto-negotiation: off\n\tLink detected: no\n')).toEqual({
      speed: 10000,
      duplex: 'full',
      link: false,
    }))
  it('unknown is unknown', () =>
    expect(parseEthtool('Settings for eth9:\n\tSpeed: Unknown!\n\tDuplex: Unknown! (255)\n')).toEqual({ speed: undefined, duplex: undefined, link: undefined }))
  it('a missing tool or device gives nothing, a lost node an error', async () => {
    const nothing = { speed: undefined, duplex: undefined, link: undefined }
    const fails = (code: 'NOT_RUN' | 'UNREACHABLE'): Runner => ({ where: 'x', run: () => Promise.reject(new OvngwError(code, { what: 'x' })) })
    expect(await readEthtool(fails('NOT_RUN'), 'eth1')).toEqual(nothing)
    expect(await readEthtool(tool({ 'ethtool eth1': out('', 75, 'netlink error: No such device\nNo data available\n') }), 'eth1')).toEqual(nothing)
    await expect(readEthtool(fails('UNREACHABLE'), 'eth1')).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })
  it('takes no option for a device', () => expect(() => ethtool('--version')).toThrow(/cannot take/))
})

// The first two lines are tcpdump 4.99.3's on the lab's node1, the others the same with two more stations.
describe('captured ARP replies', () => {
  const command = captureReplies('eth1', parseMac('0e:6f:76:21:00:01'), 2)
  const lines = [
    '18:26:37.926013 ARP, Reply 172.56.0.1 is-at 0e:6f:76:22:00:01, length 28',
    '18:26:38.535656 ARP, Reply 172.56.0.1 is-at 0e:6f:76:22:00:01, length 28',
    '18:26:38.720120 ARP, Reply 172.56.0.9 is-at 0e:6f:76:21:00:09, length 28',
    '18:26:38.720130 ARP, Reply 172.56.0.9 is-at 0e:6f:76:21:00:0a, length 28',
  ]
  it('are told by address, each MAC once', () =>
    expect([...parseReplies(out(lines.join('\n'), 124), command, 'node1')]).toEqual([
      ['172.56.0.1', ['0e:6f:76:22:00:01']],
      ['172.56.0.9', ['0e:6f:76:21:00:09', '0e:6f:76:21:00:0a']],
    ]))
  it('a capture that ended by itself is no proof of silence', () =>
    expect(() => parseReplies(out('', 1, 'tcpdump: eth9: No such device exists\n'), command, 'node1')).toThrow(/No such device/))
})
