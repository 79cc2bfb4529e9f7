/** Configuration, gateway and rights, each made wrong in one way on a healthy recording (s27: v1.16.2; s23: distributed). */
import { describe, expect, test } from 'vitest'
import type { GatewayWanted, Site } from '../../../lib/inventory/site.ts'
import type { Kube, KubeObject } from '../../../lib/kube/port.ts'
import { configKeys } from '../../../tasks/checks/config-keys.ts'
import { checks, configChecks, gatewayChecks, leftoverChecks, rightsFor } from '../../../tasks/checks/index.ts'
import { kubeOvnVersion } from '../../../tasks/checks/kube-ovn-version.ts'
import { EMPTY_SITE, found, kubeOf, type Recording, recording, wrong } from './recorded-look.ts'

const healthy = (change: (made: Recording) => void = () => {}): Recording => {
  const made = recording('s27')
  change(made)
  return made
}
const data = (made: Recording): Record<string, string> => (made.configMap?.['data'] ?? {}) as Record<string, string>
const judged = async (made: Recording): Promise<readonly string[]> => wrong(await found(made, [...configChecks(), configKeys({}), ...gatewayChecks()]))

const GATEWAY: GatewayWanted = {
  type: 'centralized',
  nodes: [{ name: 'node1' }],
  nic: 'eth1',
  address: '172.56.0.100/16',
  mac: '16:52:f3:13:6a:25',
  nextHop: '172.56.0.1',
}
const site = (gateway: Partial<GatewayWanted>): Site => ({ ...EMPTY_SITE, file: '/inventory/lab.yaml', gateway: { ...GATEWAY, ...gateway } })

test('healthy: nothing to say, with and without an inventory', async () => {
  expect(await judged(healthy())).toEqual([])
  expect(
    await judged(
      healthy((m) => {
        m.site = site({})
      }),
    ),
  ).toEqual([])
})

