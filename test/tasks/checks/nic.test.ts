/** NICs of every shape: which may leave the host. The recorded node1 has eth0 in br-phy (InternalIP, default route, tunnel) and eth1 in br-external. */
import { describe, expect, test } from 'vitest'
import { nicChecks } from '../../../tasks/checks/index.ts'
import { found, type Recording, recording, wrong } from './recorded-look.ts'

type Link = Record<string, unknown>

const NEXT_INDEX = 90
/** A device as `ip -j -d address` shows it. */
const device = (ifname: string, more: Link = {}): Link => ({
  ifindex: NEXT_INDEX,
  ifname,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: 1500,
  link_type: 'ether',
  address: '52:54:00:00:00:01',
  addr_info: [{ family: 'inet6', local: 'fe80::1', prefixlen: 64 }],
  ...more,
})
const ipv4 = (local: string, prefixlen = 24): Link => ({ family: 'inet', local, prefixlen })
const kind = (info_kind: string, more: Link = {}): Link => ({ linkinfo: { info_kind, ...more } })

function node1(change: (made: Recording, links: Link[], routes: unknown[]) => void = () => {}): Recording {
  const made = recording('s27')
  const host = made.hosts['node1']
  if (host === undefined) throw new Error('no node1')
  change(made, host.address, host.route)
  return made
}

const judge = async (made: Recording, nic: string): Promise<readonly string[]> => wrong(await found(made, nicChecks(['node1'], nic)))

describe('a NIC that is fine', () => {
  test('as it is, already in the external bridge', async () => expect(await judge(node1(), 'eth1')).toEqual([]))

  test('free, with another NIC for the node', async () =>
    expect(
      await judge(
        node1((_m, links) => links.push(device('eth2'))),
        'eth2',
      ),
    ).toEqual([]))

  test('a VLAN sub-interface of the management NIC', async () => {
    const made = node1((_m, links) => links.push(device('eth0.200', { link: 'eth0', ...kind('vlan', { info_data: { id: 200 } }) })))
    expect(await judge(made, 'eth0.200')).toEqual([])
  })

  test('a bond of two members', async () => {
    const made = node1((_m, links) => {
      links.push(
        device('bond0', kind('bond')),
        device('ens1', { master: 'bond0', linkinfo: { info_slave_kind: 'bond' } }),
        device('ens2', { master: 'bond0', linkinfo: { info_slave_kind: 'bond' } }),
      )
    })
    expect(await judge(made, 'bond0')).toEqual([])
  })

  test('a NIC in the external bridge of the kernel datapath', async () => {
    const made = node1((_m, links) => {
      const eth1 = links.find((l) => l['ifname'] === 'eth1')
      Object.assign(eth1 ?? {}, { master: 'ovs-system', linkinfo: { info_slave_kind: 'openvswitch' } })
    })
    expect(await judge(made, 'eth1')).toEqual([])
  })

  test('VLAN children stay with the host', async () => {
    const made = node1((_m, links) => links.push(device('eth2'), device('eth2.30', { link: 'eth2', ...kind('vlan', { info_data: { id: 30 } }) })))
    expect(await judge(made, 'eth2')).toEqual([])
  })

  test('a DPDK device that is in OVS only', async () => {
    const made = node1((m) => {
      const table = m.hosts['node1']?.ovs['Interface']
      const row = table?.data.find((r) => r[table.headings.indexOf('name')] === 'eth1')
      const set = (column: string, value: unknown): void => void row?.splice(table?.headings.indexOf(column) ?? -1, 1, value)
      set('type', 'dpdk')
      set('admin_state', 'up')
      set('link_state', 'up')
      set('mtu', 1500)
      const host = m.hosts['node1']
      if (host !== undefined) host.address = host.address.filter((l) => l['ifname'] !== 'eth1')
    })
    expect(await judge(made, 'eth1')).toEqual([])
  })
})

