/**
 * Ctrl-C at every question and in every step of an install: exit code by the table of product.md (130 before the first write, 4 after it),
 * the cluster as before, cursor and echo back. A step is held by stopping the process it waits for.
 */
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { type LabSnapshot, labStatus } from '../../lib/lab/index.ts'
import { type Desk, sitDown } from '../lab/desk.ts'
import { GATEWAY } from '../lab/site.ts'
import { strangeColours } from './colours.ts'
import { expectGolden } from './golden.ts'
import { moment, orderly, sitAt } from './person.ts'
import type { Terminal } from './terminal.ts'

const name = inject('lab')
let desk: Desk
let terminal: Terminal
let empty: LabSnapshot
let before: unknown
let pids: ReadonlyMap<string, number>

beforeAll(async () => {
  desk = await sitDown(name)
  empty = await desk.lab.snapshot()
  before = await moment(desk)
})
afterAll(() => desk.close())
afterEach(async () => {
  for (const pid of held) process.kill(pid, 'SIGCONT')
  held.clear()
  await terminal.close()
  await rm(join(desk.dir, 'inventory'), { recursive: true, force: true })
  await desk.lab.restore(empty)
})

/** Processes of the lab that are stopped now. */
const held = new Set<number>()
async function hold(id: string): Promise<() => void> {
  pids = new Map((await labStatus(name)).processes.map((p) => [p.id, p.pid]))
  const pid = pids.get(id)
  if (pid === undefined) throw new Error(`the lab has no process ${id}, but ${[...pids.keys()].join(', ')}`)
  process.kill(pid, 'SIGSTOP')
  held.add(pid)
  return () => {
    process.kill(pid, 'SIGCONT')
    held.delete(pid)
  }
}

const QUESTIONS: readonly (readonly [question: string, typed: string])[] = [
  ['Which node', ''],
  ['Which NIC', ''],
  ['Router of the outside network', '172.56.0.1/16'],
  ['Address of the gateway itself', ''],
  ['MAC of the gateway', ''],
  ['Name for this site', ''],
  ['Write inventory/', ''],
]

describe('Ctrl-C at a question', () => {
  test.each(QUESTIONS.map(([question], at) => ({ question, at })))('$question …: exit 130, nothing is written', async ({ at }) => {
    terminal = await sitAt(desk, 80)
    await terminal.start('ovngw install')
    for (const [question, typed] of QUESTIONS.slice(0, at)) {
      await terminal.asked(question)
      if (typed !== '') await terminal.type(typed)
      await terminal.press('Enter')
    }
    await terminal.asked(QUESTIONS[at]?.[0] ?? '')
    await terminal.press('C-c')
    expect(await terminal.ended()).toMatchObject(orderly(130))
    expect(existsSync(join(desk.dir, 'inventory')), 'no inventory').toBe(false)
    expect(await moment(desk)).toEqual(before)
  })

  test.each([
    { key: 'C-c', exit: 130 },
    { key: 'n', exit: 0 },
    { key: 'Enter', exit: 0 },
    { key: 'Escape', exit: 0 },
  ])('proceed? answered by $key: exit $exit, nothing is written, no journal', async ({ key, exit }) => {
    await desk.site()
    terminal = await sitAt(desk, 80)
    await terminal.start('ovngw install')
    await terminal.asked('proceed?')
    await terminal.press(key)
    expect(await terminal.ended()).toMatchObject(orderly(exit))
    expect(await moment(desk)).toEqual(before)
    expect(existsSync(join(desk.dir, 'xdg')), 'a run that did not begin leaves no journal').toBe(false)
  })
})

/** The install of the site stands at `proceed?`; `hold`s what the step needs, says yes, and waits for its row to be the live one. */
async function upTo(row: RegExp, ...ids: readonly string[]): Promise<readonly (() => void)[]> {
  terminal = await sitAt(desk, 80)
  await terminal.start('ovngw install')
  await terminal.asked('proceed?')
  const go = await Promise.all(ids.map(hold))
  await terminal.press('y')
  await terminal.until(row)
  return go
}

const live = (title: string): RegExp => new RegExp(`[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ${title}`)