describe('config group', () => {
  test.each<[string, (m: Recording) => void, readonly string[]]>([
    [
      'enable-external-gw: True (R8)',
      (m) => {
        data(m)['enable-external-gw'] = 'True'
      },
      ['fail config-keys enable-external-gw'],
    ],
    ['enable-external-gw missing (R8)', (m) => void delete data(m)['enable-external-gw'], ['fail config-keys enable-external-gw']],
    [
      'type misspelt',
      (m) => {
        data(m)['type'] = 'Distributed'
      },
      ['fail config-keys type'],
    ],
    [
      'a node twice',
      (m) => {
        data(m)['external-gw-nodes'] = 'node1, node1'
      },
      ['fail config-keys external-gw-nodes'],
    ],
    [
      'a key with an underscore',
      (m) => {
        data(m)['nic_ip'] = '172.56.0.100/16'
      },
      ['warn config-keys nic_ip'],
    ],
    ['no next hop (R1)', (m) => void delete data(m)['external-gw-addr'], ['fail config-next-hop external-gw-addr']],
    [
      'no next hop, but a Subnet named like the switch (R1)',
      (m) => {
        delete data(m)['external-gw-addr']
        m.subnets.push({ metadata: { name: 'external' }, spec: { cidrBlock: '172.56.0.0/16', gateway: '172.56.0.1' } })
      },
      [],
    ],
    [
      'extraExternalSubnets (R8)',
      (m) => void Object.assign(m.vpcs[0]?.['spec'] as object, { extraExternalSubnets: ['other'] }),
      ['fail config-extra-subnets vpc/ovn-cluster'],
    ],
    ['EIP and SNAT off (R20)', (m) => void m.flags.push('--enable-eip-snat=false'), ['fail config-eip-snat kube-system/kube-ovn-controller']],
    ['VLAN flag without a tag on the localnet port (R36)', (m) => void m.flags.push('--external-gateway-vlanid=30'), ['fail config-vlan localnet.external']],
    ['VLAN that is none', (m) => void m.flags.push('--external-gateway-vlanid=5000'), ['fail config-vlan kube-system/kube-ovn-controller']],
    [
      'the switch flag is another than what the localnet port asks for (R36)',
      (m) => void m.flags.push('--external-gateway-switch=outside'),
      ['fail names-agree localnet.external'],
    ],
    [
      'the two flags differ: broken at the next build (R36)',
      (m) => void m.flags.push('--external-gateway-net=outside'),
      ['warn names-agree kube-system/kube-ovn-controller'],
    ],
    [
      'both flags changed alike, OVN not yet (R36)',
      (m) => void m.flags.push('--external-gateway-net=outside', '--external-gateway-switch=outside'),
      ['fail names-agree localnet.external'],
    ],
    [
      'a version nobody looked at',
      (m) => {
        m.version = '1.20.0'
      },
      ['fail kube-ovn-version kube-system/kube-ovn-controller'],
    ],
    [
      'a version between',
      (m) => {
        m.version = '1.13.5'
      },
      [],
    ],
    [
      'the controller has no pod',
      (m) => {
        m.others['controller-pods'] = []
      },
      ['fail controller-alive kube-system/kube-ovn-controller'],
    ],
  ])('%s', async (_about, change, expected) => {
    const seen = await judged(healthy(change))
    expect(seen).toEqual(expected)
  })

  test('interconnection (R24)', async () => {
    const made = healthy()
    const other: KubeObject = { metadata: { name: 'ovn-ic-config', namespace: 'kube-system' }, data: { 'enable-ic': 'true' } }
    made.others['configmaps'] = [made.configMap as KubeObject, other]
    expect((await judged(made)).filter((l) => !l.includes('config-namespace'))).toEqual(['fail no-interconnect kube-system/ovn-ic-config'])
  })

  test('a ConfigMap in another namespace is never read', async () => {
    const made = healthy()
    made.others['configmaps'] = [made.configMap as KubeObject, { metadata: { name: 'ovn-external-gw-config', namespace: 'network' } }]
    expect(await judged(made)).toEqual(['warn config-namespace network/ovn-external-gw-config'])
  })

  test('looking around with a version nobody looked at only warns', async () => {
    const made = healthy((m) => {
      m.version = '1.20.0'
    })
    expect(wrong(await found(made, [kubeOvnVersion({})]))).toEqual(['warn kube-ovn-version kube-system/kube-ovn-controller'])
  })

  test.each([
    ['outside the next hop’s network', { address: '172.57.0.100/16' }, 'outside 172.57.0.0/16'],
    ['the next hop itself', { address: '172.56.0.1/16' }, 'next hop'],
    ['the network', { address: '172.56.0.0/16' }, 'network 172.56.0.0/16'],
    ['the broadcast address', { address: '172.56.255.255/16' }, 'broadcast'],
    ['without a prefix length', { address: '172.56.0.100' }, 'prefix length'],
  ])('an address that is %s', async (_what, gateway, word) => {
    const finding = (
      await found(
        healthy((m) => {
          m.site = site(gateway)
        }),
        configChecks(),
      )
    ).find((f) => f.id === 'config-address')
    expect(finding).toMatchObject({ outcome: 'fail', object: gateway.address, detail: expect.stringContaining(word) })
  })

  test.each([
    ['multicast', '01:00:5e:00:00:01', 'unicast'],
    ['a NIC’s', 'ee:ee:ee:00:00:01', 'eth9 of node1'],
    ['another router port’s', 'ee:ee:ee:00:00:02', 'router port ovn-cluster-join'],
    ['no MAC', '16:52:f3', 'not a MAC'],
  ])('a MAC that is %s', async (_what, mac, word) => {
    const made = healthy((m) => {
      m.site = site({ mac })
      m.hosts['node1']?.address.push({ ifindex: 99, ifname: 'eth9', flags: [], mtu: 1500, link_type: 'ether', address: 'ee:ee:ee:00:00:01', addr_info: [] })
      const ports = m.nb['Logical_Router_Port']
      const join = ports?.data.find((r) => r[ports.headings.indexOf('name')] === 'ovn-cluster-join')
      join?.splice(ports?.headings.indexOf('mac') ?? -1, 1, 'ee:ee:ee:00:00:02')
    })
    const finding = (await found(made, configChecks())).find((f) => f.id === 'config-mac')
    expect(finding).toMatchObject({ outcome: 'fail', object: mac, detail: expect.stringContaining(word) })
  })
})

describe('gateway group', () => {
  test.each<[string, Partial<GatewayWanted>, readonly string[]]>([
    ['another address (R4)', { address: '172.56.0.150/16' }, ['fail gateway-config-applied nic-ip', 'fail gateway-router-port ovn-cluster-external']],
    ['any address', { address: 'auto', mac: undefined }, ['fail gateway-config-applied nic-ip']],
    ['another next hop', { nextHop: '172.56.0.2' }, ['fail gateway-config-applied external-gw-addr']],
    [
      'another node (R5)',
      { nodes: [{ name: 'node2' }] },
      [
        'fail gateway-chassis ovn-cluster-external',
        'fail gateway-config-applied external-gw-nodes',
        'fail gateway-labels node1',
        'fail gateway-labels node2',
        'gateway-chassis: gateway-active-chassis cr-ovn-cluster-external',
        'gateway-labels: gateway-bridge node2/eth1',
        'gateway-labels: gateway-mapping node2/eth1',
      ],
    ],
  ])('the inventory wants %s', async (_what, gateway, expected) => {
    expect(
      wrong(
        await found(
          healthy((m) => {
            m.site = site(gateway)
          }),
          gatewayChecks(),
        ),
      ),
    ).toEqual(expected)
  })

  test('the router port is gone, its peer is not (R28)', async () => {
    const made = healthy((m) => {
      const ports = m.nb['Logical_Router_Port']
      if (ports !== undefined) ports.data = ports.data.filter((r) => r[ports.headings.indexOf('name')] !== 'ovn-cluster-external')
    })
    const findings = await found(made, gatewayChecks())
    expect(wrong(findings)).toEqual(['fail gateway-sync external-ovn-cluster', 'gateway-sync: gateway-router-port'])
    expect(findings.find((f) => f.id === 'gateway-sync')).toMatchObject({
      outcome: 'fail',
      object: 'external-ovn-cluster',
      hint: expect.stringContaining('ovngw repair'),
    })
  })

  test('two external switches: unknown, never a guess', async () => {
    const made = healthy((m) => {
      const switches = m.nb['Logical_Switch']
      const external = switches?.data.find((r) => r[switches.headings.indexOf('name')] === 'external')
      if (external !== undefined) switches?.data.push(external)
    })
    expect(wrong(await found(made, gatewayChecks()))).toContain('unknown gateway-switch')
  })
})

