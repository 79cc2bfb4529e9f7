/** `ovngw probe` as it is typed, over a recorded cluster: pod, outside host and node say what their tools say. */
import { expect, test } from 'vitest'
import type { Ctx } from '../../lib/define.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Command, Output, Runner } from '../../lib/proc/command.ts'
import { contextOf, recording } from '../tasks/checks/recorded-look.ts'
import { atTerminal } from './recorded.ts'

const EIP = '172.56.0.233'
const HOP = '172.56.0.1'
const out = (stdout: string, code = 0, stderr = ''): Output => ({ stdout, stderr, code })
const PONG = out('2 packets transmitted, 2 received, 0% packet loss, time 1001ms\nrtt min/avg/max/mdev = 0.412/0.500/0.600/0.050 ms\n')
const LOST = out('2 packets transmitted, 0 received, 100% packet loss, time 1001ms\n', 1)

/** What a tool says; `bash` asks ports, `large` is a ping with DF. */
type Tools = Partial<Record<'ping' | 'large' | 'bash' | 'tcpdump', Output | ((command: Command) => Output)>>

function place(where: string, tools: Tools): Runner {
  const run = async (command: Command): Promise<Output> => {
    const { bin, args } = command
    const tool = bin === 'ping' ? (args.includes('do') ? 'large' : 'ping') : bin === 'timeout' ? (args[1] ?? '') : bin
    const answer = tools[tool as keyof Tools]
    if (answer === undefined) throw new OvngwError('NOT_RUN', { what: `cannot run ${tool} on ${where}`, why: 'no such program on PATH' })
    return typeof answer === 'function' ? answer(command) : answer
  }
  return { where, run }
}

/** A capture that saw every echo request of the sizes it was asked for, and every first packet to its ports, from one source. */
const sawFrom =
  (source: string, target: string) =>
  ({ args }: Command): Output => {
    const filter = String(args.at(-1)).split(' or (vlan')[0] ?? ''
    const pings = [...filter.matchAll(/ip\[2:2\] = (\d+)/g)].map(
      ([, bytes]) => `IP ${source} > ${target}: ICMP echo request, id 1, seq 1, length ${Number(bytes) - 20}`,
    )
    const ports = [...filter.matchAll(/(tcp|udp) dst port (\d+)/g)].map(
      ([, kind, port]) => `IP ${source}.4001 > ${target}.${port}: ${kind === 'tcp' ? 'Flags [S], seq 1' : 'UDP, length 12'}`,
    )
    return out([...pings, ...ports].map((l) => `10:00:00.000000 eth0  In  ${l}\n`).join(''))
  }

interface Places {
  readonly pod?: Tools
  readonly outside?: Tools
  readonly node?: Tools
}

const HEALTHY: Required<Places> = {
  pod: { ping: PONG, large: PONG, bash: out(`${EIP} 40000\n`, 0, 'us=700\n') },
  outside: { ping: PONG, large: PONG, bash: out('', 0, 'us=700\n'), tcpdump: sawFrom(EIP, HOP) },
  node: { tcpdump: sawFrom(HOP, '10.16.0.3') },
}

async function typed(places: Places, ...argv: readonly string[]) {
  const made = recording('s27')
  const base = contextOf(made)
  const { pod, outside, node } = { ...HEALTHY, ...places }
  const ctx: Ctx = {
    ...base,
    node: (name) => {
      const [recorded, tools] = [base.node(name), place(name, node)]
      return { where: name, run: (command, options) => (command.args.includes('tcpdump') ? tools.run(command, options) : recorded.run(command, options)) }
    },
    pod: () => place('pod default/pod-eip', pod),
    outside: [place('outside', outside)],
  }
  return atTerminal(made, ctx, ['probe', ...argv, '--context', 'lab'])
}

interface Row {
  readonly way: string
  readonly what: string
  readonly outcome: string
  readonly judged: string
  readonly seen: string | null
  readonly detail: string
}

async function rows(places: Places, ...argv: readonly string[]): Promise<{ readonly exit: unknown; readonly rows: readonly Row[] }> {
  const { exit, out: text } = await typed(places, 'default/pod-eip', ...argv, '-o', 'json')
  const lines = text.trimEnd().split('\n').slice(0, -1)
  return { exit, rows: lines.map((l) => JSON.parse(l) as Row) }
}
const ASK = ['--port', 'tcp/443,udp/53', '--size', '1400', '--target', `${HOP}:8080`]

test('all answers: both ways, ICMP, large, TCP, UDP, each with the source the far side saw', async () => {
  const { exit, rows: all } = await rows({}, ...ASK)
  expect(all.map((r) => [r.way, r.what, r.judged, r.seen])).toEqual([
    ...['icmp', 'icmp 1400 DF', 'tcp/8080', 'udp/8080'].map((what) => ['to outside', what, 'pass', EIP]),
    ...['icmp', 'icmp 1400 DF', 'tcp/443'].map((what) => ['from outside', what, 'pass', HOP]),
    // The host's bash had no answer over UDP; the datagram arrived.
    ['from outside', 'udp/53', 'unknown', HOP],
  ])
  expect(exit).toBe(3)
  expect(await rows({}, ...ASK.slice(2), '--port', 'tcp/443')).toMatchObject({ exit: 0 })
})

