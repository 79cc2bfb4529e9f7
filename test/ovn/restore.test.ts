import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { canonical, type Json } from '../../lib/kernel/json.ts'
import { readNb } from '../../lib/ovn/nb.ts'
import { notRestorable, restoreOps } from '../../lib/ovn/restore.ts'
import { type NbSlice, type Scope, sliceOf, WHOLE } from '../../lib/ovn/slice.ts'
import { commit } from '../../lib/ovn/transaction.ts'
import { missing, type Sandbox, sandbox } from './sandbox.ts'

// Real tools on a machine that others load too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const NAMES = { router: 'ovn-cluster', switch: 'external', routerPort: 'ovn-cluster-external' }
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const hostile = fc.constantFrom(
  'plain',
  'two words',
  '-',
  '--',
  '--db=x',
  'a,b',
  '"q"',
  "it's",
  '$(id)',
  '`id`',
  '{x}=[y]',
  'new\nline',
  'tab\t\\',
  'ü€𝄞',
  '@r1',
  '',
  ';|&',
)
const ids = fc.dictionary(fc.oneof(fc.constant('vendor'), hostile), hostile, { maxKeys: 3 })
const ip = fc.integer({ min: 2, max: 9 }).map((n) => `10.16.0.${n}`)
const outside = fc.integer({ min: 200, max: 205 }).map((n) => `172.56.0.${n}`)
const opt = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })

const PORT = id(1)
const routerPort = fc.record({
  uuid: fc.constant(PORT),
  name: fc.constant(NAMES.routerPort),
  mac: fc.constantFrom('16:52:f3:13:6a:25', '16:52:f3:13:6a:99'),
  networks: fc.constantFrom(['172.56.0.100/16'], ['172.56.0.150/16'], ['172.56.0.100/16', 'fd00::1/64']),
  gateway_chassis: fc.constant([]),
  ha_chassis_group: fc.constant(null),
  peer: fc.constant(null),
  enabled: opt(fc.boolean()),
  options: ids,
  ipv6_ra_configs: ids,
  ipv6_prefix: fc.constant([]),
  external_ids: ids,
})
const theSwitch = fc.record({
  uuid: fc.constant(id(2)),
  name: fc.constant(NAMES.switch),
  ports: fc.constant([]),
  acls: fc.constant([]),
  qos_rules: fc.constant([]),
  forwarding_groups: fc.constant([]),
  load_balancer: fc.constant([]),
  dns_records: fc.constant([]),
  other_config: ids,
  external_ids: ids,
})
const switchPort = fc.record({
  uuid: fc.constant(id(3)),
  name: fc.constantFrom('localnet.external', 'external-ovn-cluster', '-v', 'two words'),
  type: fc.constantFrom('localnet', 'router', ''),
  options: ids,
  addresses: fc.uniqueArray(hostile, { maxLength: 3 }),
  port_security: fc.uniqueArray(hostile, { maxLength: 2 }),
  parent_name: opt(hostile),
  tag: opt(fc.integer({ min: 1, max: 4095 })),
  tag_request: opt(fc.integer({ min: 0, max: 4095 })),
  enabled: opt(fc.boolean()),
  up: fc.constant(null),
  dhcpv4_options: fc.constant(null),
  dhcpv6_options: fc.constant(null),
  external_ids: ids,
})
const chassis = fc.record({
  uuid: fc.constant(id(4)),
  name: fc.constantFrom('c1', 'c2', 'c 3'),
  chassis_name: fc.constantFrom('node1-chassis', 'node2-chassis', "o'3"),
  priority: fc.integer({ min: 0, max: 32767 }),
  options: ids,
  external_ids: ids,
})
const nat = fc.record({
  uuid: fc.constant(id(5)),
  type: fc.constantFrom('snat', 'dnat_and_snat'),
  external_ip: outside,
  logical_ip: ip,
  external_mac: opt(fc.constant('16:52:f3:00:00:01')),
  logical_port: opt(hostile),
  external_port_range: fc.constantFrom('', '1-200'),
  gateway_port: fc.constantFrom(null, PORT),
  allowed_ext_ips: fc.constant(null),
  exempted_ext_ips: fc.constant(null),
  options: ids,
  external_ids: ids,
})
const policy = fc.record({
  uuid: fc.constant(id(6)),
  priority: fc.constantFrom(29000, 29250),
  match: fc.oneof(
    ip.map((a) => `ip4.src == ${a}`),
    hostile,
  ),
  action: fc.constantFrom('allow', 'reroute'),
  nexthop: opt(outside),
  nexthops: fc.uniqueArray(outside, { maxLength: 2 }),
  options: ids,
  external_ids: ids,
})
const route = fc.record({
  uuid: fc.constant(id(7)),
  ip_prefix: fc.oneof(ip, fc.constant('0.0.0.0/0')),
  nexthop: outside,
  policy: fc.constantFrom(null, 'src-ip', 'dst-ip'),
  output_port: opt(hostile),
  route_table: fc.constantFrom('', 'blue'),
  bfd: fc.constant(null),
  options: ids,
  external_ids: ids,
})
const slice: fc.Arbitrary<NbSlice> = fc
  .record({
    switch: opt(theSwitch),
    switchPorts: fc.uniqueArray(switchPort, { maxLength: 4, selector: (p) => p.name }),
    routerPort: opt(routerPort),
    gatewayChassis: fc.uniqueArray(chassis, { maxLength: 3, selector: (c) => c.name }),
    nats: fc.array(nat, { maxLength: 5 }),
    policies: fc.array(policy, { maxLength: 5 }),
    routes: fc.array(route, { maxLength: 5 }),
  })
  .map((s) => ({
    ...s,
    names: NAMES,
    scope: WHOLE,
    router: { uuid: id(0), name: NAMES.router },
    switchPorts: s.switch === null ? [] : s.switchPorts,
    gatewayChassis: s.routerPort === null ? [] : s.gatewayChassis,
    nats: s.nats.map((n) => ({ ...n, gateway_port: s.routerPort === null ? null : n.gateway_port })),
  }))

