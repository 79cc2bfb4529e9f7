/** Who has an address: one table row a source, then who may have it all the same. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Owner, Sources } from '../../lib/addresses/owner.ts'
import { conflicts, indexOwners, showOwners } from '../../lib/addresses/owners.ts'
import { podView } from '../../lib/gateway/pods.ts'
import type { KubeObject } from '../../lib/kube/port.ts'
import { type Ip, type Ipv4, parseIp } from '../../lib/net/ip.ts'
import { LOAD_BALANCER, LOGICAL_ROUTER, LOGICAL_ROUTER_PORT, NAT } from '../../lib/ovn/tables.ts'

const NOBODY: Sources = {
  site: { name: 'lab', file: '/sites/lab.yaml', pools: [] },
  pods: [],
  nb: { routers: [], routerPorts: [], nats: [], loadBalancers: [] },
  router: 'ovn-cluster',
  nextHop: undefined,
  nodes: [],
  services: [],
  ovnEips: [],
  ovnFips: [],
  ovnSnatRules: [],
  ovnDnatRules: [],
  iptablesEips: [],
  egressGateways: [],
  ips: [],
  vips: [],
  otherSites: [],
}

const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`
const none = ['set', []]
const empty = ['map', []]

/** Rows through the real parsers. */
function nat(type: string, external: string, logical: string, n = 1) {
  const cells = { _uuid: ['uuid', uuid(n)], type, external_ip: external, logical_ip: logical, external_mac: none, logical_port: none, external_port_range: '' }
  const row = { ...cells, allowed_ext_ips: none, exempted_ext_ips: none, options: empty, external_ids: empty }
  return NAT.rows({ headings: Object.keys(row), data: [Object.values(row)] }, 'test')
}
function routers(refs: Readonly<Record<string, readonly number[]>>) {
  const headings = ['_uuid', 'name', 'nat', 'ports', 'policies', 'static_routes', 'enabled', 'options', 'external_ids']
  const data = Object.entries(refs).map(([name, ns], i) => [
    ['uuid', uuid(900 + i)],
    name,
    ['set', ns.map((n) => ['uuid', uuid(n)])],
    none,
    none,
    none,
    none,
    empty,
    empty,
  ])
  return LOGICAL_ROUTER.rows({ headings, data }, 'test')
}
function routerPort(name: string, ...networks: readonly string[]) {
  const cells = { _uuid: ['uuid', uuid(800)], name, mac: '00:00:00:00:00:01', networks: ['set', networks], gateway_chassis: none, ha_chassis_group: none }
  const row = { ...cells, peer: none, enabled: none, options: empty, ipv6_ra_configs: empty, ipv6_prefix: none, external_ids: empty }
  return LOGICAL_ROUTER_PORT.rows({ headings: Object.keys(row), data: [Object.values(row)] }, 'test')
}
function loadBalancer(name: string, ...vips: readonly string[]) {
  const row = { _uuid: ['uuid', uuid(700)], name, vips: ['map', vips.map((v) => [v, '10.16.0.5:80'])], protocol: 'tcp', external_ids: empty }
  return LOAD_BALANCER.rows({ headings: Object.keys(row), data: [Object.values(row)] }, 'test')
}

const object = (name: string, parts: object, namespace?: string): KubeObject => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...parts,
})
function pod(name: string, annotations: Readonly<Record<string, string>>, phase = 'Running') {
  const keys = Object.entries(annotations).map(([k, v]) => [`ovn.kubernetes.io/${k}`, v])
  return podView({ metadata: { namespace: 'shop', name, annotations: Object.fromEntries(keys) }, status: { phase } })
}

const A = '172.56.0.9'
const B = '172.56.0.10'
const ip = (text: string): Ip => parseIp(text)
const owners = (found: Partial<Sources>, text = A): readonly Owner[] => indexOwners({ ...NOBODY, ...found }).of(ip(text))
const eip = object('e', { spec: { v4Ip: A } })