test('text: a line each, nothing wider than the terminal but the command to type', async () => {
  const { exit, out: text } = await typed({ outside: { ...HEALTHY.outside, ping: LOST } }, 'default/pod-eip', '--size', '1400')
  const lines = text.trimEnd().split('\n')
  expect(exit).toBe(3)
  expect(text).toMatch(/^ to +pod default\/pod-eip → 172\.56\.0\.1$|^ to +default\/pod-eip → 172\.56\.0\.1$/m)
  expect(text).toMatch(/^ {13}✔ icmp +0\.41 {2}172\.56\.0\.233$/m)
  expect(text).toMatch(/^ {13}✖ icmp +· {2}172\.56\.0\.1\n +no answer, though it arrived \(from 172\.56\.0\.1\)$/m)
  expect(text).toMatch(/^ result {6}✖ 1 of 4 questions not answered as they should be\n next {8}→ ovngw diagnose pod default\/pod-eip --probe$/m)
  expect(text).toContain('TCP and UDP to the outside were not asked')
  expect(lines.filter((l) => [...l].length > 80)).toEqual([])
})

test('seen as somebody else is wrong although it is answered', async () => {
  const { exit, rows: all } = await rows({ outside: { ...HEALTHY.outside, tcpdump: sawFrom('10.16.0.3', HOP) } }, '--to-outside', '--size', '1400')
  expect(exit).toBe(3)
  expect(all.map((r) => r.detail)).toEqual(Array(2).fill('answered, but seen as 10.16.0.3: it should be 172.56.0.233'))
})

test('a packet too large: who says so is told', async () => {
  const large = out('1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n', 1, 'ping: local error: message too long, mtu=1400\n')
  const router = out(
    'From 10.16.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1300)\n\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n',
    1,
  )
  const { rows: all } = await rows({ pod: { ...HEALTHY.pod, large }, outside: { ...HEALTHY.outside, large: router } }, '--size', '1500')
  expect(all.filter((r) => r.what === 'icmp 1500 DF').map((r) => r.detail)).toEqual([
    'no answer: larger than the sender’s own MTU, 1400',
    'no answer: a router on the way passes 1300 bytes only',
  ])
})

test('an image without tools: nothing is claimed, and said why', async () => {
  const { exit, rows: all } = await rows({ pod: {} }, '--to-outside', '--target', `${HOP}:8080`, '--size', '1400')
  expect(exit).toBe(3)
  expect(all.map((r) => [r.outcome, r.judged])).toEqual(Array(4).fill(['not asked', 'unknown']))
  expect(all.map((r) => r.detail)).toContainEqual(expect.stringContaining('cannot ask with any of bash, curl, wget, nc'))
})

test('refused is not lost', async () => {
  const refused = out('', 1, '0: connect: Connection refused\n')
  const { rows: all } = await rows({ outside: { ...HEALTHY.outside, bash: refused } }, '--from-outside', '--port', 'tcp/443', '--size', '1400')
  expect(all.at(-1)).toMatchObject({ what: 'tcp/443', outcome: 'refused', judged: 'fail', detail: expect.stringContaining('packets pass both ways') })
})

test('two callers at once: nobody is named', async () => {
  const two = ({ args, ...rest }: Command): Output =>
    out(sawFrom(HOP, '10.16.0.3')({ args, ...rest }).stdout + sawFrom('172.56.0.9', '10.16.0.3')({ args, ...rest }).stdout)
  const { rows: all } = await rows({ node: { tcpdump: two } }, '--from-outside', '--port', 'tcp/443', '--size', '1400')
  expect(all.map((r) => [r.judged, r.seen])).toEqual(Array(3).fill(['pass', null]))
})

test('JUnit and Markdown hold the two ways as groups', async () => {
  expect((await typed({}, 'default/pod-eip', '-o', 'junit', '--size', '1400')).out).toContain(
    'classname="ovngw.from outside" name="probe from outside icmp of 172.56.0.233"',
  )
  expect((await typed({}, 'default/pod-eip', '-o', 'markdown', '--size', '1400')).out).toContain('## to outside')
})

test.each([
  [[], 'probe wants NAMESPACE/POD'],
  [['a/b/c'], 'a/b/c is no NAMESPACE/POD'],
  [['default/pod-eip', '--port', '443'], '--port 443 is not tcp/PORT or udp/PORT'],
  [['default/pod-eip', '--size', '60'], '--size 60 is no packet size'],
  [['default/pod-eip', '--target', 'outside'], '--target outside is no IPv4 ADDRESS'],
  [['default/pod-eip', '--allow', '10.0.0.0/8'], '--allow is for --echo'],
  [['default/pod-eip', '--echo'], '--echo wants a port and no pod'],
])('%j is a usage error', async (argv, what) => {
  expect((await typed({}, ...argv)).exit).toMatchObject({ code: 'USAGE', exit: 2, what: expect.stringContaining(what) })
})
