/** Questions about a node's bridges, answered from the OVS tables. */
import { type Gateway, namesFor } from '../ovn/find.ts'
import type { Bridge, Interface, OvsTables, Port } from './vsctl.ts'

export const MAPPINGS_KEY = 'ovn-bridge-mappings'

/** `external:br-external,other:br-other` as network → bridge. Malformed members are left out, as ovn-controller does. */
export function parseMappings(text: string | undefined): ReadonlyMap<string, string> {
  const pairs = (text ?? '').split(',').map((m) => /^([^:]+):(.+)$/.exec(m.trim()))
  return new Map(pairs.flatMap((m) => (m?.[1] === undefined || m[2] === undefined ? [] : [[m[1], m[2]] as const])))
}

export const mappingsOf = (ovs: OvsTables): ReadonlyMap<string, string> => parseMappings(ovs.openVswitch.external_ids[MAPPINGS_KEY])

export const portsOf = (ovs: OvsTables, bridge: Bridge): readonly Port[] => ovs.ports.filter((p) => bridge.ports.includes(p.uuid))
export const interfacesOf = (ovs: OvsTables, port: Port): readonly Interface[] => ovs.interfaces.filter((i) => port.interfaces.includes(i.uuid))

/** A device of the host or a DPDK device: a way out of the bridge. Pod interfaces (`iface-id`) are devices too, but lead inwards. */
export const isUplink = ({ type, external_ids }: Interface): boolean =>
  (type === '' || type === 'system' || type.startsWith('dpdk') || type.startsWith('afxdp')) && external_ids['iface-id'] === undefined

/** A bridge's physical ways out; two of them that are no bond are a loop (R9). */
export const uplinksOf = (ovs: OvsTables, bridge: Bridge): readonly Interface[] =>
  portsOf(ovs, bridge)
    .flatMap((p) => interfacesOf(ovs, p))
    .filter(isUplink)

/** The bridge that holds a NIC, alone or in a bond (R10: Kube-OVN deletes a bridge to take its NIC). */
export const bridgeHolding = (ovs: OvsTables, nic: string): Bridge | undefined =>
  ovs.bridges.find((b) => portsOf(ovs, b).some((p) => interfacesOf(ovs, p).some((i) => i.name === nic)))

export interface FoundBridge {
  readonly bridge: Bridge
  /** `patch`: it has the patch port of the localnet; `mapping`: the node maps the network to it; `name`: it is called as Kube-OVN would (`br-` + switch). */
  readonly foundBy: 'patch' | 'mapping' | 'name'
}

type Wanted = { readonly switch: { readonly name: string }; readonly localnet?: Pick<Gateway['localnet'], 'name' | 'networkName'> | undefined }

/** The bridge of the external switch on this node, by what is really connected first; undefined when there is none. */
export function externalBridge(ovs: OvsTables, { switch: sw, localnet }: Wanted): FoundBridge | undefined {
  const patched = localnet === undefined ? undefined : ovs.bridges.find((b) => patchOf(ovs, b, localnet.name) !== undefined)
  if (patched !== undefined) return { bridge: patched, foundBy: 'patch' }
  const mapped = ovs.bridges.find((b) => localnet !== undefined && b.name === mappingsOf(ovs).get(localnet.networkName))
  if (mapped !== undefined) return { bridge: mapped, foundBy: 'mapping' }
  const named = ovs.bridges.find((b) => b.name === namesFor(sw.name, '').bridge)
  return named === undefined ? undefined : { bridge: named, foundBy: 'name' }
}

/** A bridge's end of the patch to br-int. ovn-controller names both ends after the localnet port; the end outside br-int is `patch-LOCALNET-to-…`. */
export const patchOf = (ovs: OvsTables, bridge: Bridge, localnet: string): Interface | undefined =>
  portsOf(ovs, bridge)
    .filter((p) => p.name.startsWith(`patch-${localnet}-to-`))
    .flatMap((p) => interfacesOf(ovs, p))
    .find((i) => i.type === 'patch')