describe('each source', () => {
  test.each<[string, Partial<Sources>, Pick<Owner, 'kind' | 'object' | 'way'> & Partial<Owner>]>([
    [
      'a pod’s EIP',
      { pods: [pod('web', { eip: A })] },
      {
        kind: 'pod',
        object: 'shop/web',
        how: 'eip',
        way: 'ovngw release shop/web --site lab',
        pod: expect.objectContaining({ namespace: 'shop', name: 'web' }),
      },
    ],
    ['a pod’s SNAT', { pods: [pod('web', { snat: A })] }, { kind: 'pod', object: 'shop/web', how: 'snat', way: 'ovngw release shop/web --site lab' }],
    [
      'a pod’s SNAT, beside an EIP that shall stay',
      { pods: [pod('web', { snat: A, eip: B })] },
      { kind: 'pod', object: 'shop/web', how: 'snat', way: 'ovngw release shop/web --site lab --only snat' },
    ],
    [
      'a NAT row no pod asks for (R18)',
      { nb: { ...NOBODY.nb, nats: nat('dnat_and_snat', A, '10.16.0.3'), routers: routers({ 'ovn-cluster': [1] }) } },
      {
        kind: 'nat',
        object: `NAT row dnat_and_snat ${A} → 10.16.0.3`,
        how: 'eip',
        logicalIp: '10.16.0.3',
        way: `kubectl ko nbctl lr-nat-del ovn-cluster dnat_and_snat ${A}`,
      },
    ],
    [
      'a SNAT row for a network',
      { nb: { ...NOBODY.nb, nats: nat('snat', A, '10.17.0.0/16'), routers: routers({ 'ovn-cluster': [1] }) } },
      { kind: 'nat', object: `NAT row snat ${A} → 10.17.0.0/16`, how: 'snat', way: 'kubectl ko nbctl lr-nat-del ovn-cluster snat 10.17.0.0/16' },
    ],
    [
      'a NAT row of a custom VPC',
      { nb: { ...NOBODY.nb, nats: nat('dnat_and_snat', A, '10.16.0.3'), routers: routers({ 'ovn-cluster': [], tenant: [1] }) } },
      {
        kind: 'nat',
        object: `NAT row dnat_and_snat ${A} → 10.16.0.3 of router tenant`,
        how: 'eip',
        logicalIp: undefined,
        way: `kubectl ko nbctl lr-nat-del tenant dnat_and_snat ${A}`,
      },
    ],
    [
      'a load balancer, on two ports',
      { nb: { ...NOBODY.nb, loadBalancers: loadBalancer('tcp', `${A}:80`, `${A}:443`, `${B}:80`) } },
      {
        kind: 'load-balancer',
        object: 'load balancer tcp',
        way: `kubectl ko nbctl lb-del tcp ${A}:80 && kubectl ko nbctl lb-del tcp ${A}:443   # after the Service that asks for it`,
      },
    ],
    [
      'a load balancer without ports',
      { nb: { ...NOBODY.nb, loadBalancers: loadBalancer('all', A) } },
      { kind: 'load-balancer', object: 'load balancer all', way: `kubectl ko nbctl lb-del all ${A}   # after the Service that asks for it` },
    ],
    ['an OvnEip as wanted', { ovnEips: [eip] }, { kind: 'ovn-eip', object: 'OvnEip e', way: 'kubectl delete ovn-eips.kubeovn.io e' }],
    [
      'an OvnEip as it is',
      { ovnEips: [object('e', { spec: {}, status: { v4Ip: A } })] },
      { kind: 'ovn-eip', object: 'OvnEip e', way: 'kubectl delete ovn-eips.kubeovn.io e' },
    ],
    ['an OvnFip', { ovnFips: [object('f', { status: { v4Eip: A } })] }, { kind: 'ovn-fip', object: 'OvnFip f', way: 'kubectl delete ovn-fips.kubeovn.io f' }],
    [
      'an OvnSnatRule',
      { ovnSnatRules: [object('s', { status: { v4Eip: A } })] },
      { kind: 'ovn-snat', object: 'OvnSnatRule s', way: 'kubectl delete ovn-snat-rules.kubeovn.io s' },
    ],
    [
      'an OvnDnatRule',
      { ovnDnatRules: [object('d', { status: { v4Eip: A } })] },
      { kind: 'ovn-dnat', object: 'OvnDnatRule d', way: 'kubectl delete ovn-dnat-rules.kubeovn.io d' },
    ],
    [
      'an IptablesEIP, said twice',
      { iptablesEips: [object('i', { spec: { v4ip: A }, status: { ip: A } })] },
      { kind: 'iptables-eip', object: 'IptablesEIP i', way: 'kubectl delete iptables-eips.kubeovn.io i' },
    ],
    [
      'a VpcEgressGateway outside',
      { egressGateways: [object('g', { status: { externalIPs: [B, `${A},fd00::9`] } }, 'shop')] },
      { kind: 'egress-gateway', object: 'VpcEgressGateway shop/g', way: 'kubectl -n shop delete vpc-egress-gateways.kubeovn.io g' },
    ],
    [
      'a VpcEgressGateway inside',
      { egressGateways: [object('g', { status: { internalIPs: [A] } }, 'shop')] },
      { kind: 'egress-gateway', object: 'VpcEgressGateway shop/g', way: 'kubectl -n shop delete vpc-egress-gateways.kubeovn.io g' },
    ],
    [
      'a VpcEgressGateway as wanted',
      { egressGateways: [object('g', { spec: { externalIPs: [A] } }, 'shop')] },
      { kind: 'egress-gateway', object: 'VpcEgressGateway shop/g', way: 'kubectl -n shop delete vpc-egress-gateways.kubeovn.io g' },
    ],
    [
      'an IP of a pod',
      { ips: [object('web.shop', { spec: { podName: 'web', namespace: 'shop', v4IpAddress: A, ipAddress: `${A},fd00::9` } })] },
      {
        kind: 'ip',
        object: 'IP web.shop',
        way: 'kubectl delete ips.kubeovn.io web.shop   # after shop/web is gone',
        pod: { namespace: 'shop', name: 'web' },
      },
    ],
    [
      'an IP of a node, without the newer field',
      { ips: [object('node-n1', { spec: { podName: 'n1', namespace: '', ipAddress: A } })] },
      { kind: 'ip', object: 'IP node-n1', way: 'kubectl delete ips.kubeovn.io node-n1   # after what has it is gone', pod: undefined },
    ],
    ['a Vip as wanted', { vips: [object('v', { spec: { v4ip: A } })] }, { kind: 'vip', object: 'Vip v', way: 'kubectl delete vips.kubeovn.io v' }],
    ['a Vip as it is', { vips: [object('v', { status: { v4ip: A } })] }, { kind: 'vip', object: 'Vip v', way: 'kubectl delete vips.kubeovn.io v' }],
    ...(
      [
        ['externalIPs', { spec: { externalIPs: [B, A] } }],
        ['loadBalancerIP', { spec: { loadBalancerIP: A } }],
        ['ingress', { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }, { ip: A }] } } }],
      ] as const
    ).map(
      ([what, parts]) =>
        [
          `a Service by ${what}`,
          { services: [object('s', parts, 'shop')] },
          { kind: 'service' as const, object: 'Service shop/s', way: 'kubectl -n shop edit services s   # take the address out' },
        ] satisfies [string, Partial<Sources>, Owner],
    ),
    [
      'a node',
      {
        nodes: [
          object('n1', {
            status: {
              addresses: [
                { type: 'Hostname', address: 'n1' },
                { type: 'ExternalIP', address: A },
              ],
            },
          }),
        ],
      },
      { kind: 'node', object: 'node n1', way: 'choose another address' },
    ],
    [
      'a router port',
      { nb: { ...NOBODY.nb, routerPorts: routerPort('ovn-cluster-external', `${A}/16`, 'fd00::1/64') } },
      { kind: 'router-port', object: 'router port ovn-cluster-external', way: 'choose another address' },
    ],
    ['the next hop', { nextHop: A }, { kind: 'next-hop', object: 'the next hop', way: 'choose another address' }],
    [
      'a reserved address',
      { site: { ...NOBODY.site, pools: [{ name: 'web', ranges: [], reserved: { [A]: 'printer' }, onLink: true }] } },
      { kind: 'site', object: 'reserved in pool web: printer', way: 'take it out of reserved of pool web in /sites/lab.yaml' },
    ],
    [
      'another site’s file',
      { otherSites: [{ site: 'berlin', address: A, what: 'EIP of shop/web' }] },
      { kind: 'site', object: 'EIP of shop/web in site berlin', way: 'give it up in site berlin' },
    ],
  ])('%s', (_what, found, owner) => {
    expect(owners(found)).toEqual([expect.objectContaining(owner)])
    expect(owners(found, '172.56.0.11')).toEqual([])
  })

  test('a rule takes the address of its OvnEip while its own status is empty', () => {
    const rule = object('r', { spec: { ovnEip: 'e' } })
    const found = owners({ ovnEips: [eip], ovnFips: [rule], ovnSnatRules: [rule], ovnDnatRules: [rule] })
    expect(found.map((o) => o.object)).toEqual(['OvnFip r', 'OvnSnatRule r', 'OvnDnatRule r', 'OvnEip e'])
  })

  test('the OvnEip of a router port is that port, and an owner while the port is not there', () => {
    const ovnEips = [object('ovn-cluster-external', { spec: { v4Ip: A, type: 'lrp' } })]
    expect(owners({ ovnEips }).map((o) => o.kind)).toEqual(['ovn-eip'])
    expect(owners({ ovnEips, nb: { ...NOBODY.nb, routerPorts: routerPort('ovn-cluster-external', `${A}/16`) } }).map((o) => o.kind)).toEqual(['router-port'])
  })

  test('the row a pod asks for is the pod; on another router it is somebody else’s', () => {
    const pods = [pod('web', { eip: A, ip_address: '10.16.0.3' })]
    const nats = nat('dnat_and_snat', A, '10.16.0.3')
    expect(owners({ pods, nb: { ...NOBODY.nb, nats, routers: routers({ 'ovn-cluster': [1] }) } }).map((o) => o.kind)).toEqual(['pod'])
    expect(owners({ pods, nb: { ...NOBODY.nb, nats, routers: routers({ tenant: [1] }) } }).map((o) => o.kind)).toEqual(['pod', 'nat'])
  })

  test('a finished pod has nothing, its row still has', () => {
    const pods = [pod('job', { eip: A, ip_address: '10.16.0.3' }, 'Succeeded')]
    const nb = { ...NOBODY.nb, nats: nat('dnat_and_snat', A, '10.16.0.3'), routers: routers({ 'ovn-cluster': [1] }) }
    expect(owners({ pods, nb }).map((o) => o.kind)).toEqual(['nat'])
  })

  test.each([
    ['[fd00::9]:80', 'fd00::9'],
    ['fd00::9', 'fd00::9'],
    ['[FD00:0::9]:80', 'fd00::9'],
  ])('IPv6 in a load balancer: %s', (key, text) => {
    expect(owners({ nb: { ...NOBODY.nb, loadBalancers: loadBalancer('six', key) } }, text).map((o) => o.object)).toEqual(['load balancer six'])
  })
})