describe('leftovers', () => {
  const off = (change: (m: Recording) => void = () => {}): Recording => {
    const made = recording('s18')
    change(made)
    return made
  }
  const objects = async (made: Recording): Promise<readonly (string | undefined)[]> =>
    (await found(made, leftoverChecks())).filter((f) => f.outcome === 'fail').map((f) => f.object)

  test('bridge and mapping of a provider network of that name are nobody’s leftovers', async () => {
    const list = await objects(
      off((m) => {
        m.others['provider-networks'] = [{ metadata: { name: 'external' } }]
      }),
    )
    expect(list.filter((o) => o?.includes('/'))).toEqual([])
    expect(list).toContain('ovn-cluster-external')
  })

  test('the switch of a Subnet of that name stays (R34)', async () => {
    expect(await objects(off((m) => void m.subnets.push({ metadata: { name: 'external' }, spec: {} })))).not.toContain('external')
  })

  test('rows of OvnFip objects are theirs; where the list is denied nothing is said (R34)', async () => {
    const fip: KubeObject = { metadata: { name: 'fip' }, status: { v4Eip: '172.56.0.221' } }
    expect(
      await objects(
        off((m) => {
          m.others['ovn-fips'] = [fip]
        }),
      ),
    ).not.toContain('172.56.0.221')
    expect(
      wrong(
        await found(
          off((m) => {
            m.others['ovn-fips'] = 'denied'
          }),
          leftoverChecks(),
        ),
      ),
    ).toEqual(['unknown gateway-leftovers'])
  })
})

describe('rights', () => {
  const answering = (made: Recording, denied: (resource: string) => boolean): Kube => {
    const create = async (_resource: unknown, review: KubeObject): Promise<KubeObject> => {
      const { resourceAttributes } = review['spec'] as { resourceAttributes: { resource: string; subresource?: string } }
      const full =
        resourceAttributes.subresource === undefined ? resourceAttributes.resource : `${resourceAttributes.resource}/${resourceAttributes.subresource}`
      return { metadata: { name: '' }, status: { allowed: !denied(full) } }
    }
    return new Proxy(kubeOf(made), { get: (target, key) => (key === 'create' ? create : Reflect.get(target, key)) })
  }

  test('all granted', async () => expect(wrong(await found(healthy(), rightsFor('install'), { kube: answering(healthy(), () => false) }))).toEqual([]))

  test.each(['assign', 'apply', 'check'])('%s asks to list everything an address can be taken by', async (runbook) => {
    const owners = ['services', 'ovn-dnat-rules', 'iptables-eips', 'vpc-egress-gateways', 'ips', 'vips']
    const [finding] = await found(healthy(), rightsFor(runbook), { kube: answering(healthy(), (r) => owners.includes(r)) })
    expect(finding?.seen).toMatchObject({
      items: [
        {
          kind: 'ClusterRole',
          rules: owners.map((r) => ({ apiGroups: [r === 'services' ? '' : 'kubeovn.io'], resources: [r], verbs: ['list'] })),
        },
      ],
    })
  })

  test('all that is missing is in one finding, with the Roles to apply', async () => {
    const [finding] = await found(healthy(), rightsFor('install'), { kube: answering(healthy(), (r) => r === 'pods/exec' || r === 'nodes') })
    expect(finding).toMatchObject({ outcome: 'fail', id: 'rights', object: 'admin' })
    expect(finding?.detail).toMatch(/list nodes.*get pods\/exec in kube-system.*patch nodes/)
    expect(finding?.seen).toMatchObject({
      kind: 'List',
      items: [
        { kind: 'ClusterRole', metadata: { name: 'ovngw-install' }, rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch', 'patch'] }] },
        {
          kind: 'Role',
          metadata: { name: 'ovngw-install', namespace: 'kube-system' },
          rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] }],
        },
      ],
    })
  })
})

test('ids are unique and titles are promises', () => {
  const ids = checks.map((c) => c.check.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(checks.filter((c) => /^(check|verify)/i.test(c.check.title)).map((c) => c.check.id)).toEqual([])
})
