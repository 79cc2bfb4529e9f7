/** The README's runbook, word for word, as a file of a user's own outside the repository: planned, run, proved, taken back. */
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, type Moment, sitDown } from './desk.ts'

const MINE = fileURLToPath(new URL('mine.ts.txt', import.meta.url))
const SNAT = '172.56.0.230'

let desk: Desk
let pristine: LabSnapshot
let before: Moment
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  pristine = await desk.lab.snapshot()
  await desk.site()
  await desk.lab.addPod({ name: 'a', node: 'node1' })
  await desk.lab.addPod({ name: 'b', node: 'node2' })
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  before = await desk.moment()
  await copyFile(MINE, join(desk.dir, 'mine.ts'))
})
afterAll(async () => {
  await desk.lab.restore(pristine)
  await desk.close()
})

const mine = (...more: readonly string[]) => desk.ovngw('run', './mine.ts', '--of', 'default', ...more)

test('it is what the README shows, in about twenty lines', async () => {
  const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
  const text = await readFile(MINE, 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${text}\`\`\``)
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(22)
})

test('a wrong value and a missing flag are refused by its own schema: exit 2, nothing written', async () => {
  await desk.stored()
  expect(await mine('--snat', '172.56.0.300', '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--snat') })
  expect(await mine('--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--snat') })
  expect(await desk.stored()).toEqual([])
})

test('what a task does not take is refused with the task and the member: exit 2, nothing written', async () => {
  await desk.stored()
  const text = (await readFile(MINE, 'utf8')).replace('annotate({ pod, snat })', 'annotate({ pod: pod.name, snat })')
  await writeFile(join(desk.dir, 'wrong.ts'), text)
  expect(await desk.ovngw('run', './wrong.ts', '--of', 'default', '--snat', SNAT, '--yes')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/task annotate does not take what it is given\n.*pod: .*\n.*correct \.\/wrong\.ts, in plan/),
  })
  expect(await desk.stored()).toEqual([])
})

test('its plan is shown and changes nothing', async () => {
  const { code, out } = await mine('--snat', SNAT, '--dry-run')
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('annotate default/b: snat=172.56.0.230') })
  expect(await desk.moment()).toEqual(before)
})

test('it runs: both pods leave under the shared address', async () => {
  expect(await mine('--snat', SNAT, '--yes')).toMatchObject({ code: 0, err: '' })
  expect([await desk.seenAs('a'), await desk.seenAs('b')]).toEqual([SNAT, SNAT])
  expect(await desk.ovngw('history')).toMatchObject({ code: 0, out: expect.stringMatching(/share-snat.*done/) })
})

test('another process takes it back, from the journal and the file', async () => {
  expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.moment()).toEqual(before)
  expect([await desk.seenAs('a'), await desk.seenAs('b')]).toEqual([undefined, undefined])
})
