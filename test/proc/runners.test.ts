import { describe, expect, test } from 'vitest'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { read, show, write } from '../../lib/proc/command.ts'
import { dryRunner } from '../../lib/proc/dry.ts'
import { ensureOk } from '../../lib/proc/errors.ts'
import { localRunner } from '../../lib/proc/local.ts'
import { recordedRunner } from '../../lib/proc/recorded.ts'
import { HOSTILE } from './hostile.ts'

describe('show', () => {
  test('what is shown can be typed: a shell reads back the same arguments', async () => {
    const line = show(read(process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...HOSTILE))
    const { stdout } = await localRunner().run(read('sh', '-c', line))
    expect(JSON.parse(stdout)).toEqual(HOSTILE)
  })
})

describe('dry run', () => {
  test('reads pass, writes are noted in order and do not reach the inner runner', async () => {
    const inner = recordedRunner([{ command: read('ovn-nbctl', 'show'), output: { stdout: 'switch' } }])
    const dry = dryRunner(inner)
    expect(await dry.run(write('ovn-nbctl', 'lr-nat-del', 'r'))).toEqual({ stdout: '', stderr: '', code: 0 })
    expect(await dry.run(read('ovn-nbctl', 'show'))).toMatchObject({ stdout: 'switch' })
    await dry.run(write('ovn-nbctl', 'lsp-del', 'p'))
    expect(dry.writes.map(show)).toEqual(['ovn-nbctl lr-nat-del r', 'ovn-nbctl lsp-del p'])
    expect(inner.asked.map(show)).toEqual(['ovn-nbctl show'])
  })

  test('a cancelled write is not noted', async () => {
    const dry = dryRunner(recordedRunner([]))
    await expect(dry.run(write('x'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(dry.writes).toEqual([])
  })
})

describe('recorded', () => {
  const list = read('ovn-nbctl', '--format=json', 'list', 'nat')

  test('answers what it knows, once each, and lists what nobody asked for', async () => {
    const runner = recordedRunner([
      { command: list, output: { stdout: '[]' } },
      { command: read('ip', 'addr'), output: { code: 1, stderr: 'no' }, times: 2 },
    ])
    expect(await runner.run(list)).toEqual({ stdout: '[]', stderr: '', code: 0 })
    expect(await runner.run(read('ip', 'addr'))).toEqual({ stdout: '', stderr: 'no', code: 1 })
    expect(runner.unused()).toEqual(['ip addr'])
    await expect(runner.run(list)).rejects.toMatchObject({ code: 'BUG', why: 'recorded, but asked more often than recorded' })
  })

  test('an unknown command fails with the difference to the nearest one', async () => {
    const runner = recordedRunner([
      { command: read('ip', 'addr'), output: {} },
      { command: list, output: {} },
    ])
    await expect(runner.run(read('ovn-nbctl', '--format=csv', 'list', 'nat'))).rejects.toMatchObject({
      what: 'not recorded: ovn-nbctl --format=csv list nat',
      why: 'nearest recorded command (- recorded, + asked):\n  (read)\n  ovn-nbctl\n- --format=json\n+ --format=csv\n  list\n  nat',
    })
  })

  test('a write is not answered with the recording of a read', async () => {
    await expect(recordedRunner([{ command: read('x'), output: {} }]).run(write('x'))).rejects.toMatchObject({
      why: expect.stringContaining('- (read)\n+ (write)'),
    })
  })

  test('a recorded error is thrown', async () => {
    const error = new OvngwError('UNREACHABLE', { what: 'gone' })
    await expect(recordedRunner([{ command: list, output: error }]).run(list)).rejects.toBe(error)
  })
})

describe('ensureOk', () => {
  test('names command, place, reason and code', () => {
    const command = write('ovn-nbctl', 'lrp-del', 'no such port')
    const fail = () =>
      ensureOk({ where: 'pod kube-system/ovn-central-0' }, command, { stdout: '', stderr: '\novn-nbctl: no such port: port name not found\nmore', code: 1 })
    expect(fail).toThrow(
      expect.objectContaining({
        code: 'COMMAND',
        what: "ovn-nbctl lrp-del 'no such port' failed in pod kube-system/ovn-central-0",
        why: 'ovn-nbctl: no such port: port name not found (exit code 1)',
      }),
    )
    expect(ensureOk({ where: 'x' }, command, { stdout: 'ok', stderr: 'warning', code: 0 }).stdout).toBe('ok')
  })
})
