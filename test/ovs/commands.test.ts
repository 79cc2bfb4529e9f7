import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answer } from '../../lib/ovn/call.ts'
import { bridgeHolding } from '../../lib/ovs/bridge.ts'
import { addBridge, addPort, clearBridgeMappings, delBridge, delPort, forwardFrames, setBridgeMappings, setDatapathType } from '../../lib/ovs/commands.ts'
import { parseOvs, readOvs } from '../../lib/ovs/vsctl.ts'
import { show } from '../../lib/proc/command.ts'
import { missing, type Sandbox, sandbox } from '../ovn/sandbox.ts'

// Real tools on a machine that others load too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

describe('commands', () => {
  it.each([
    [addPort('br-external', 'eth1'), '--may-exist add-port br-external eth1'],
    [delPort('br-external', 'eth7'), '--if-exists del-port br-external eth7'],
    [addBridge('br-external'), '--may-exist add-br br-external'],
    [delBridge('br-external'), '--if-exists del-br br-external'],
    [setBridgeMappings('external:br-external'), `set Open_vSwitch . 'external_ids:ovn-bridge-mappings="external:br-external"'`],
    [clearBridgeMappings(), 'remove Open_vSwitch . external_ids ovn-bridge-mappings'],
    [setDatapathType('br-external', 'netdev'), `set Bridge br-external 'datapath_type="netdev"'`],
  ])('%#', (command, line) => expect([show(command), command.effect]).toEqual([`ovs-vsctl --timeout=15 -- ${line}`, 'write']))

  it('forwards frames past the flows', () => {
    const command = forwardFrames('br-external', 2, ['ffff', '0806'])
    expect([show(command), command.effect]).toEqual(['ovs-ofctl --timeout=15 packet-out br-external 2 NORMAL ffff 0806', 'read'])
    for (const bad of ['tcp:127.0.0.1', '/run/x.mgmt', '-v', '', 'two words']) expect(() => forwardFrames(bad, 2, [])).toThrow(/cannot take/)
  })

  it('refuses what would separate commands or name nothing', () => {
    for (const bad of ['--', '', 'a\0b']) expect(() => addPort('br-external', bad)).toThrow(/cannot take/)
  })
})

describe.skipIf(missing())('the real ovs-vsctl', () => {
  let box: Sandbox
  beforeAll(async () => {
    box = await sandbox()
    await box.tool('ovs-vsctl', 'init')
  })
  afterAll(() => box[Symbol.asyncDispose]())
  const ports = async () => (await readOvs(box.runner)).ports.map((p) => p.name).sort()

  it('does each thing, and again', async () => {
    for (const _ of [1, 2])
      for (const c of [addBridge('br-external'), addPort('br-external', 'eth1'), setDatapathType('br-external', 'netdev')]) await answer(box.runner, c)
    expect([await ports(), (await readOvs(box.runner)).bridges[0]?.datapath_type]).toEqual([['br-external', 'eth1'], 'netdev'])
    for (const _ of [1, 2]) await answer(box.runner, delPort('br-external', 'eth1'))
    expect(await ports()).toEqual(['br-external'])
    for (const _ of [1, 2]) await answer(box.runner, delBridge('br-external'))
    expect(await ports()).toEqual([])
  })

  it('does not take a NIC out of another bridge', async () => {
    await box.tool('ovs-vsctl', 'add-br', 'br-phy', '--', 'add-port', 'br-phy', 'eth0', '--', 'add-br', 'br-external')
    await expect(answer(box.runner, delPort('br-external', 'eth0'))).rejects.toMatchObject({ code: 'COMMAND' })
    await expect(answer(box.runner, addPort('br-external', 'eth0'))).rejects.toMatchObject({ code: 'COMMAND', why: expect.stringContaining('br-phy') })
    expect(bridgeHolding(await readOvs(box.runner), 'eth0')?.name).toBe('br-phy')
    await box.tool('ovs-vsctl', 'del-br', 'br-phy', '--', 'del-br', 'br-external')
  })

  it('takes names with a leading dash, spaces or quotes as names', async () => {
    await answer(box.runner, addBridge('-v'))
    for (const nic of ['--help', 'two words', "o'$(id)", 'a"b,c']) {
      await answer(box.runner, addPort('-v', nic))
      expect(await ports()).toEqual(['-v', nic].sort())
      await answer(box.runner, delPort('-v', nic))
    }
    await answer(box.runner, delBridge('-v'))
  })

  it('mappings: absent, set with any text, absent again', async () => {
    const mappings = async () => (await readOvs(box.runner)).openVswitch.external_ids['ovn-bridge-mappings']
    expect(await mappings()).toBeUndefined()
    for (const text of ['external:br-external', 'a:b,external:br-external', '"q" {x}=[y]']) {
      await answer(box.runner, setBridgeMappings(text))
      expect(await mappings()).toBe(text)
    }
    for (const _ of [1, 2]) await answer(box.runner, clearBridgeMappings())
    expect(await mappings()).toBeUndefined()
  })

  it('a database without its root row is an error, not a node without bridges', () => {
    const empty = (names: string[]) => JSON.stringify({ headings: names, data: [] })
    const text = [
      ['_uuid', 'bridges', 'ovs_version', 'datapath_types', 'iface_types', 'other_config', 'external_ids'],
      ['_uuid', 'name', 'ports', 'datapath_type', 'fail_mode', 'other_config', 'external_ids'],
      ['_uuid', 'name', 'interfaces', 'tag', 'trunks', 'vlan_mode', 'bond_mode', 'external_ids'],
      ['_uuid', 'name', 'type', 'options', 'error', 'admin_state', 'link_state', 'link_speed', 'mac_in_use', 'mtu', 'ofport', 'status', 'external_ids'],
    ]
    expect(() => parseOvs(text.map(empty).join('\n'))).toThrow(/Open_vSwitch table has 0 rows/)
  })
})
