/** ovn-follows, large-packets, neighbour-mac on a healthy recording (s27), each with the one answer that is wrong. */
import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../../lib/define.ts'
import type { BoundCheck } from '../../../lib/kernel/check.ts'
import { OvngwError } from '../../../lib/kernel/errors.ts'
import { type Runner, show } from '../../../lib/proc/command.ts'
import { largePackets } from '../../../tasks/checks/large-packets.ts'
import { neighbourMac } from '../../../tasks/checks/neighbour-mac.ts'
import { ovnFollows } from '../../../tasks/checks/ovn-follows.ts'
import { found, recording, wrong } from './recorded-look.ts'

const counters = (nb: number, sb: number, chassis: readonly (readonly [name: string, cfg: number])[]) => {
  const made = recording('s27')
  const id = ['uuid', '00000000-0000-4000-8000-000000000001']
  made.nb['NB_Global'] = { headings: ['_uuid', 'nb_cfg', 'sb_cfg'], data: [[id, nb, sb]] }
  made.sb['SB_Global'] = { headings: ['_uuid', 'nb_cfg'], data: [[id, sb]] }
  made.sb['Chassis_Private'] = { headings: ['_uuid', 'name', 'nb_cfg'], data: chassis.map(([name, cfg]) => [id, name, cfg]) }
  return made
}
const chassisOf = (node: string): string =>
  recording('s27').nodes.find((n) => n.metadata.name === node)?.metadata.annotations?.['ovn.kubernetes.io/chassis'] ?? 'none'

/** The gateway of s27 is on this node; the other one carries none. */
const [GATEWAY, OTHER] = ['node1', 'node2']

describe('ovn-follows', () => {
  test.each([
    ['everybody has answered', 7, 7, 7, 7, []],
    ['northd has not', 8, 7, 7, 7, ['fail ovn-follows ovn-northd']],
    ['the gateway node has not', 8, 8, 7, 8, [`fail ovn-follows ${GATEWAY}`]],
    ['a node that is no gateway has not', 8, 8, 8, 3, []],
  ])('%s', async (_what, nb, sb, own, other, expected) => {
    const made = counters(nb, sb, [
      [chassisOf(GATEWAY), own],
      [chassisOf(OTHER), other],
    ])
    expect(wrong(await found(made, [ovnFollows({ gapMs: 1 })]))).toEqual(expected)
  })
})

/** An outside host: its neighbours, and up to how many bytes pass to it. */
const outside = (neighbours: string | undefined, bytes: number): Runner => ({
  where: 'outside',
  run: async (command) => {
    if (command.bin === 'ip') {
      if (neighbours === undefined) throw new OvngwError('NOT_RUN', { what: 'no ip' })
      return { stdout: neighbours, stderr: '', code: 0 }
    }
    if (command.bin !== 'ping') throw new Error(`not told to expect ${show(command)}`)
    const size = Number(command.args[command.args.indexOf('-s') + 1]) + 28
    const received = command.args.includes('-M') && size > bytes ? 0 : 1
    return { stdout: `PING\n1 packets transmitted, ${received} received, 0% packet loss`, stderr: '', code: received === 1 ? 0 : 1 }
  },
})
const asked = (check: BoundCheck<Ctx>, from: Runner) => found(recording('s27'), [check], { outside: [from] })

describe('large-packets', () => {
  test.each([
    ['all pass', 1500, 'pass'],
    ['exactly the pods’ MTU passes', 1400, 'pass'],
    ['a black hole one byte under it', 1399, 'fail'],
  ] as const)('%s', async (_what, bytes, outcome) => {
    expect((await asked(largePackets({}), outside('[]', bytes))).map((f) => f.outcome)).toEqual([outcome])
  })
})

describe('neighbour-mac', () => {
  const entry = (dst: string, lladdr?: string) => ({ dst, dev: 'eth0', ...(lladdr === undefined ? {} : { lladdr }), state: ['REACHABLE'] })
  const mac = recording('s27').nb['Logical_Router_Port']
  const port = mac?.data.find((row) => row[mac.headings.indexOf('name')] === 'ovn-cluster-external')
  const OWN = String(port?.[mac?.headings.indexOf('mac') ?? 0])
  test.each([
    ['our MAC, in capitals', [entry('172.56.0.100', OWN.toUpperCase())], 'pass'],
    ['nothing known', [], 'pass'],
    ['an entry without a MAC', [entry('172.56.0.100')], 'pass'],
    ['somebody who is not ours', [entry('172.56.0.77', '02:00:00:00:00:01')], 'pass'],
    ['an old MAC of the router port', [entry('172.56.0.100', '02:00:00:00:00:01')], 'fail'],
    ['an old MAC of an EIP', [entry('172.56.0.233', '02:00:00:00:00:01')], 'fail'],
  ] as const)('%s', async (_what, entries, outcome) => {
    expect((await asked(neighbourMac({}), outside(JSON.stringify(entries), 1500))).map((f) => f.outcome)).toEqual([outcome])
  })
  test('a host without iproute2 proves nothing', async () => {
    expect(await asked(neighbourMac({}), outside(undefined, 1500))).toMatchObject([{ outcome: 'unknown', level: 'warning' }])
  })
})
