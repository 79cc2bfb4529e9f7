import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isError } from '../../lib/kernel/errors.ts'
import { parseIp } from '../../lib/net/ip.ts'
import { type Link, parseLinks, parseRoutes, readRouteTo } from '../../lib/ovs/node.ts'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/ovn/${name}`, import.meta.url), 'utf8')

/** A device as iproute2 6.1 prints it, with what a case changes. */
const device = (rest: object): string =>
  JSON.stringify([
    {
      ifindex: 7,
      ifname: 'eth1',
      flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
      mtu: 1500,
      link_type: 'ether',
      address: '16:52:f3:13:6a:01',
      addr_info: [],
      ...rest,
    },
  ])
const one = (rest: object): Link => parseLinks(device(rest))[0] as Link

describe('parseLinks', () => {
  it('reads a recorded gateway node', () => {
    const links = parseLinks(fixture('kube-ovn-v1.16.2-iproute2-s03-node1-addr.json'))
    const by = (name: string) => links.find((l) => l.name === name)
    expect(by('lo')).toMatchObject({ kind: 'loopback', addresses: ['127.0.0.1/8', '::1/128'] })
    expect(by('eth0')).toMatchObject({
      kind: 'veth',
      up: true,
      carrier: true,
      mtu: 1500,
      mac: 'de:42:80:3e:f3:1a',
      addresses: ['fe80::dc42:80ff:fe3e:f31a/64'],
      parent: undefined,
    })
    expect(by('br-phy')?.addresses).toContain('10.250.0.11/24')
  })

  // Shapes of iproute2's print_linkinfo (ip/ipaddress.c, iplink_vlan.c, iplink_bond_slave.c): this machine's kernel makes neither bonds nor VLANs.
  it.each([
    ['a plain NIC', {}, { kind: 'physical', master: undefined, memberOf: undefined }],
    [
      'a bond member',
      { master: 'bond0', linkinfo: { info_slave_kind: 'bond', info_slave_data: { state: 'ACTIVE', mii_status: 'UP' } } },
      { kind: 'physical', master: 'bond0', memberOf: 'bond' },
    ],
    ['a NIC in a kernel OVS bridge', { master: 'ovs-system', linkinfo: { info_slave_kind: 'openvswitch' } }, { master: 'ovs-system', memberOf: 'openvswitch' }],
    [
      'a VLAN',
      { link: 'eth0', linkinfo: { info_kind: 'vlan', info_data: { protocol: '802.1Q', id: 100, flags: ['REORDER_HDR'] } } },
      { kind: 'vlan', parent: 'eth0', vlanId: 100 },
    ],
    ['a bond', { linkinfo: { info_kind: 'bond', info_data: { mode: 'active-backup', id: 5 } } }, { kind: 'bond', vlanId: undefined }],
    ['a veth, whose link is its peer', { link: 'peer0', linkinfo: { info_kind: 'veth' } }, { kind: 'veth', parent: undefined }],
    ['no carrier', { flags: ['NO-CARRIER', 'BROADCAST', 'UP'] }, { up: true, carrier: false }],
    ['down', { flags: ['BROADCAST'] }, { up: false, carrier: false }],
    ['a tun, without a MAC', { link_type: 'none', address: undefined }, { mac: '' }],
  ])('%s', (_, rest, expected) => expect(one(rest)).toMatchObject(expected))

  it.each([
    ['not JSON', 'Object "addres" is unknown'],
    ['nothing', ''],
    ['an object', '{}'],
    ['an array of text', '["eth0"]'],
    ['no name', '[{"ifindex":1,"flags":[],"mtu":1}]'],
    ['no flags', '[{"ifname":"a","ifindex":1,"mtu":1,"link_type":"none","addr_info":[]}]'],
    ['no addresses', device({ addr_info: undefined })],
    ['a MTU that is text', device({ mtu: '1500' })],
  ])('%s is an error, not an empty list', (_, text) => {
    try {
      expect(parseLinks(text)).toBe('an error')
    } catch (e) {
      expect(isError(e, 'PARSE')).toBe(true)
    }
  })
})

describe('parseRoutes', () => {
  it('reads a recorded node', () => {
    const routes = parseRoutes(fixture('kube-ovn-v1.16.2-iproute2-s03-node1-route.json'))
    expect(routes[0]).toEqual({ type: 'unicast', dst: 'default', gateway: '10.250.0.1', dev: 'br-phy', protocol: undefined, prefsrc: undefined, metric: 0 })
    expect(routes.find((r) => r.dst === '10.250.0.0/24')).toMatchObject({ protocol: 'kernel', prefsrc: '10.250.0.11' })
  })
  it('makes one route of each next hop, and keeps those without a device', () => {
    const text =
      '[{"dst":"198.51.100.0/24","flags":[],"nexthops":[{"gateway":"192.0.2.2","dev":"eth0","weight":1,"flags":[]},{"via":{"family":"inet6","host":"fe80::1"},"dev":"eth1","weight":1,"flags":[]}]},{"type":"blackhole","dst":"203.0.113.0/24","metric":9,"flags":[]}]'
    expect(parseRoutes(text).map((r) => [r.type, r.dst, r.gateway, r.dev, r.metric])).toEqual([
      ['unicast', '198.51.100.0/24', '192.0.2.2', 'eth0', 0],
      ['unicast', '198.51.100.0/24', 'fe80::1', 'eth1', 0],
      ['blackhole', '203.0.113.0/24', undefined, undefined, 9],
    ])
    expect(parseRoutes('[]')).toEqual([])
    expect(() => parseRoutes('')).toThrow(/ip route/)
  })
  it('tells "no way there" from a failure', async () => {
    const answers = (stderr: string) => ({ where: 'x', run: async () => ({ stdout: '', stderr, code: 2 }) })
    expect(await readRouteTo(answers('RTNETLINK answers: Network is unreachable\n'), parseIp('203.0.113.1'))).toBeUndefined()
    await expect(readRouteTo(answers('Permission denied'), parseIp('203.0.113.1'))).rejects.toMatchObject({ code: 'COMMAND' })
  })
})

const root = process.getuid?.() === 0
describe.skipIf(!root)('the real ip, in a network namespace of its own (needs root)', () => {
  const inside = (script: string): string => execFileSync('unshare', ['-n', 'sh', '-ec', script], { encoding: 'utf8' })
  it('bridge members, addresses of both families, peers', () => {
    const links = parseLinks(
      inside(
        'ip link add br0 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br0; ip link set v0 up; ip addr add 192.0.2.5/24 dev br0; ip addr add fd00::5/64 dev br0 nodad 2>/dev/null || true; ip -j -d address show',
      ),
    )
    const by = (name: string) => links.find((l) => l.name === name)
    expect(by('br0')).toMatchObject({ kind: 'bridge', up: false, addresses: expect.arrayContaining(['192.0.2.5/24']) })
    expect(by('v0')).toMatchObject({ kind: 'veth', master: 'br0', memberOf: 'bridge', up: true, carrier: false, parent: undefined })
  })
  it('routes and the route to an address', () => {
    const text = inside(
      'ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up; ip addr add 192.0.2.5/24 dev v0; ip route add default via 192.0.2.1; ip -j route show; echo; ip -j route get 203.0.113.9',
    )
    const [all = '', get = ''] = text.split(/\n+/)
    expect(parseRoutes(all).map((r) => [r.dst, r.gateway, r.dev])).toEqual([
      ['default', '192.0.2.1', 'v0'],
      ['192.0.2.0/24', undefined, 'v0'],
    ])
    expect(parseRoutes(get)).toMatchObject([{ gateway: '192.0.2.1', dev: 'v0' }])
  })
})
