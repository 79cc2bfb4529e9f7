/**
 * Healthy clusters of every shape that product.md names ("Silent on healthy clusters of every shape"): the recorded healthy gateway, changed
 * to that shape. Every check is run, those that send packets too (everybody answers): none finds anything.
 */
import { describe, expect, test } from 'vitest'
import { parseSite } from '../../../lib/inventory/parse.ts'
import { runChecks } from '../../../lib/kernel/checks.ts'
import type { KubeObject } from '../../../lib/kube/port.ts'
import { checks } from '../../../tasks/checks/index.ts'
import { natStrays } from '../../../tasks/checks/nat-strays.ts'
import { contextOf, GATEWAY, SITE } from '../../golden/session.ts'
import { sound } from '../../topology/scenes.ts'
import { type Recording, wrong } from './recorded-look.ts'

type Table = Recording['nb'][string]
type Link = Record<string, unknown>
interface Shape {
  readonly change: (made: Recording) => void
  readonly gateway?: object
  readonly cluster?: object
  /** Default s27: centralized on node1. */
  readonly scene?: string
}

const host = (made: Recording, node: string): Recording['hosts'][string] => {
  const found = made.hosts[node]
  if (found === undefined) throw new Error(`no ${node}`)
  return found
}
const link = (made: Recording, node: string, name: string): Link => host(made, node).address.find((l) => l['ifname'] === name) ?? {}
const table = (of: Record<string, Table>, name: string): Table => {
  const found = of[name]
  if (found === undefined) throw new Error(`no table ${name}`)
  return found
}
/** Changes cells of the rows that fit. */
function set(of: Table, fits: Link, cells: Link): void {
  const at = (column: string): number => of.headings.indexOf(column)
  const rows = of.data.filter((row) => Object.entries(fits).every(([k, v]) => row[at(k)] === v))
  expect(rows.length, JSON.stringify(fits)).toBeGreaterThan(0)
  for (const row of rows) for (const [k, v] of Object.entries(cells)) row[at(k)] = v
}
/** Words of the recording by others, wherever they are. */
function renamed(made: Recording, pairs: readonly (readonly [RegExp, string])[]): void {
  const { nb, sb, hosts, nodes, vpcs, configMap } = made
  const all = pairs.reduce((text, [what, by]) => text.replaceAll(what, by), JSON.stringify({ nb, sb, hosts, nodes, vpcs, configMap }))
  Object.assign(made, JSON.parse(all))
}

const UP = ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']
let index = 90
const device = (ifname: string, more: Link = {}): Link => ({
  ...{ ifindex: index++, ifname, flags: UP, mtu: 1500, link_type: 'ether', address: '52:54:00:00:00:01', addr_info: [] },
  ...more,
})
const address = (local: string): Link => ({ addr_info: [{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen: 24 }] })
const kind = (info_kind: string, more: Link = {}): Link => ({ linkinfo: { info_kind, ...more } })
const member = (master: string): Link => ({ master, linkinfo: { info_kind: 'veth', info_slave_kind: 'bond' } })
const system = (name: string, rest: object = {}, namespace = 'kube-system'): KubeObject => ({
  metadata: { name, namespace },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  spec: { hostNetwork: true, nodeName: 'node1' },
  ...rest,
})
const READY = (is: boolean): object => ({ status: { conditions: [{ type: 'Ready', status: is ? 'True' : 'False' }] } })

/** eth1 is called otherwise: in OVS, on the host and in the ConfigMap. */
const called = (made: Recording, nic: string): void => renamed(made, [[/\beth1\b/g, nic]])

