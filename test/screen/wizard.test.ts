/** From nothing to an installed gateway, by keys in a terminal; at both widths, with and without colour. */
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, sitDown } from '../lab/desk.ts'
import { colours, strangeColours } from './colours.ts'
import { expectGolden } from './golden.ts'
import { moment, orderly, sitAt } from './person.ts'
import type { Terminal } from './terminal.ts'

let desk: Desk
let before: unknown
let empty: LabSnapshot
let terminal: Terminal

beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  empty = await desk.lab.snapshot()
  before = await moment(desk)
})
afterAll(() => desk.close())

const name = inject('lab')
const ESC = '\u001b'
const sites = (): Promise<string[]> => readdir(join(desk.dir, 'inventory')).catch(() => [])
const open = async (columns: number, env: Readonly<Record<string, string>> = {}): Promise<Terminal> => {
  terminal = await sitAt(desk, columns, env)
  return terminal
}

afterEach(async () => {
  await terminal.close()
  await rm(join(desk.dir, 'inventory'), { recursive: true, force: true })
  await desk.lab.restore(empty)
})

describe.each([
  { columns: 80, env: {} },
  { columns: 120, env: {} },
  { columns: 80, env: { NO_COLOR: '1' } },
])('a newcomer at $columns columns $env', ({ columns, env }) => {
  test('installs a gateway', async () => {
    const t = await open(columns, env)
    const golden = (what: string, screen: string): Promise<void> => expectGolden(what, columns, screen, name)

    await t.start('ovngw install')
    await golden('wizard-node', await t.asked('Which node'))
    await t.press('Enter')
    const nics = await t.asked('Which NIC')
    expect(nics, 'the NIC that carries the node is shown with the reason').toMatch(/eth0 .*\n\s+✖ eth0 carries/)
    await golden('wizard-nic', nics)
    await t.press('Enter')
    await t.asked('Router of the outside network')
    await t.type('172.56.0.1')
    await t.press('Enter')
    await golden('wizard-wrong', await t.until(/add the prefix length/))
    await t.type('/16')
    await t.press('Enter')
    expect(await t.asked('Address of the gateway itself')).toContain('172.56.0.100')
    await t.press('Enter')
    await t.asked('MAC of the gateway')
    await t.press('Enter')
    await t.asked('Name for this site')
    await t.press('Enter')
    await golden('wizard-write', await t.asked('Write inventory/'))
    expect(await sites(), 'nothing is written before the yes').toEqual([])
    expect(await moment(desk)).toEqual(before)

    await t.press('Enter')
    const plan = await t.asked('proceed?')
    await golden('install-plan', plan)
    expect(await sites()).toEqual([`${name}.yaml`])
    expect(await moment(desk), 'nor the cluster').toEqual(before)

    await t.press('y')
    const end = await t.ended()
    await golden('install-done', end.screen)
    expect(end).toMatchObject(orderly(0))
    expect(await desk.nb('show')).toContain('172.56.0.100')
    const seen = await t.coloured()
    if ('NO_COLOR' in env) expect(seen, 'NO_COLOR: no code at all').not.toContain(`${ESC}[`)
    else expect(seen).toContain(`${ESC}[32m✔`)

    // the file it wrote is one that can be used
    const text = await readFile(join(desk.dir, 'inventory', `${name}.yaml`), 'utf8')
    expect(text).toMatch(/nic: eth1\n/)
    await t.start('ovngw uninstall --yes')
    expect((await t.ended()).exit).toBe(0)
    expect(await moment(desk)).toEqual(before)
  })
})

test('colours are those that read on dark and on light: no white, no black, no grey, no background', async () => {
  const t = await open(80)
  await t.start('ovngw install')
  const seen: string[] = []
  const look = async (): Promise<void> => void seen.push(await t.coloured())
  await t.asked('Which node')
  await look()
  await t.press('Enter')
  await t.asked('Which NIC')
  await look()
  await t.press('Enter')
  await t.asked('Router of')
  await t.press('Enter')
  await t.until(/add the prefix/)
  await look()
  await t.press('C-c')
  await t.ended()
  expect(strangeColours(seen.join(''))).toEqual([])
  expect(colours(seen.join('')), 'and there are some').toContain('1')
})

test('Esc goes back through every question, and out of the first one: nothing is written, exit 0', async () => {
  const t = await open(80)
  await t.start('ovngw install')
  const way = [
    'Which node',
    'Which NIC',
    'Router of the outside network',
    'Address of the gateway itself',
    'MAC of the gateway',
    'Name for this site',
    'Write inv',
  ]
  for (const question of way) {
    await t.asked(question)
    if (question === 'Router of the outside network') await t.type('172.56.0.1/16')
    if (question !== 'Write inv') await t.press('Enter')
  }
  for (const question of way.toReversed()) {
    await t.asked(question)
    await t.press('Escape')
  }
  expect(await t.ended()).toMatchObject(orderly(0))
  expect(existsSync(join(desk.dir, 'inventory'))).toBe(false)
  expect(await moment(desk)).toEqual(before)
})
