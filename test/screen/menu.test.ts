/** `ovngw` alone: a newcomer gives a pod an address and takes it back, by the menu. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, sitDown } from '../lab/desk.ts'
import { expectGolden } from './golden.ts'
import { moment, orderly, sitAt } from './person.ts'
import type { Terminal } from './terminal.ts'

const name = inject('lab')
let desk: Desk
let terminal: Terminal
let empty: LabSnapshot

beforeAll(async () => {
  desk = await sitDown(name)
  await desk.lab.addPod({ namespace: 'shop', name: 'web-0', node: 'node1' })
  await desk.site()
  empty = await desk.lab.snapshot()
})
afterAll(async () => {
  await desk.lab.deletePod('shop', 'web-0')
  await desk.close()
})
afterEach(async () => {
  await terminal.close()
  await rm(join(desk.dir, 'xdg'), { recursive: true, force: true })
  await desk.lab.restore(empty)
})

describe.each([80, 120])('the menu at %i columns', (columns) => {
  test('installs, gives a pod an address from the pool, shows and undoes the run, uninstalls', async () => {
    const before = await moment(desk)
    const t = await sitAt(desk, columns)
    terminal = t
    const golden = (what: string, screen: string): Promise<void> => expectGolden(what, columns, screen, name)
    const choose = async (label: string): Promise<void> => {
      for (;;) {
        const seen = await t.asked('')
        const rows = seen.slice(seen.lastIndexOf('\n? ')).split('\n')
        if (rows.some((r) => r.startsWith(`▸ ${label}`))) break
        expect(
          rows.some((r) => r.trimStart().startsWith(label)),
          `${label} is offered:\n${seen}`,
        ).toBe(true)
        await t.press('Down')
        await t.until(new RegExp(`^▸ (?!${rows.find((r) => r.startsWith('▸'))?.slice(2, 14)})`, 'm'))
      }
      await t.press('Enter')
    }

    await t.start('ovngw')
    await golden('menu-bare', await t.asked('What shall be done?'))
    await choose('Install a gateway')
    await t.asked('proceed?')
    await t.press('y')
    await t.until(/done in/)
    await t.asked('What shall be done?')

    await choose('Quit')
    expect(await t.ended()).toMatchObject(orderly(0))
    await t.start('ovngw')
    await golden('menu-gateway', await t.asked('What shall be done?'))
    await choose('Give a pod an address')
    await t.asked('Which pod?')
    await choose('shop/web-0')
    await golden('menu-kind', await t.asked('Which kind of address for shop/web-0?'))
    await choose('its own')
    expect(await t.asked('Address for shop/web-0'), 'the first free one of the pool is proposed').toMatch(/: 172\.56\.0\.200\n/)
    await t.press('Enter')
    await t.asked('proceed?')
    await t.press('y')
    await t.until(/done in/)
    await golden('menu-assigned', await t.asked('What shall be done?'))
    expect(await desk.answers('172.56.0.200'), 'the pod answers the outside').toBe(true)

    await choose('Past runs')
    await t.asked('Which run?')
    await t.press('Enter')
    await t.asked('20')
    await choose('Undo it')
    await t.asked('undo this run?')
    await t.press('y')
    await t.until(/rolled back and proved/)
    expect(await t.asked('What shall be done?')).toMatch(/no pod has an address/)
    expect(await desk.answers('172.56.0.200')).toBe(false)

    await choose('Uninstall')
    await t.asked('proceed?')
    await t.press('y')
    await t.until(/done in(.*\n)*.*no gateway yet/)
    await t.asked('What shall be done?')
    await t.press('Escape')
    expect(await t.ended()).toMatchObject(orderly(0))
    expect(await moment(desk)).toEqual(before)
  })
})

test('what goes wrong in a command is told, and the menu comes back; Ctrl-C at it ends with 130', async () => {
  await desk.site({ nic: 'eth0' })
  const before = await moment(desk)
  terminal = await sitAt(desk, 80)
  await terminal.start('ovngw')
  await terminal.asked('What shall be done?')
  await terminal.press('Enter')
  await terminal.until(/✖ nic-not-management(.*\n)*.*error:/)
  const seen = await terminal.asked('What shall be done?')
  await expectGolden('menu-refused', 80, seen, name)
  await terminal.press('C-c')
  expect(await terminal.ended()).toMatchObject(orderly(130))
  expect(await moment(desk)).toEqual(before)
})