test('what is no address is nobody’s, and hides nothing (R15)', () => {
  for (const junk of ['172.56.0.300', 'not-an-ip', '', ',', 7, null, {}, undefined]) {
    const parts = { spec: { v4Ip: junk, v4ip: junk, v4IpAddress: junk, externalIPs: junk, loadBalancerIP: junk, ovnEip: junk, podName: junk }, status: junk }
    const all = [object('bad', parts), object('worse', { spec: junk, status: { addresses: junk, loadBalancer: junk, externalIPs: [junk], v4Eip: junk } })]
    const found = owners({
      pods: [pod('web', { eip: String(junk), snat: 'not-an-ip' })],
      nb: { ...NOBODY.nb, nats: nat('snat', String(junk), '10.16.0.3'), loadBalancers: loadBalancer('tcp', `${junk}:80`, '[:80', '') },
      nextHop: String(junk),
      nodes: all,
      services: all,
      ovnFips: all,
      ovnSnatRules: all,
      ovnDnatRules: all,
      iptablesEips: all,
      egressGateways: [],
      ips: all,
      vips: all,
      ovnEips: [...all, eip],
      otherSites: [{ site: 'berlin', address: String(junk), what: 'it' }],
    })
    expect(found.map((o) => o.object)).toEqual(['OvnEip e'])
  }
})

