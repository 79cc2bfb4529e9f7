/** What was lost of a train of pings, read from what the real programs print (iputils 20221126, busybox 1.35, inetutils 2.4). */
import { describe, expect, test } from 'vitest'
import { parseIp } from '../../lib/net/ip.ts'
import { parseSteady, pingSteadily } from '../../lib/ovs/ping-steady.ts'
import { show } from '../../lib/proc/command.ts'

const command = pingSteadily(parseIp('192.0.2.1'), 5, 20)
const read = (stdout: string, code = 0, stderr = '') => parseSteady({ stdout, stderr, code }, command, 20, 'here')

const line = { iputils: 'icmp_seq', busybox: 'seq', inetutils: 'icmp_seq' } as const
const first = { iputils: 1, busybox: 0, inetutils: 0 } as const
type Tool = keyof typeof line
const TOOLS = Object.keys(line) as Tool[]
const end = (tool: Tool, n: number): string =>
  tool === 'iputils'
    ? `\n--- 192.0.2.1 ping statistics ---\n5 packets transmitted, ${n} received, ${100 - n * 20}% packet loss, time 96ms\n`
    : `--- 192.0.2.1 ping statistics ---\n5 packets transmitted, ${n} packets received, ${100 - n * 20}% packet loss\n`
/** The tool's answer to five pings of which these (from 0) were answered. */
const said = (tool: Tool, answered: readonly number[]): string =>
  `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n${answered.map((i) => `64 bytes from 192.0.2.1: ${line[tool]}=${i + first[tool]} ttl=64 time=0.050 ms\n`).join('')}${end(tool, answered.length)}`

test('the command takes only what all three understand', () => expect(show(command)).toBe('ping -c 5 -i 0.02 -W 1 192.0.2.1'))

describe.each(TOOLS)('%s', (tool) => {
  test('nothing lost', () => expect(read(said(tool, [0, 1, 2, 3, 4]))).toMatchObject({ sent: 5, lost: 0, answeredLast: true }))
  test('some lost in the middle', () => expect(read(said(tool, [0, 4]))).toMatchObject({ sent: 5, lost: 3, answeredLast: true }))
  test('silent at the end', () => expect(read(said(tool, [0]))).toMatchObject({ sent: 5, lost: 4, answeredLast: false }))
  test('silent all the time', () => expect(read(said(tool, []), 1)).toMatchObject({ sent: 5, lost: 5, answeredLast: false }))
  test('an answer that came twice is one', () => expect(read(said(tool, [0, 0, 1, 2, 3]))).toMatchObject({ lost: 1 }))
})

test('a host that is slower than asked says so: its pace counts', () => {
  expect(read(said('iputils', [0, 1, 2, 3, 4])).everyMs).toBe(24)
  expect(read(said('busybox', [0, 1, 2, 3, 4])).everyMs).toBe(20)
})

test('a pace the tool does not take is an error with its words, not a loss', () => {
  const words = 'ping: cannot flood, minimal interval for user must be >= 200 ms, use -i 0.2 (or higher)'
  expect(() => read('PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n', 2, words)).toThrow(/minimal interval/)
})
