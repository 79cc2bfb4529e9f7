/** Cards of the way from the outside to the router. */

import { policiesOf, rerouted } from '../gateway/judge.ts'
import { networkOf, type Scene } from '../gateway/judge-scene.ts'
import { networkCidr } from '../net/cidr.ts'
import { externalBridge, type FoundBridge, interfacesOf, mappingsOf, patchOf, portsOf, uplinksOf } from '../ovs/bridge.ts'
import type { Interface, OvsTables } from '../ovs/vsctl.ts'
import type { Card, Row } from './model.ts'
import type { Host, TopologyFacts } from './read.ts'

export const row = (id: string, label: string, ...value: readonly (string | undefined)[]): Row => ({
  id,
  label,
  value: value.filter((v) => v !== undefined && v !== '').join(' · '),
  marks: [],
})

const MISSING = 'not there'

export function outsideCard({ nextHop, network }: TopologyFacts): Card {
  const rows = [row('next-hop', 'next hop', nextHop ?? 'none named')]
  return { id: 'outside', kind: 'outside', title: 'outside', note: network === undefined ? '' : `network ${networkCidr(network)}`, marks: [], rows }
}

export function configCard({ scene: { settings }, wanted, enabled }: TopologyFacts): Card {
  const state = !enabled ? 'off' : wanted === undefined ? 'on' : wanted.type
  return {
    id: 'kube-ovn',
    kind: 'config',
    title: settings.version === undefined ? 'Kube-OVN' : `Kube-OVN ${settings.version}`,
    note: enabled ? 'gateway enabled' : 'gateway not enabled',
    marks: [],
    rows: [row('controller', 'controller', settings.namespace), row('config', 'config', state, wanted?.nodes.map((n) => n.name).join(', '))],
  }
}

export function nodeCard({ scene, wanted }: TopologyFacts, host: Host): Card {
  const { name, ovs, active, priority, labelled } = host
  const distributed = wanted?.type === 'distributed' && labelled
  const role = active ? 'active' : distributed ? 'distributed' : priority === undefined ? (labelled ? 'labelled, no chassis' : 'no chassis') : 'standby'
  const found =
    ovs === undefined ? undefined : externalBridge(ovs, { switch: { name: scene.parts.switch?.name ?? scene.settings.switch }, localnet: scene.parts.localnet })
  return {
    id: `node:${name}`,
    kind: 'node',
    title: name,
    state: active || distributed ? 'active' : 'standby',
    note: priority === undefined ? role : `${role}, priority ${priority}`,
    marks: [],
    rows: [nicRow(host, found, wanted?.nic), bridgeRow(scene, name, ovs, found), patchRow(scene, name, ovs, found)],
  }
}

const UNREAD = 'could not be read'

function nicRow({ name, ovs, links }: Host, found: FoundBridge | undefined, wanted: string | undefined): Row {
  const uplinks = ovs === undefined || found === undefined ? [] : uplinksOf(ovs, found.bridge)
  const nics = uplinks.length > 0 ? uplinks.map((u) => u.name) : wanted === undefined || wanted === '' ? [] : [wanted]
  const [nic, second] = nics
  if (nic === undefined) return row(`nic:${name}`, 'NIC', 'none')
  if (second !== undefined) return row(`nic:${name}`, 'NIC', nics.join(', '), 'two ways out')
  return row(`nic:${name}`, 'NIC', nic, ...nicState(nic, uplinks[0], links))
}

function nicState(nic: string, uplink: Interface | undefined, links: Host['links']): readonly string[] {
  const link = links?.find((l) => l.name === nic)
  if (link !== undefined) return [link.up ? (link.carrier ? 'up' : 'no carrier') : 'down', `MTU ${link.mtu}`]
  if (uplink?.error != null) return ['cannot be opened']
  return [links === undefined ? UNREAD : MISSING]
}

function bridgeRow(scene: Scene, name: string, ovs: OvsTables | undefined, found: FoundBridge | undefined): Row {
  if (ovs === undefined) return row(`bridge:${name}`, 'bridge', UNREAD)
  const mapped = mappingsOf(ovs).get(networkOf(scene))
  if (found === undefined) return row(`bridge:${name}`, 'bridge', MISSING)
  return row(`bridge:${name}`, 'bridge', found.bridge.name, mapped === found.bridge.name ? `for ${networkOf(scene)}` : 'not mapped')
}

function patchRow({ parts: { localnet } }: Scene, name: string, ovs: OvsTables | undefined, found: FoundBridge | undefined): Row {
  if (ovs === undefined) return row(`patch:${name}`, 'patch', UNREAD)
  const patch = found === undefined || localnet === undefined ? undefined : patchOf(ovs, found.bridge, localnet.name)
  if (patch === undefined) return row(`patch:${name}`, 'patch', MISSING)
  const peer = ovs.bridges.find((b) => portsOf(ovs, b).some((p) => interfacesOf(ovs, p).some((i) => i.name === patch.options['peer'])))
  return row(
    `patch:${name}`,
    'patch',
    patch.error === null ? `to ${peer?.name ?? 'nowhere'}` : 'error',
    found?.bridge.datapath_type === 'netdev' ? 'userspace' : undefined,
  )
}

export function switchCard({ scene: { parts, settings } }: TopologyFacts): Card {
  const { localnet, switchPort } = parts
  return {
    id: 'switch',
    kind: 'switch',
    title: `switch ${parts.switch?.name ?? settings.switch}`,
    state: parts.switch === undefined ? 'absent' : undefined,
    note: parts.shared.length === 0 ? '' : `shared with ${parts.shared.length} more`,
    marks: [],
    rows: [
      localnet === undefined
        ? row('localnet', 'localnet', MISSING)
        : row('localnet', 'localnet', `network ${localnet.networkName}`, localnet.tag === null ? 'untagged' : `VLAN ${localnet.tag}`),
      row('switch-port', 'port', switchPort?.name ?? MISSING),
    ],
  }
}

export function routerCard({ scene: { parts, settings, nb } }: TopologyFacts): Card {
  const { routerPort } = parts
  const policies = policiesOf(nb, settings.router).filter((p) => rerouted(p) !== undefined)
  const networks = routerPort?.networks ?? []
  return {
    id: 'router',
    kind: 'router',
    title: `router ${parts.router?.name ?? settings.router}`,
    state: routerPort === undefined ? 'absent' : undefined,
    note: policies.length === 0 ? '' : `${policies.length} next-hop ${policies.length === 1 ? 'policy' : 'policies'}`,
    marks: [],
    rows: [
      row('router-port', 'port', routerPort?.name ?? MISSING),
      ...(routerPort === undefined ? [] : [row('address', 'address', networks.join(', ')), row('mac', 'MAC', routerPort.mac)]),
    ],
  }
}