describe('conflicts', () => {
  const WEB = { namespace: 'shop', name: 'web', ip: '10.16.0.3' }
  const routed = (...rows: readonly (readonly [string, string])[]): Sources['nb'] => ({
    ...NOBODY.nb,
    nats: rows.flatMap(([type, logical], i) => nat(type, A, logical, i + 1)),
    routers: routers({ 'ovn-cluster': rows.map((_, i) => i + 1) }),
  })
  const web = (annotations: Readonly<Record<string, string>>) => pod('web', { ip_address: '10.16.0.3', ...annotations })
  const api = (annotations: Readonly<Record<string, string>>) => pod('api', { ip_address: '10.16.0.4', ...annotations })

  test.each<[string, Partial<Sources>, 'eip' | 'snat', readonly string[]]>([
    ['nobody has it', {}, 'eip', []],
    ['its own EIP', { pods: [web({ eip: A })], nb: routed(['dnat_and_snat', '10.16.0.3']) }, 'eip', []],
    ['its own SNAT as EIP too', { pods: [web({ snat: A })], nb: routed(['snat', '10.16.0.3']) }, 'eip', []],
    ['an old row of its own (R12)', { pods: [web({ eip: B })], nb: routed(['dnat_and_snat', '10.16.0.3']) }, 'eip', []],
    ['an old row of a dual stack pod', { pods: [web({ ip_address: '10.16.0.3,fd00::3' })], nb: routed(['dnat_and_snat', '10.16.0.3']) }, 'eip', []],
    ['its own IP', { ips: [object('web.shop', { spec: { podName: 'web', namespace: 'shop', v4IpAddress: A } })] }, 'eip', []],
    ['another pod’s IP', { ips: [object('api.shop', { spec: { podName: 'api', namespace: 'shop', v4IpAddress: A } })] }, 'eip', ['ip']],
    ['another pod’s EIP (R14)', { pods: [web({}), api({ eip: A })], nb: routed(['dnat_and_snat', '10.16.0.4']) }, 'eip', ['pod']],
    ['another pod’s EIP as SNAT', { pods: [web({}), api({ eip: A })] }, 'snat', ['pod']],
    ['another pod’s SNAT as EIP (R9)', { pods: [web({}), api({ snat: A })] }, 'eip', ['pod']],
    ['another pod’s SNAT as SNAT (R19)', { pods: [web({}), api({ snat: A })], nb: routed(['snat', '10.16.0.4']) }, 'snat', []],
    ['a SNAT and an EIP, as SNAT', { pods: [web({}), api({ snat: A, eip: A })] }, 'snat', ['pod']],
    ['a SNAT row of nobody', { pods: [web({})], nb: routed(['snat', '10.16.0.77']) }, 'snat', ['nat']],
    ['an OvnSnatRule, as SNAT', { ovnSnatRules: [object('s', { status: { v4Eip: A } })] }, 'snat', ['ovn-snat']],
    ['an OvnEip and the row of its OvnFip', { ovnEips: [eip], nb: routed(['dnat_and_snat', '10.16.0.77']) }, 'eip', ['ovn-eip', 'nat']],
  ])('%s', (_what, found, how, kinds) => {
    const index = indexOwners({ ...NOBODY, ...found })
    const mine = found.pods?.find((p) => p.name === 'web')
    expect(conflicts(index, ip(A), { pod: { ...WEB, ip: mine?.ip }, how }).map((o) => o.kind)).toEqual(kinds)
  })

  test('a row for its address on another router is not its own', () => {
    const index = indexOwners({ ...NOBODY, nb: { ...NOBODY.nb, nats: nat('dnat_and_snat', A, WEB.ip), routers: routers({ tenant: [1] }) } })
    expect(conflicts(index, ip(A), { pod: WEB, how: 'eip' }).map((o) => o.kind)).toEqual(['nat'])
  })

  test('for nobody in particular every EIP conflicts', () => {
    const index = indexOwners({ ...NOBODY, pods: [web({ eip: A })] })
    expect(conflicts(index, ip(A), { pod: undefined, how: 'eip' })).toHaveLength(1)
  })
})