/** A node whose datapath is the kernel's: bridges of type system, the NIC a member of ovs-system. */
function kernelNode(made: Recording, node: string): void {
  set(table(host(made, node).ovs, 'Bridge'), {}, { datapath_type: 'system' })
  Object.assign(link(made, node, 'eth1'), { master: 'ovs-system', linkinfo: { info_kind: 'veth', info_slave_kind: 'openvswitch' } })
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'as recorded: userspace datapath, centralized': { change: () => undefined },
  'every labelled node a gateway (distributed)': { scene: 's23', gateway: { type: 'distributed', nodes: ['node1', 'node2'] }, change: () => undefined },
  'three controllers, one of them still starting': {
    change: (made) => {
      made.others['controller-pods'] = [0, 1, 2].map((i) => system(`kube-ovn-controller-${i}`, READY(i !== 2)))
    },
  },
  'HA central: three, each on its own node': {
    change: (made) => void made.pods.push(...['1', '2'].map((i) => system(`ovn-central-${i}`))),
  },
  'kernel datapath': { change: (made) => kernelNode(made, 'node1') },
  'DPDK and kernel nodes mixed': {
    scene: 's23',
    gateway: { type: 'distributed', nodes: ['node1', 'node2'] },
    change: (made) => kernelNode(made, 'node2'),
  },
  'more NICs than needed: free, with addresses, down': {
    change: (made) =>
      void host(made, 'node1').address.push(device('eth2'), device('eth3', address('192.0.2.7')), device('eth4', { flags: ['BROADCAST', 'MULTICAST'] })),
  },
  'VLAN children on the NIC': {
    change: (made) =>
      void host(made, 'node1').address.push(device('eth1.30', { link: 'eth1', ...address('192.0.2.9'), ...kind('vlan', { info_data: { id: 30 } }) })),
  },
  'a bond as NIC': {
    gateway: { nic: 'bond0' },
    change: (made) => {
      called(made, 'bond0')
      Object.assign(link(made, 'node1', 'bond0'), kind('bond'))
      host(made, 'node1').address.push(device('ens1', member('bond0')), device('ens2', member('bond0')))
    },
  },
  'a VLAN sub-interface of the management NIC as NIC': {
    gateway: { nic: 'eth0.200' },
    change: (made) => {
      called(made, 'eth0.200')
      Object.assign(link(made, 'node1', 'eth0.200'), { link: 'eth0', ...kind('vlan', { info_data: { id: 200 } }) })
    },
  },
  'link-local IPv6 on the NIC': { change: (made) => Object.assign(link(made, 'node1', 'eth1'), address('fe80::1')) },
  'Kube-OVN in a namespace of its own, the ConfigMap in another': {
    change: (made) => {
      made.namespace = 'kube-ovn'
      made.flags = ['--external-gateway-config-ns=network']
      for (const pod of made.pods) if (pod.metadata.namespace === 'kube-system') Object.assign(pod.metadata, { namespace: 'kube-ovn' })
      Object.assign(made.configMap?.metadata ?? {}, { namespace: 'network' })
    },
  },
  'other names of switch and network': {
    change: (made) => {
      made.flags = ['--external-gateway-switch=uplink', '--external-gateway-net=uplink']
      renamed(made, [[/\bexternal\b(?![_-]gw|-gw)/g, 'uplink']])
      renamed(made, [[/enable-uplink/g, 'enable-external']])
    },
  },
  'another cluster router': {
    change: (made) => {
      made.flags = ['--cluster-router=main']
      renamed(made, [[/\bovn-cluster\b(?=")/g, 'main']])
      Object.assign(made.vpcs[0]?.metadata ?? {}, { name: 'ovn-cluster' })
    },
  },
  'a provider network and an underlay Subnet on the same bridge': {
    change: (made) => {
      made.others['provider-networks'] = [{ metadata: { name: 'external' }, spec: { defaultInterface: 'eth1' } }]
      made.subnets.push({
        metadata: { name: 'under' },
        spec: { cidrBlock: '192.0.2.0/24', gateway: '192.0.2.1', vlan: 'v0', vpc: 'ovn-cluster', provider: 'ovn' },
      })
      const [switches, ports] = [table(made.nb, 'Logical_Switch'), table(made.nb, 'Logical_Switch_Port')]
      const copy = (of: Table, fits: string, cells: Link): void => {
        const model = of.data.find((r) => r[of.headings.indexOf('name')] === fits)
        if (model === undefined) throw new Error(`no ${fits}`)
        of.data.push(of.headings.map((h, i) => cells[h] ?? model[i]))
      }
      const [sw, port] = [1, 2].map((n) => ['uuid', `20000000-0000-4000-8000-00000000000${n}`])
      copy(ports, 'localnet.external', { _uuid: port, name: 'localnet.under', tag: 100 })
      copy(switches, 'external', { _uuid: sw, name: 'under', ports: port })
    },
  },
  // An annotated pod of two stacks is another matter: Kube-OVN cannot serve it (R20).
  'nodes of two stacks, and pods that ask for nothing': {
    change: (made) => {
      for (const [i, node] of made.nodes.entries())
        (node['status'] as { addresses: object[] }).addresses.push({ type: 'InternalIP', address: `fd00:250::${i + 11}` })
      made.pods.push({
        metadata: { name: 'dual', namespace: 'batch', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.9.2,fd00:10:16::2' } },
        spec: { nodeName: 'node2' },
      })
    },
  },
  'a worker that is down, and one that is no chassis': {
    change: (made) => void made.nodes.push({ metadata: { name: 'node3' }, ...READY(false) }, { metadata: { name: 'windows' }, ...READY(true) }),
  },
  'pods of every sort without an annotation': {
    change: (made) =>
      void made.pods.push(
        {
          metadata: { name: 'job', namespace: 'batch', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.9.1' } },
          spec: { nodeName: 'node2' },
          status: { phase: 'Succeeded' },
        },
        { metadata: { name: 'new', namespace: 'batch' }, spec: {}, status: { phase: 'Pending' } },
        { metadata: { name: 'proxy', namespace: 'batch' }, spec: { nodeName: 'node2', hostNetwork: true }, status: { phase: 'Running', podIP: '10.250.0.12' } },
      ),
  },
}

describe.each(Object.entries(SHAPES))('%s', (_name, { change, gateway, cluster, scene }) => {
  test('no check finds anything', async () => {
    const made = sound(scene)
    change(made)
    const site = {
      ...SITE,
      cluster: { ...SITE.cluster, ...cluster },
      gateway: { ...GATEWAY, ...gateway },
      ...(scene === undefined ? {} : { assignments: [] }),
    }
    const ctx = await contextOf({ ...made, site: parseSite(JSON.stringify(site), 'inventory/lab.yaml') })
    // Strays are looked for twice; nothing changes in a recording.
    const all = checks.map((c) => (c.check.id === natStrays.check.id ? natStrays({ gapMs: 0 }) : c({})))
    const findings = await runChecks(all, ctx, () => undefined)
    expect(wrong(findings), JSON.stringify(findings.filter((f) => ['fail', 'warn', 'unknown'].includes(f.outcome)).map((f) => f.detail))).toEqual([])
    expect(findings.filter((f) => f.outcome === 'pass').length).toBeGreaterThan(45)
  })
})
