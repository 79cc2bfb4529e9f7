/** Where a packet was lost, by what each hop saw; and a hop that cannot be watched. */
import { expect, test } from 'vitest'
import { evidence, lostAt, type Seen, watchHop } from '../../lib/diagnose/hops.ts'
import { untilItListens } from '../../lib/gateway/wire.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Output, Runner } from '../../lib/proc/command.ts'

const seen = (hop: string, requests: number | null, replies: number | null): Seen => ({ hop, requests, replies })
const lost = (...list: readonly Seen[]) => lostAt(list, 'the pod', 'the target')

test.each([
  ['on its way out, at the first that did not see it', [seen('pod', 3, 0), seen('tunnel', 3, 0), seen('nic', 0, 0)], 'out', 'tunnel', 'nic'],
  ['before the first hop', [seen('pod', 0, 0), seen('nic', 0, 0)], 'out', 'the pod', 'pod'],
  ['behind the last', [seen('pod', 3, 0), seen('nic', 3, 0)], 'out', 'nic', 'the target'],
  ['on its way back', [seen('pod', 3, 0), seen('tunnel', 3, 3), seen('nic', 3, 3)], 'back', 'tunnel', 'pod'],
  ['on its way back, where the next hop cannot tell', [seen('pod', 3, 0), seen('tunnel', null, null), seen('nic', 3, 3)], 'back', 'nic', 'pod'],
  ['who cannot tell is passed over', [seen('pod', 3, 0), seen('tunnel', null, null), seen('nic', 0, 0)], 'out', 'pod', 'nic'],
  [
    'a counter that stands still although a later hop saw it proves nothing',
    [seen('pod', 3, 0), seen('flows', 0, null), seen('nic', 3, 0)],
    'out',
    'nic',
    'the target',
  ],
] as const)('%s', (_, list, way, after, before) => expect(lost(...list)).toEqual({ way, after, before }))

const at = (answer: Output | OvngwError): Runner => ({ where: 'node1', run: async () => (answer instanceof Error ? Promise.reject(answer) : answer) })
const watch = (answer: Output | OvngwError, beside = false) =>
  watchHop({ name: 'node1/eth1', runner: at(answer), dev: 'eth1', filter: 'icmp', beside }, { seconds: 1, packets: 1 }, AbortSignal.timeout(1000))
const line = (seq: number, kind: 'request' | 'reply'): string => `10:00:00.0 IP 172.56.0.233 > 172.56.0.1: ICMP echo ${kind}, id 1, seq ${seq}, length 785\n`

test('a packet that a bridge shows twice is one', async () => {
  const stdout = line(1, 'request') + line(1, 'request') + line(2, 'request') + line(1, 'reply')
  expect(await watch({ stdout, stderr: '', code: 124 })).toEqual({ hop: 'node1/eth1', requests: 2, replies: 1, source: '172.56.0.233' })
})

test.each([
  ['no tcpdump', { stdout: '', stderr: 'timeout: failed to run command ‘tcpdump’: No such file or directory\n', code: 127 }, 'no tcpdump'],
  ['no such program in the container', new OvngwError('NOT_RUN', { what: 'cannot run tcpdump', why: 'executable file not found' }), 'no tcpdump'],
  ['a NIC that is down', { stdout: '', stderr: 'tcpdump: eth1: That device is not up\n', code: 1 }, 'tcpdump: eth1: That device is not up'],
  ['a node that does not answer', new OvngwError('UNREACHABLE', { what: 'no answer from node1' }), 'no answer from node1'],
] as const)('%s is unknown, and why', async (_, answer, why) => {
  const hop = await watch(answer)
  expect(hop).toEqual({ hop: 'node1/eth1', requests: null, replies: null, why })
  expect(evidence([hop])).toBe(`node1/eth1 not watched (${why})`)
})

test('Ctrl-C while a capture begins to listen is no bug', async () => {
  const stopped = new OvngwError('CANCELLED', { what: 'stopped by Ctrl-C' })
  await expect(untilItListens(AbortSignal.abort(stopped))).rejects.toBe(stopped)
})

test('an outside host that saw nothing need not be on the way', async () => {
  expect(await watch({ stdout: '', stderr: '', code: 124 }, true)).toMatchObject({ requests: null, why: expect.stringContaining('need not be on the way') })
})