describe('a NIC that must stay', () => {
  test('R10: the tunnel NIC, in br-phy which carries everything of the node', async () => {
    expect(await judge(node1(), 'eth0')).toEqual(['fail nic-not-in-other-bridge node1/eth0', 'fail nic-not-management node1/eth0'])
    const [finding] = (await found(node1(), nicChecks(['node1'], 'eth0'))).filter((f) => f.id === 'nic-not-management')
    for (const word of ['InternalIP', 'default route', 'API server', 'tunnel']) expect(finding?.detail).toContain(word)
  })

  const routed =
    (dst: string, more: Link = {}) =>
    (m: Recording): void => {
      m.hosts['node1']?.address.push(device('eth2'))
      m.hosts['node1']?.route.push({ dst, dev: 'eth2', flags: [], ...more })
    }
  test.each([
    ["the node's InternalIP", (m: Recording): void => void m.hosts['node1']?.address.push(device('eth2', { addr_info: [ipv4('10.250.0.11')] }))],
    ['the default route', routed('default', { gateway: '192.0.2.1', metric: 50 })],
    ['the way to the API server', routed('10.250.0.1')],
  ])('it carries %s', async (what, change) => {
    const findings = await found(node1(change), nicChecks(['node1'], 'eth2'))
    expect(findings.find((f) => f.id === 'nic-not-management' && f.outcome === 'fail')?.detail).toContain(what)
  })

  test('it is the only one up', async () => {
    const made = node1((_m, links) => {
      for (const l of links) if (l['ifname'] === 'eth0') l['flags'] = ['BROADCAST', 'MULTICAST']
    })
    expect(await judge(made, 'eth1')).toEqual(['fail nic-not-management node1/eth1'])
  })

  test('it is a member of a bond', async () => {
    const made = node1(
      (_m, links) => void links.push(device('bond0', kind('bond')), device('ens1', { master: 'bond0', linkinfo: { info_slave_kind: 'bond' } })),
    )
    expect(await judge(made, 'ens1')).toEqual(['fail nic-not-member node1/ens1'])
  })

  test('R9: it does not exist', async () => expect(await judge(node1(), 'eth7')).toEqual(['fail nic-exists node1/eth7']))

  test.each([
    ['down', ['BROADCAST', 'MULTICAST']],
    ['without carrier', ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP']],
  ])('it is %s', async (_how, flags) => {
    expect(
      await judge(
        node1((_m, links) => void links.push(device('eth2', { flags }))),
        'eth2',
      ),
    ).toEqual(['fail nic-up node1/eth2'])
  })
})

describe('a NIC to think about', () => {
  test('it has an address', async () => {
    expect(
      await judge(
        node1((_m, links) => void links.push(device('eth2', { addr_info: [ipv4('192.168.7.2')] }))),
        'eth2',
      ),
    ).toEqual(['warn nic-addresses node1/eth2'])
  })

  test('a VLAN device on it takes the gateway’s VLAN', async () => {
    const made = node1((m, links) => {
      m.flags.push('--external-gateway-vlanid=30')
      links.push(device('eth2'), device('eth2.30', { link: 'eth2', ...kind('vlan', { info_data: { id: 30 } }) }))
    })
    expect(await judge(made, 'eth2')).toEqual(['warn nic-vlan-children node1/eth2'])
  })

  test.each([
    [1300, ['warn nic-mtu node1/eth2']],
    [1400, []],
    [1500, []],
    [9000, ['warn nic-mtu node1/eth2']],
  ])('MTU %i where pods use 1400', async (mtu, expected) => {
    expect(
      await judge(
        node1((_m, links) => void links.push(device('eth2', { mtu }))),
        'eth2',
      ),
    ).toEqual(expected)
  })

  test('it is called otherwise on the other gateway node', async () => {
    const made = node1((_m, links) => void links.push(device('ens5')))
    expect(wrong(await found(made, nicChecks(['node1', 'node2'], 'ens5')))).toEqual(['fail nic-exists node2/ens5', 'warn nic-same-name ens5'])
  })
})

describe('a node that cannot be a gateway', () => {
  test('it does not exist: said once', async () => expect(wrong(await found(node1(), nicChecks(['node9'], 'eth1')))).toEqual(['fail node-exists node9']))

  test('it is not Ready', async () => {
    const made = node1((m) => {
      const status = m.nodes[0]?.['status'] as { conditions: { type: string; status: string }[] }
      for (const c of status.conditions) if (c.type === 'Ready') c.status = 'Unknown'
    })
    expect(await judge(made, 'eth1')).toEqual(['fail node-ready node1'])
  })

  test('its annotation names a chassis SB does not have', async () => {
    const made = node1((m) => void Object.assign(m.nodes[0]?.metadata.annotations ?? {}, { 'ovn.kubernetes.io/chassis': 'gone' }))
    expect(await judge(made, 'eth1')).toEqual(['fail node-chassis node1'])
  })

  test('its OVS cannot be asked: unknown, and the other node is judged all the same', async () => {
    const made = node1((m) => void m.down.push('node2'))
    const findings = await found(made, nicChecks(['node1', 'node2'], 'eth1'))
    const at = (object: string): readonly string[] => [...new Set(findings.filter((f) => f.object === object).map((f) => f.outcome))]
    expect([at('node1/eth1').toSorted(), at('node2/eth1')]).toEqual([['pass', 'skip'], ['unknown']])
    expect(findings.find((f) => f.object === 'node2/eth1')?.detail).toContain('no answer from node2')
  })
})