/** What two slices must agree in; written apart from the code under test. */
function shape(s: NbSlice): Json {
  const strip = (row: object): string => {
    const { uuid: _u, up: _up, ports: _p, gateway_chassis: _g, status: _s, ...rest } = row as Record<string, Json>
    // A newer schema has more columns, with their defaults.
    const said = Object.entries(rest).filter(([, v]) => !['null', '""', '0', '[]', '{}'].includes(JSON.stringify(v)))
    const cells = said.map(([k, v]) => [k, Array.isArray(v) ? [...v].sort() : v] as const)
    return canonical(Object.fromEntries(cells))
  }
  const bag = (rows: readonly object[]): readonly string[] => rows.map(strip).sort()
  return {
    switch: s.switch && strip(s.switch),
    routerPort: s.routerPort && strip(s.routerPort),
    switchPorts: bag(s.switchPorts),
    chassis: bag(s.gatewayChassis),
    nats: bag(
      s.nats.map((n) => ({ ...n, gateway_port: n.gateway_port === null ? null : n.gateway_port === s.routerPort?.uuid ? 'its port' : 'another port' })),
    ),
    policies: bag(s.policies),
    routes: bag(s.routes),
  }
}

describe.skipIf(missing())(`restoreOps on a real ovsdb-server${missing() ?? ''}`, () => {
  let box: Sandbox
  const nbctl = (...args: string[]) => box.tool('ovn-nbctl', ...args)
  const now = async (scope: Scope = WHOLE): Promise<NbSlice> => sliceOf(await readNb(box.runner), NAMES, scope)
  beforeAll(async () => {
    box = await sandbox()
    await nbctl('lr-add', 'ovn-cluster', '--', 'lrp-add', 'ovn-cluster', 'ovn-cluster-join', '00:00:00:00:00:01', '100.64.0.1/16')
    await nbctl('ls-add', 'join', '--', 'lsp-add', 'join', 'join-ovn-cluster')
  })
  afterAll(() => box[Symbol.asyncDispose]())

  it('makes any gateway of any other, says nothing when they are equal, and touches nothing beside', async () => {
    const beside = await nbctl('--columns=_uuid,name,networks', 'find', 'Logical_Router_Port', 'name=ovn-cluster-join')
    await fc.assert(
      fc.asyncProperty(slice, async (wanted) => {
        // As from a journal: plain JSON. What is there now is what the previous run left: any A to any B.
        const before = JSON.parse(JSON.stringify(wanted)) as NbSlice
        await commit(box.runner, restoreOps(before, await now()))
        const after = await now()
        expect(shape(after)).toEqual(shape(wanted))
        expect(restoreOps(before, after)).toEqual([])
      }),
      { numRuns: 60 },
    )
    expect(await nbctl('--columns=_uuid,name,networks', 'find', 'Logical_Router_Port', 'name=ovn-cluster-join')).toBe(beside)
    expect(await nbctl('lsp-list', 'join')).toContain('join-ovn-cluster')
  })

  describe('a gateway built with the tool itself', () => {
    beforeAll(async () => {
      await nbctl(
        '--if-exists',
        'ls-del',
        'external',
        '--',
        '--if-exists',
        'lrp-del',
        'ovn-cluster-external',
        '--',
        'clear',
        'Logical_Router',
        'ovn-cluster',
        'nat',
        '--',
        'clear',
        'Logical_Router',
        'ovn-cluster',
        'policies',
        '--',
        'clear',
        'Logical_Router',
        'ovn-cluster',
        'static_routes',
      )
      await nbctl(
        'ls-add',
        'external',
        '--',
        'lsp-add',
        'external',
        'localnet.external',
        '--',
        'lsp-set-type',
        'localnet.external',
        'localnet',
        '--',
        'lsp-set-addresses',
        'localnet.external',
        'unknown',
        '--',
        'lsp-set-options',
        'localnet.external',
        'network_name=external',
      )
      await nbctl(
        'lrp-add',
        'ovn-cluster',
        'ovn-cluster-external',
        '16:52:f3:13:6a:25',
        '172.56.0.100/16',
        '--',
        'lsp-add',
        'external',
        'external-ovn-cluster',
        '--',
        'lsp-set-type',
        'external-ovn-cluster',
        'router',
        '--',
        'lsp-set-addresses',
        'external-ovn-cluster',
        'router',
        '--',
        'lsp-set-options',
        'external-ovn-cluster',
        'router-port=ovn-cluster-external',
      )
      await nbctl('lrp-set-gateway-chassis', 'ovn-cluster-external', 'node1-chassis', '100')
      await nbctl(
        'lr-nat-add',
        'ovn-cluster',
        'dnat_and_snat',
        '172.56.0.233',
        '10.16.0.3',
        '--',
        'lr-nat-add',
        'ovn-cluster',
        'snat',
        '172.56.0.200',
        '10.16.0.2',
      )
      await nbctl('lr-policy-add', 'ovn-cluster', '29250', 'ip4.src == 10.16.0.3', 'reroute', '172.56.0.1')
      await nbctl('--policy=src-ip', 'lr-route-add', 'ovn-cluster', '10.16.0.3', '172.56.0.1', '--', 'lr-route-add', 'ovn-cluster', '0.0.0.0/0', '100.64.0.1')
    })
    const text = () =>
      nbctl('show').then((s) =>
        s
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
          .split('\n')
          .sort()
          .join('\n'),
      )
    const lists = async () => [
      await text(),
      await nbctl('lr-nat-list', 'ovn-cluster'),
      await nbctl('lr-policy-list', 'ovn-cluster'),
      await nbctl('lr-route-list', 'ovn-cluster'),
    ]

    it('comes back whole after everything was removed (R7 by hand), in one transaction', async () => {
      const was = await lists()
      const before = await now()
      await nbctl(
        'ls-del',
        'external',
        '--',
        'lrp-del',
        'ovn-cluster-external',
        '--',
        'lr-nat-del',
        'ovn-cluster',
        '--',
        'lr-policy-del',
        'ovn-cluster',
        '--',
        'lr-route-del',
        'ovn-cluster',
      )
      const sent = box.commands.length
      await commit(box.runner, restoreOps(before, await now()))
      expect(box.commands.slice(sent).filter((c) => c.effect === 'write')).toHaveLength(1)
      expect(await lists()).toEqual(was)
    })

    it('comes back after an address change and a move, changing only what differs', async () => {
      const was = await lists()
      const before = await now()
      await nbctl(
        'set',
        'Logical_Router_Port',
        'ovn-cluster-external',
        'networks=172.56.0.150/16',
        '--',
        'lrp-set-gateway-chassis',
        'ovn-cluster-external',
        'node2-chassis',
        '101',
      )
      const ops = restoreOps(before, await now())
      expect(ops.flatMap((o) => o.about.split('; '))).toEqual([
        'set networks of router port ovn-cluster-external back',
        'remove gateway chassis ovn-cluster-external-node2-chassis',
      ])
      await commit(box.runner, ops)
      expect(await lists()).toEqual(was)
    })

    it('leaves rows of other pods alone when cut to one pod', async () => {
      const one: Scope = { topology: false, addresses: ['10.16.0.3'] }
      const before = await now(one)
      expect([before.nats.length, before.policies.length, before.routes.length]).toEqual([1, 1, 1])
      await nbctl('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', '172.56.0.233', '--', 'lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.0.221', '10.16.0.3')
      await nbctl(
        'lr-nat-add',
        'ovn-cluster',
        'dnat_and_snat',
        '172.56.0.240',
        '10.16.0.9',
        '--',
        'lr-policy-add',
        'ovn-cluster',
        '29250',
        'ip4.src == 10.16.0.9',
        'reroute',
        '172.56.0.1',
      )
      await commit(box.runner, restoreOps(before, await now(one)))
      const rows = await nbctl('lr-nat-list', 'ovn-cluster')
      expect(['172.56.0.233', '172.56.0.240', '172.56.0.221', '172.56.0.200'].map((a) => rows.includes(a))).toEqual([true, true, false, true])
      expect(await nbctl('lr-policy-list', 'ovn-cluster')).toContain('10.16.0.9')
    })

    it('puts 300 rows that name a new port in the transaction that makes it, and other rows in further ones', async () => {
      const before = await now()
      const [row] = before.nats
      if (row === undefined || before.routerPort === null) throw new Error('nothing to start from')
      const port = before.routerPort.uuid
      const nats = Array.from({ length: 600 }, (_, i) => ({ ...row, external_ip: `172.56.${i >> 8}.${i & 255}`, gateway_port: i % 2 === 0 ? port : null }))
      const many = { ...before, nats }
      await nbctl('lrp-del', 'ovn-cluster-external')
      const sent = box.commands.length
      await commit(box.runner, restoreOps(many, await now()))
      const writes = box.commands.slice(sent).filter((c) => c.effect === 'write')
      expect(writes.length).toBeGreaterThan(2)
      expect(writes.map((c) => c.args.some((a) => a.startsWith('gateway_port=@')))).toEqual([true, ...writes.slice(1).map(() => false)])
      expect(shape(await now())).toEqual(shape(many))
      await commit(box.runner, restoreOps(before, await now()))
    })

    it('a port of that name on another router is not ours', async () => {
      await nbctl('lr-add', 'vpc-1', '--', 'lrp-add', 'vpc-1', 'vpc-1-port', '00:00:00:00:00:02', '10.9.0.1/24')
      const nb = await readNb(box.runner)
      expect(sliceOf(nb, { ...NAMES, routerPort: 'vpc-1-port' }).routerPort).toBeNull()
      expect(() => sliceOf(nb, { ...NAMES, router: 'vpc-2' })).toThrow(/no logical router vpc-2/)
      await nbctl('lr-del', 'vpc-1')
    })

    it('fails instead of acting on a row that went away meanwhile', async () => {
      const before = await now()
      await nbctl('set', 'Logical_Router_Port', 'ovn-cluster-external', 'networks=172.56.0.160/16')
      const ops = restoreOps(before, await now())
      await nbctl('lrp-del', 'ovn-cluster-external')
      await expect(commit(box.runner, ops)).rejects.toMatchObject({ code: 'COMMAND' })
      await commit(box.runner, restoreOps(before, await now()))
      expect(restoreOps(before, await now())).toEqual([])
    })

    it('says what it could not make anew', async () => {
      expect(notRestorable(await now())).toEqual([])
      await nbctl('acl-add', 'external', 'to-lport', '1', 'ip4', 'drop')
      expect(notRestorable(await now())).toEqual(['1 acls of switch external'])
    })
  })
})
