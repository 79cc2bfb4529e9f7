import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { isError } from '../../lib/kernel/errors.ts'
import { type FindHints, findGateway, findParts, namesFor } from '../../lib/ovn/find.ts'
import { type NbTables, readNb } from '../../lib/ovn/nb.ts'
import { bridgeHolding, externalBridge, parseMappings, uplinksOf } from '../../lib/ovs/bridge.ts'
import { recorded } from './recorded.ts'
import { missing, type Sandbox, sandbox } from './sandbox.ts'

// Real tools on a machine that others load too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const summary = (nb: NbTables, hints?: FindHints) => {
  const g = findGateway(nb, hints)
  return (
    g && [
      g.foundBy,
      g.naming,
      g.switch.name,
      g.localnet.name,
      g.localnet.networkName,
      g.routerPort.name,
      g.switchPort.name,
      g.chassis.map((c) => [c.chassis_name, c.priority]),
    ]
  )
}

describe('recordings of Kube-OVN', () => {
  const DEFAULT = ['default', 'external', 'localnet.external', 'external', 'ovn-cluster-external', 'external-ovn-cluster'] as const

  it.each([
    ['kube-ovn-v1.16.2-ovn-25.03-s04', [['node1-chassis', 100]]],
    [
      'kube-ovn-v1.16.2-ovn-25.03-s16',
      [
        ['node1-chassis', 100],
        ['node2-chassis', 100],
      ],
    ],
    [
      'kube-ovn-v1.16.2-ovn-25.03-s23',
      [
        ['node1-chassis', 100],
        ['node2-chassis', 99],
      ],
    ],
    ['kube-ovn-v1.11.24-ovn-23.03-s03', [['node1-chassis', 100]]],
  ] as const)('%s: the same by flag, by structure, and with a flag that names nothing', (scene, chassis) => {
    const { nb } = recorded(scene)
    expect(summary(nb, { switch: 'external', router: 'ovn-cluster' })).toEqual(['flag', ...DEFAULT, chassis])
    expect(summary(nb)).toEqual(['structure', ...DEFAULT, chassis])
    expect(summary(nb, { switch: 'ovn-external' })).toEqual(['structure', ...DEFAULT, chassis])
  })

  it.each(['kube-ovn-v1.16.2-ovn-25.03-s01', 'kube-ovn-v1.11.24-ovn-23.03-s18'] as const)('%s has none', (scene) => {
    expect(findGateway(recorded(scene).nb, { switch: 'external' })).toBeUndefined()
    expect(findParts(recorded(scene).nb, { switch: 'external' }).switch).toBeUndefined()
  })

  it('the bridge of a gateway node is the one with the patch; the other node has none (s21: two uplinks, R9)', () => {
    const { nb, ovs } = recorded('kube-ovn-v1.16.2-ovn-25.03-s21')
    const gateway = findGateway(nb, { switch: 'external' })
    if (gateway === undefined) throw new Error('no gateway')
    const found = externalBridge(ovs('node1'), gateway)
    expect([found?.foundBy, found?.bridge.name]).toEqual(['patch', 'br-external'])
    expect(
      found &&
        uplinksOf(ovs('node1'), found.bridge)
          .map((i) => [i.name, i.error === null])
          .toSorted(),
    ).toEqual([
      ['eth1', true],
      ['eth7', false],
    ])
    expect(externalBridge(ovs('node2'), gateway)).toBeUndefined()
    expect([bridgeHolding(ovs('node1'), 'eth0')?.name, bridgeHolding(ovs('node1'), 'nope')]).toEqual(['br-phy', undefined])
    const int = ovs('node1').bridges.find((b) => b.name === 'br-int')
    expect(int && uplinksOf(ovs('node1'), int)).toEqual([])
  })

  it('without a patch the mapping decides, then the name', () => {
    const { ovs } = recorded('kube-ovn-v1.16.2-ovn-25.03-s21')
    const localnet = { name: 'ln-other', networkName: 'external' }
    expect(externalBridge(ovs('node1'), { switch: { name: 'zz' }, localnet })).toMatchObject({ foundBy: 'mapping', bridge: { name: 'br-external' } })
    expect(externalBridge(ovs('node1'), { switch: { name: 'external' } })).toMatchObject({ foundBy: 'name', bridge: { name: 'br-external' } })
    expect(externalBridge(ovs('node1'), { switch: { name: 'ovn-external' } })?.bridge.name).toBe('br-external')
    expect([...parseMappings('external:br-external, a:b:c,junk,:x')]).toEqual([
      ['external', 'br-external'],
      ['a', 'b:c'],
    ])
    expect([...parseMappings(undefined)]).toEqual([])
  })
})