describe('Ctrl-C while', () => {
  test('the API is silent: what is waited for is told, exit 130', async () => {
    await desk.site()
    terminal = await sitAt(desk, 80)
    const go = await hold('kube-apiserver')
    await terminal.start('ovngw install')
    await terminal.until(/^waiting for https:.* …$/m)
    await terminal.press('C-c')
    expect(await terminal.ended()).toMatchObject(orderly(130))
    go()
    expect(await moment(desk)).toEqual(before)
  })

  test.each([
    { step: 'the label', row: 'label on node1', id: 'standin' },
    { step: 'the gateway’s chassis', row: 'the gateway at work on node1', id: 'node1.ovn-controller' },
  ])('waiting for $step: put back and proved, exit 4', async ({ row, id }) => {
    await desk.site()
    const [go] = await upTo(live(row), id)
    await terminal.press('C-c')
    go?.()
    const end = await terminal.ended()
    expect(end).toMatchObject(orderly(4))
    expect(end.screen).toMatch(/failed, everything put back and proved/)
    expect(await moment(desk)).toEqual(before)
  })

  // What is held from the start would hold up an earlier step: the stand-in stops before, and goes on when the database of this step stands.
  test.each([
    { step: 'the router port', row: 'switch and router port', id: 'central.nb' },
    { step: 'the bridge', row: 'eth1 in the external bridge on node1', id: 'node1.ovsdb' },
  ])('waiting for $step: put back and proved, exit 4', async ({ row, id }) => {
    await desk.site()
    const [go] = await upTo(live('label on node1'), 'standin')
    const database = await hold(id)
    go?.()
    await terminal.until(live(row))
    await terminal.press('C-c')
    database()
    expect(await terminal.ended()).toMatchObject(orderly(4))
    expect(await moment(desk)).toEqual(before)
  })

  test('taking the lock: exit 130, nothing is written', async () => {
    await desk.site()
    const [go] = await upTo(/proceed\? \(y\/N\) y$/m, 'kube-apiserver')
    await terminal.press('C-c')
    const end = await terminal.ended()
    go?.()
    expect(end).toMatchObject(orderly(130))
    expect(await moment(desk)).toEqual(before)
  })

  test('verifying: put back and proved, exit 4', async () => {
    await desk.site()
    await upTo(/✔ the gateway at work on node1/)
    await terminal.press('C-c')
    expect(await terminal.ended()).toMatchObject(orderly(4))
    expect(await moment(desk)).toEqual(before)
  })

  test('the packets are sent: put back and proved, exit 4', async () => {
    await desk.site()
    // an outside host that does not answer before it may
    const gate = join(desk.dir, 'gate')
    const slow = join(desk.dir, 'slow')
    await writeFile(slow, `#!/bin/sh\nwhile [ -e ${gate} ]; do sleep 0.1; done\nexec ip netns exec ${desk.lab.outside} "$@"\n`, { mode: 0o755 })
    const site = { cluster: { kubeconfig: desk.kubeconfig, context: name }, gateway: GATEWAY, probe: { outside: [{ exec: [slow] }], target: ['172.56.0.1'] } }
    await writeFile(join(desk.dir, 'inventory/lab.yaml'), JSON.stringify(site))
    terminal = await sitAt(desk, 80)
    await terminal.start('ovngw install')
    await terminal.asked('proceed?')
    await mkdir(gate)
    await terminal.press('y')
    await terminal.until(live('packets'))
    await terminal.press('C-c')
    await rm(gate, { recursive: true })
    expect(await terminal.ended()).toMatchObject(orderly(4))
    expect(await moment(desk)).toEqual(before)
  })

  test('undoing: a second one leaves at once with 130, and rollback finishes the work', async () => {
    await desk.site()
    const [go] = await upTo(live('label on node1'), 'standin')
    await terminal.press('C-c')
    await terminal.until(live('.*')) // the undo is under way, and waits for the stand-in
    await terminal.until(/^ failed /m)
    await terminal.press('C-c')
    expect(await terminal.ended()).toMatchObject(orderly(130))
    go?.()
    await terminal.start('ovngw rollback last --yes')
    expect(await terminal.ended()).toMatchObject(orderly(0))
    expect(await moment(desk)).toEqual(before)
  })
})

test.each([80, 120])('a wait tells what it waits for, at %i columns', async (columns) => {
  await desk.site()
  terminal = await sitAt(desk, columns)
  await terminal.start('ovngw install')
  await terminal.asked('proceed?')
  const go = await hold('standin')
  await terminal.press('y')
  const seen = await terminal.until(/label on node1 \(\d+\.\d s\)\n\s+› the controller has not/)
  expect(strangeColours(await terminal.coloured())).toEqual([])
  await expectGolden('install-live', columns, seen.replaceAll(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '⠋'), name)
  expect(
    seen.split('\n').filter((l) => [...l].length >= columns && /[⠋›·]/.test(l)),
    'no live row reaches the edge: it would wrap and jump',
  ).toEqual([])
  go()
  expect(await terminal.ended()).toMatchObject(orderly(0))
})
