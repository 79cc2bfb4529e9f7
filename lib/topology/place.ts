/** Where a finding belongs in the picture: the ids of rows and cards it may stand at, the best first. */
import { podName } from '../gateway/pods.ts'
import type { Check, Finding } from '../kernel/check.ts'
import type { TopologyFacts } from './read.ts'

export type Group = Check<never>['group']

/** Rows that a check is about whatever its object is called. */
const OF_CHECK: Readonly<Record<string, string>> = {
  'config-next-hop': 'next-hop',
  'config-address': 'address',
  'config-mac': 'mac',
  'config-vlan': 'localnet',
  'config-nodes': 'config',
  'gateway-config-applied': 'config',
  'gateway-enabled': 'config',
  'names-agree': 'localnet',
  'gateway-switch': 'localnet',
  'gateway-sync': 'switch-port',
  'gateway-router-port': 'router-port',
  'gateway-chassis': 'router-port',
  'gateway-active-chassis': 'router-port',
  'gateway-leftovers': 'router-port',
  'kube-ovn-version': 'controller',
  'controller-alive': 'controller',
  'nat-strays': 'nat:stray',
  'pod-duplicates': 'nat:eip',
}

/** Where else: by what kind of question it is. */
const OF_GROUP: Readonly<Record<Group, string>> = {
  node: 'config',
  config: 'config',
  gateway: 'router-port',
  address: 'nat:eip',
  pod: 'nat:eip',
  packet: 'next-hop',
  rights: 'controller',
}

const partOfNode = (id: string): string =>
  id.startsWith('nic-') ? 'nic' : id === 'gateway-bridge' || id === 'gateway-mapping' ? 'bridge' : id === 'gateway-patch' ? 'patch' : 'node'

export type Placing = (finding: Finding, group: Group | undefined) => readonly string[]

export function placing({ scene: { parts, nodes }, wanted, nextHop, hosts, pods }: TopologyFacts): Placing {
  const nodeNames = new Set(nodes.map((n) => n.metadata.name))
  const nodeOfPod = new Map(pods.map((p) => [podName(p), p.node]))
  const named = new Map(
    [
      [nextHop, 'next-hop'],
      [wanted?.address, 'address'],
      [wanted?.mac, 'mac'],
      [parts.switch?.name, 'switch-port'],
      [parts.localnet?.name, 'localnet'],
      [parts.switchPort?.name, 'switch-port'],
      [parts.routerPort?.name, 'router-port'],
    ].flatMap(([name, id]): [string, string][] => (name === undefined || id === undefined ? [] : [[name, id]])),
  )
  return ({ id, object = '' }, group) => {
    const [node = ''] = object.split('/')
    const rest = group === undefined ? [] : [OF_GROUP[group]]
    const own = [OF_CHECK[id], named.get(object)].filter((x) => x !== undefined)
    if (nodeOfPod.has(object)) return [`pod:${object}`, `pods:${nodeOfPod.get(object)}`, ...rest]
    if (nodeNames.has(node)) return [`${partOfNode(id)}:${node}`, `node:${node}`, ...own, ...rest]
    if (id.startsWith('nic-')) return [...hosts.map((h) => `nic:${h.name}`).slice(0, 1), ...rest]
    return [`nat:${object}`, ...own, ...rest]
  }
}