describe('for any cluster', () => {
  /** 172.56.0.0/24, so that they meet. */
  const address = fc.integer({ min: 0, max: 255 }).map((n) => `172.56.0.${n}` as Ipv4)
  const name = fc.constantFrom('web', 'api', 'db')
  const text = fc.oneof(address, fc.constantFrom('172.56.0.300', 'x', '10.16.0.3,fd00::3'))
  const annotated = fc.record({
    name,
    eip: fc.option(text, { nil: undefined }),
    snat: fc.option(text, { nil: undefined }),
    at: fc.integer({ min: 2, max: 250 }),
  })
  const rows = fc.array(fc.record({ type: fc.constantFrom('snat', 'dnat_and_snat'), external: address, at: fc.integer({ min: 2, max: 250 }) }), {
    maxLength: 8,
  })

  const podOf = ({ name: n, eip: e, snat: s, at }: { name: string; eip: string | undefined; snat: string | undefined; at: number }) =>
    pod(n, { ip_address: `10.16.0.${at}`, ...(e === undefined ? {} : { eip: e }), ...(s === undefined ? {} : { snat: s }) })

  const clusters = fc.record({
    pods: fc.uniqueArray(annotated, { selector: (p) => p.name, maxLength: 3 }).map((all) => all.map(podOf)),
    nb: rows.map((all) => ({
      ...NOBODY.nb,
      nats: all.flatMap((r, i) => nat(r.type, r.external, `10.16.0.${r.at}`, i + 1)),
      routers: routers({ 'ovn-cluster': all.map((_, i) => i + 1) }),
    })),
    ovnEips: fc.array(address).map((all) => all.map((v4Ip, i) => object(`e${i}`, { spec: { v4Ip } }))),
    nextHop: fc.option(address, { nil: undefined }),
  })

  test('an address nobody holds has no owners, one that somebody holds has', () => {
    fc.assert(
      fc.property(clusters, address, (found, asked) => {
        const sources = { ...NOBODY, ...found }
        // Every text of the cluster, read without the index.
        const held = JSON.stringify([found.pods.map((p) => [p.eip, p.snat]), found.nb.nats.map((n) => n.external_ip), found.ovnEips, found.nextHop])
        expect(indexOwners(sources).of(asked).length > 0).toBe(held.includes(`"${asked}"`))
      }),
    )
  })

  test('a pod never conflicts with itself', () => {
    fc.assert(
      fc.property(annotated, rows, address, fc.constantFrom('eip', 'snat'), (wanted, all, asked, how) => {
        const self = podOf(wanted)
        const nats = all.flatMap((r, i) => nat(r.type, r.external, self.ip ?? '', i + 1))
        const ips = [object('self', { spec: { podName: self.name, namespace: 'shop', v4IpAddress: asked } })]
        const index = indexOwners({ ...NOBODY, pods: [self], ips, nb: { ...NOBODY.nb, nats, routers: routers({ 'ovn-cluster': all.map((_, i) => i + 1) }) } })
        expect(conflicts(index, asked, { pod: self, how: how as 'eip' | 'snat' })).toEqual([])
      }),
    )
  })
})

describe('in words', () => {
  const many = (n: number) => indexOwners({ ...NOBODY, pods: Array.from({ length: n }, (_, i) => pod(`p${i}`, { snat: A })) }).of(ip(A))

  test('one', () => expect(showOwners(many(1))).toBe('SNAT of pod shop/p0'))
  test('two, each with its way out', () =>
    expect(showOwners(many(2))).toBe('SNAT of pod shop/p0 (ovngw release shop/p0 --site lab) and SNAT of pod shop/p1 (ovngw release shop/p1 --site lab)'))
  test('a thousand', () => expect(showOwners(many(1000))).toMatch(/^SNAT of pod shop\/p0 .* and 995 others$/))
})