describe.skipIf(missing())('any naming, on a real ovsdb-server', () => {
  let box: Sandbox
  const nb = () => readNb(box.runner)
  const nbctl = (...args: string[]) => box.tool('ovn-nbctl', ...args)
  const gatewayOf = async (n: ReturnType<typeof namesFor>, router = 'ovn-cluster', chassis = ['node1-chassis']): Promise<void> => {
    await nbctl(
      'ls-add',
      n.switch,
      '--',
      'lsp-add',
      n.switch,
      n.localnet,
      '--',
      'lsp-set-type',
      n.localnet,
      'localnet',
      '--',
      'lsp-set-options',
      n.localnet,
      'network_name=external',
    )
    await patch(n.switch, n.switchPort, n.routerPort, router)
    for (const c of chassis) await nbctl('lrp-set-gateway-chassis', n.routerPort, c)
  }
  const patch = (sw: string, switchPort: string, routerPort: string, router = 'ovn-cluster') =>
    nbctl(
      'lrp-add',
      router,
      routerPort,
      '16:52:f3:13:6a:25',
      '172.56.0.100/16',
      '--',
      'lsp-add',
      sw,
      switchPort,
      '--',
      'lsp-set-type',
      switchPort,
      'router',
      '--',
      'lsp-set-options',
      switchPort,
      `router-port=${routerPort}`,
    )
  /** An underlay Subnet with u2o interconnection: localnet, pods, and a distributed port on the same router. */
  const underlay = async (name: string): Promise<void> => {
    await nbctl(
      'ls-add',
      name,
      '--',
      'lsp-add',
      name,
      `localnet.${name}`,
      '--',
      'lsp-set-type',
      `localnet.${name}`,
      'localnet',
      '--',
      'lsp-set-options',
      `localnet.${name}`,
      'network_name=provider',
      '--',
      'lsp-add',
      name,
      `pod.${name}`,
    )
    await patch(name, `${name}-ovn-cluster`, `ovn-cluster-${name}`)
  }
  beforeAll(async () => {
    box = await sandbox()
  })
  beforeEach(async () => {
    for (const name of (await nb()).switches) await nbctl('--', 'ls-del', name.uuid)
    for (const name of (await nb()).routers) await nbctl('--', 'lr-del', name.uuid)
    await nbctl('lr-add', 'ovn-cluster', '--', 'ls-add', 'join')
    await patch('join', 'join-ovn-cluster', 'ovn-cluster-join')
  })
  afterAll(() => box[Symbol.asyncDispose]())

  it.each([
    ['ovn-external', 'document', 'ln-ovn-external'],
    ['external', 'default', 'localnet.external'],
    ['wan-7', 'custom', 'localnet.wan-7'],
  ])('%s (%s) by flag and by structure, beside an underlay subnet', async (name, naming, localnet) => {
    await gatewayOf(namesFor(name, 'ovn-cluster'))
    await underlay('vlan100')
    const expected = [naming, name, localnet, 'external', `ovn-cluster-${name}`, `${name}-ovn-cluster`, [['node1-chassis', 0]]]
    expect(summary(await nb(), { switch: name })).toEqual(['flag', ...expected])
    expect(summary(await nb(), { switch: 'not-there' })).toEqual(['structure', ...expected])
  })

  it('names that follow no rule at all', async () => {
    await gatewayOf({ switch: 'a b', localnet: '-l', routerPort: 'rp', switchPort: 'sp', bridge: '', patchPort: '' })
    expect(summary(await nb())).toEqual(['structure', 'custom', 'a b', '-l', 'external', 'rp', 'sp', [['node1-chassis', 0]]])
  })

  it('an underlay subnet alone is no gateway, whatever its pods', async () => {
    await underlay('vlan100')
    expect(findGateway(await nb(), { switch: 'external' })).toBeUndefined()
    expect(findParts(await nb()).switch).toBeUndefined()
  })

  it('two external switches: the flag decides, without it nobody guesses', async () => {
    await gatewayOf(namesFor('external', 'ovn-cluster'))
    await gatewayOf(namesFor('extra', 'ovn-cluster'))
    expect(summary(await nb(), { switch: 'extra' })?.slice(0, 3)).toEqual(['flag', 'custom', 'extra'])
    const tables = await nb()
    const refused = (() => {
      try {
        return findGateway(tables)
      } catch (e) {
        return e
      }
    })()
    expect(isError(refused, 'AMBIGUOUS') && refused.why).toMatch(/^(?=.*external \()(?=.*extra \().*/)
  })

  it('another cluster router, by flag or because it is the only one', async () => {
    await nbctl('lr-del', 'ovn-cluster', '--', 'lr-add', 'core')
    await gatewayOf(namesFor('external', 'core'), 'core')
    expect(findGateway(await nb(), { router: 'core' })?.routerPort.name).toBe('core-external')
    expect(findGateway(await nb())?.routerPort.name).toBe('core-external')
    await nbctl('lr-add', 'vpc-1')
    expect(findGateway(await nb())).toBeUndefined()
  })

  it('custom VPCs and pods on the switch are named: it is not ours alone (R34)', async () => {
    await gatewayOf(namesFor('external', 'ovn-cluster'))
    await nbctl('lr-add', 'vpc-1')
    await patch('external', 'external-vpc-1', 'vpc-1-external', 'vpc-1')
    await nbctl('lrp-set-gateway-chassis', 'vpc-1-external', 'node2-chassis')
    const gateway = findGateway(await nb())
    expect([gateway?.routerPort.name, gateway?.shared]).toEqual(['ovn-cluster-external', ['external-vpc-1']])
  })

  it('highest priority first', async () => {
    await gatewayOf(namesFor('external', 'ovn-cluster'), 'ovn-cluster', [])
    await nbctl('lrp-set-gateway-chassis', 'ovn-cluster-external', 'c1', '99', '--', 'lrp-set-gateway-chassis', 'ovn-cluster-external', 'c2', '100')
    expect(findGateway(await nb())?.chassis.map((c) => c.chassis_name)).toEqual(['c2', 'c1'])
  })

  it('pieces that are left are found: no chassis, no router port (R28), no peer, no localnet', async () => {
    const names = namesFor('external', 'ovn-cluster')
    const pieces = async () => {
      const p = findParts(await nb())
      return [p.switch?.name, p.localnet?.name, p.switchPort?.name, p.routerPort?.name]
    }
    await gatewayOf(names, 'ovn-cluster', [])
    expect(await pieces()).toEqual(['external', 'localnet.external', 'external-ovn-cluster', 'ovn-cluster-external'])
    await nbctl('lrp-del', names.routerPort)
    expect(await pieces()).toEqual(['external', 'localnet.external', 'external-ovn-cluster', undefined])
    expect(findGateway(await nb())).toBeUndefined()
    await nbctl('lsp-del', names.switchPort)
    expect(await pieces()).toEqual(['external', 'localnet.external', undefined, undefined])
    await nbctl('lrp-add', 'ovn-cluster', names.routerPort, '16:52:f3:13:6a:25', '172.56.0.100/16')
    expect(await pieces()).toEqual(['external', 'localnet.external', undefined, 'ovn-cluster-external'])
    await nbctl('lsp-del', names.localnet)
    expect(findParts(await nb(), { switch: 'external' })).toMatchObject({ foundBy: 'flag', routerPort: { name: 'ovn-cluster-external' } })
  })

  it('two localnet ports: the network decides', async () => {
    await gatewayOf(namesFor('external', 'ovn-cluster'))
    await nbctl(
      'lsp-add',
      'external',
      'second',
      '--',
      'lsp-set-type',
      'second',
      'localnet',
      '--',
      'lsp-set-options',
      'second',
      'network_name=other',
      '--',
      'set',
      'Logical_Switch_Port',
      'second',
      'tag=7',
    )
    expect(findGateway(await nb(), { network: 'other' })?.localnet).toMatchObject({ name: 'second', tag: 7 })
    const tables = await nb()
    expect(() => findGateway(tables)).toThrow(/candidates for the localnet port/)
  })
})
