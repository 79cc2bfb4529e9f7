/** `ovngw watch`: after a restart of Kube-OVN's controller (R31) and after a pod was made again, everything answers again by itself. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { until } from '../standin/world.ts'
import { type Background, type Desk, sitDown } from './desk.ts'

const [ONE, TWO] = ['172.56.0.210', '172.56.0.211'] as const

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  const file = join(desk.dir, 'inventory/lab.yaml')
  const assignments = [
    { pod: 'default/web-0', eip: ONE },
    { pod: 'default/web-1', eip: TWO },
  ]
  await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), assignments }))
  for (const [i, name] of ['web-0', 'web-1'].entries()) await desk.lab.addPod({ name, node: `node${i + 1}` })
  for (const runbook of ['install', 'apply']) expect(await desk.ovngw(runbook, '--yes')).toMatchObject({ code: 0, err: '' })
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

const answered = async (): Promise<readonly boolean[]> => [await desk.answers(ONE), await desk.answers(TWO)]
const says = (at: Background, what: RegExp): Promise<true> => until(`${what} in what it says`, async () => (what.test(at.out()) ? true : undefined), 60_000)

test('without --repair it tells what is lost, and changes nothing', async () => {
  await desk.stored()
  const watching = desk.start('watch', '--every', '1s')
  await says(watching, /watching the pods of site lab\n/)
  await desk.world.restartController()
  await says(watching, /default\/web-0 again: /)
  const { code, err } = await watching.stop()
  expect({ code, err, stored: await desk.stored(), answered: await answered() }).toEqual({ code: 0, err: '', stored: [], answered: [false, false] })
})

test('with --repair lost next hops are back (R31): the EIPs answer again', async () => {
  const watching = desk.start('watch', '--repair', '--every', '1s')
  await says(watching, /as wanted again/)
  expect(await answered()).toEqual([true, true])
  const began = performance.now()
  await desk.world.restartController()
  await until('the EIPs are silent', async () => ((await answered()).includes(false) ? true : undefined), 30_000)
  await until('the EIPs answer', async () => ((await answered()).includes(false) ? undefined : true), 60_000)
  process.stderr.write(`watch: 2 EIPs answered ${((performance.now() - began) / 1000).toFixed(1)} s after the controller was told to restart\n`)
  expect(await watching.stop()).toMatchObject({ code: 0, err: '' })
})

test('with --repair a pod made again under its name gets its address back', async () => {
  const watching = desk.start('watch', '--repair', '--every', '1s')
  await says(watching, /watching/)
  await desk.world.deletePod('web-1')
  await desk.lab.addPod({ name: 'web-1', node: 'node1' })
  await until('the new pod answers', async () => ((await desk.answers(TWO)) ? true : undefined), 60_000)
  expect(await watching.stop()).toMatchObject({ code: 0, err: '' })
})
