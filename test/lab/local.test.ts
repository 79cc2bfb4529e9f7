/** `--local`: the tools of this machine, no Kubernetes; here OVN's central through its run directory. */
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, sitDown } from './desk.ts'

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  vi.stubEnv('OVN_RUNDIR', `${desk.lab.dir}/central`)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await desk.lab.restore(bare)
  await desk.close()
})

const priorities = async (): Promise<string> => (await desk.nb('--bare', '--columns=chassis_name,priority', 'find', 'Gateway_Chassis')).trim()
const task = ['--local', 'task', 'set-chassis', '--chassis', '[{"name":"node1-chassis","priority":90}]'] as const

test('one task is planned, done and taken back, and the plan says that nothing locks', async () => {
  const before = await priorities()
  const planned = await desk.ovngw(...task, '--dry-run')
  expect(planned).toMatchObject({ code: 0, err: '', out: expect.stringContaining('nothing keeps a second run away') })
  expect(await priorities()).toBe(before)
  expect(await desk.ovngw(...task, '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await priorities()).toBe('node1-chassis\n90')
  expect(await desk.ovngw('--local', 'rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await priorities()).toBe(before)
})

test('what needs the API says so: unknown, not pass', async () => {
  const { code, out } = await desk.ovngw('--local', 'check', 'gateway-switch')
  expect({ code, out }).toMatchObject({ code: 3, out: expect.stringContaining('--local works without Kubernetes') })
})
