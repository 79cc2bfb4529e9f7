/** Measuring while something moves: figures of hosts that can, a reason where one cannot, nothing left running when the move fails. */
import { expect, test } from 'vitest'
import { drillRows, drillText } from '../../lib/gateway/drill-table.ts'
import { type Askers, lossWhile, type Probe, tune } from '../../lib/gateway/loss.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Runner } from '../../lib/proc/command.ts'

const train = (sent: number, lost: number): string =>
  `${Array.from({ length: sent - lost }, (_, i) => `64 bytes from 192.0.2.1: seq=${i < 2 ? i : i + lost} ttl=64\n`).join('')}${sent} packets transmitted, ${sent - lost} packets received\n`

/** A host whose ping loses so many of a train, and takes paces from `slowest` on. */
function host(lost: number, slowest = 0): Runner {
  return {
    where: 'there',
    run: async ({ args }) => {
      const [, count = '', , pace = ''] = args
      if (Number(pace) < slowest) return { stdout: '', stderr: 'ping: minimal interval', code: 2 }
      return { stdout: train(Number(count), Math.min(lost, Number(count))), stderr: '', code: 0 }
    },
  }
}

const asking = (outside: readonly Runner[], signal = new AbortController().signal): Askers => ({ signal, outside, pod: () => outside[0] ?? host(0) })
const probe: Probe = { from: 0, to: '172.56.0.221', about: 'default/web' }

test('a probe goes as quickly as its host can', async () => {
  expect(await tune(asking([host(0)]), probe)).toMatchObject({ everyMs: 20 })
  expect(await tune(asking([host(0, 0.2)]), probe)).toMatchObject({ everyMs: 200 })
})

test('a probe that is silent, or cannot be sent, is told with the reason', async () => {
  expect(await tune(asking([host(10_000)]), probe)).toEqual({ why: 'it does not answer' })
  expect(await tune(asking([host(0, 100)]), probe)).toEqual({ why: expect.stringContaining('minimal interval') })
})

test('packets are milliseconds at the pace of the probe', async () => {
  let moved = false
  const slow: Runner = {
    ...host(5),
    run: async (c) => {
      await expect.poll(() => moved).toBe(true)
      return host(5).run(c)
    },
  }
  const move = async (): Promise<void> => {
    moved = true
  }
  expect(await lossWhile(asking([slow]), [{ ...probe, everyMs: 20 }], 2_000, move)).toEqual([{ ms: 100, back: true, why: null }])
})

test('what ended before the move measured nothing: no figure', async () => {
  const [loss] = await lossWhile(asking([host(0)]), [{ ...probe, everyMs: 20 }], 100, async () => undefined)
  expect(loss).toMatchObject({ ms: null, why: expect.stringContaining('--window') })
})

test('a move that fails ends the measuring, and its reason is the one told', async () => {
  let ended = false
  const hung: Runner = {
    where: 'there',
    run: (_c, options) =>
      new Promise((_done, bad) => {
        options?.signal?.addEventListener('abort', () => {
          ended = true
          bad(new OvngwError('CANCELLED', { what: 'stopped' }))
        })
      }),
  }
  const move = async (): Promise<void> => {
    throw new OvngwError('COMMAND', { what: 'ovn-nbctl said no' })
  }
  await expect(lossWhile(asking([hung]), [{ ...probe, everyMs: 20 }], 2_000, move)).rejects.toThrow('ovn-nbctl said no')
  expect(ended).toBe(true)
})

const MAC = '16:52:f3:13:6a:25'
const figures = drillRows(
  {
    alive: [
      { ...probe, everyMs: 20 },
      { from: { namespace: 'default', name: 'crawler' }, to: '172.56.0.1', about: 'from default/crawler', everyMs: 20 },
    ],
    dead: [{ from: 0, to: '172.56.0.222', about: 'default/mute', why: 'it does not answer' }],
    macs: [{ [probe.to]: MAC }],
  },
  {
    losses: [
      { ms: 900, back: true, why: null },
      { ms: 0, back: true, why: null },
    ],
    macs: [{ [probe.to]: MAC }],
  },
  {
    losses: [
      { ms: 4000, back: false, why: null },
      { ms: 30, back: true, why: null },
    ],
    macs: [{}],
  },
)

test('each address has its loss both ways, and its neighbour’s MAC before, meanwhile and after', () => {
  expect(figures[0]).toEqual({
    address: '172.56.0.221',
    about: 'default/web',
    moving: { ms: 900, more: false },
    back: { ms: 4000, more: true },
    mac: { before: MAC, away: MAC, after: null },
    why: null,
  })
  expect(figures[1]?.mac).toBeNull()
  expect(drillText(figures).split('\n')).toEqual([
    '  address       moving  back       neighbour has      away  after  of',
    '  172.56.0.221  900 ms  > 4000 ms  16:52:f3:13:6a:25  same  none   default/web',
    '  172.56.0.1    0 ms    30 ms      from default/crawler',
    '  172.56.0.222  -       -                                          default/mute',
    '172.56.0.222: silent before the move: it does not answer',
    '',
  ])
})

test('a run that was taken up again says that it did not measure', () => {
  const [row] = drillRows({ alive: [{ ...probe, everyMs: 20 }], dead: [], macs: [] }, { losses: null, macs: [] }, { losses: null, macs: [] })
  expect(row).toMatchObject({ moving: { ms: null }, back: { ms: null }, why: expect.stringContaining('taken up again') })
})
