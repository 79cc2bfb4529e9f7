/** Network namespaces and the cables between them. The machine's own namespace gets no link and no address. */
import { must } from './exec.ts'
import { mac, nodeNetns, OUTSIDE, UNDERLAY } from './paths.ts'
import type { Lifted } from './state.ts'
import type { Tools } from './tools.ts'

/** A virtual cable: one end in a node, the other in the namespace of the switches, plugged into `bridge`. */
interface Cable {
  readonly netns: string
  readonly dev: string
  readonly mac: string
  readonly peer: string
  readonly bridge: 'under' | 'wan'
}

const batch = (lines: readonly string[], netns?: string): Promise<string> =>
  must(['ip', ...(netns === undefined ? [] : ['-n', netns]), '-batch', '-'], { stdin: `${lines.join('\n')}\n` })

/**
 * NS-wire: Linux bridges `under` (the nodes' network, 10.250.0.0/24) and `wan` (172.56.0.0/16). NS-outside: the outside host on `wan`.
 * Each node: eth0 on `under`, eth1 on `wan`; node1 also has eth2, plugged into nothing.
 */
export async function buildWires(lab: Lifted, tools: Tools): Promise<void> {
  const ns = (node: string): string => nodeNetns(lab.name, node)
  const [wire, outside] = [ns('wire'), ns('outside')]
  const cables: Cable[] = [
    ...lab.nodes.flatMap((node, i): Cable[] => [
      { netns: ns(node), dev: 'eth0', mac: mac(0x20, i + 1), peer: `${node}-eth0`, bridge: 'under' },
      { netns: ns(node), dev: 'eth1', mac: mac(0x21, i + 1), peer: `${node}-eth1`, bridge: 'wan' },
    ]),
    { netns: outside, dev: 'eth0', mac: mac(0x22, 1), peer: 'outside', bridge: 'wan' },
  ]
  const spare = { netns: ns(lab.nodes[0] ?? 'node1'), dev: 'eth2' }
  await batch([wire, outside, ...lab.nodes.map(ns)].map((n) => `netns add ${n}`))
  await batch(
    [
      'link set lo up',
      ...['under', 'wan'].map((b) => `link add ${b} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`),
      ...cables.map((c) => `link add ${c.peer} type veth peer name ${c.dev} address ${c.mac} netns ${c.netns}`),
      `link add spare type veth peer name ${spare.dev} netns ${spare.netns}`,
      ...cables.map((c) => `link set ${c.peer} master ${c.bridge} up`),
      ...['under', 'wan'].map((b) => `link set ${b} up`),
      `address add ${UNDERLAY.gateway}/${UNDERLAY.prefix} dev under`,
    ],
    wire,
  )
  await Promise.all([
    ...lab.nodes.map(async (node) => {
      await batch(['link set lo up', 'link set eth0 up', 'link set eth1 up'], ns(node))
      await must([tools.get('ip') ?? 'ip', 'netns', 'exec', ns(node), tools.get('sh') ?? 'sh', '-c', NO_ARP])
    }),
    batch(['link set lo up', 'link set eth0 up', `address add ${OUTSIDE.address}/${OUTSIDE.prefix} dev eth0`], outside),
    ...cables.flatMap((c) => [checksumsOff(tools, c.netns, c.dev), checksumsOff(tools, wire, c.peer)]),
    checksumsOff(tools, wire, 'under'),
  ])
}

/** The kernel still sees what arrives on a NIC that sits in a userspace bridge, and would answer ARP for the bridge's address, a second time. */
const NO_ARP = 'for nic in eth0 eth1; do echo 1 >/proc/sys/net/ipv4/conf/$nic/arp_ignore; done'

/**
 * A userspace datapath forwards packets whose checksum the kernel left to hardware that is not there: ping works, TCP never connects
 * (reality.md, "A lab on one Linux machine").
 */
export const checksumsOff = (tools: Tools, netns: string, dev: string): Promise<string> =>
  must([tools.get('ip') ?? 'ip', 'netns', 'exec', netns, tools.get('ethtool') ?? 'ethtool', '-K', dev, 'tx', 'off'])
