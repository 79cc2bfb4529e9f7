/**
 * Telling the outside where the gateway is now. Kube-OVN's switch port to the router has no `nat-addresses`, so OVN announces no NAT address,
 * and a NIC that takes another's place in the bridge makes OVN announce nothing at all (R29): neighbours and switches would go on sending to
 * the old MAC or port until their entries expire.
 */
import { asError, isError } from '../kernel/errors.ts'
import { arpAnnouncement } from '../net/arp.ts'
import { type Ipv4, isIpv4 } from '../net/ip.ts'
import { type Mac, parseMac } from '../net/mac.ts'
import { answer } from '../ovn/call.ts'
import type { Gateway } from '../ovn/find.ts'
import { activeChassis, type SbTables } from '../ovn/sb.ts'
import type { Nat } from '../ovn/tables.ts'
import { externalBridge, patchOf } from '../ovs/bridge.ts'
import { FRAMES, forwardFrames } from '../ovs/commands.ts'
import { natsOf } from './judge.ts'
import { chassisOf, hostOf, tryIp } from './judge-scene.ts'
import type { Look } from './look.ts'
import type { Hands } from './restore.ts'

/** An address, the MAC that answers for it, and the UUID of the chassis from which it does. */
interface Place {
  readonly address: Ipv4
  readonly mac: Mac
  readonly chassis: string
}

type Here = Pick<Hands, 'signal' | 'node' | 'lookAgain'>

/**
 * Sends an ARP announcement for the router port's and every NAT address, or for those of `addresses`, from the node that answers for it.
 * Keeps no state anywhere. What cannot be sent is told and is no failure: neighbours learn by themselves, later.
 */
export async function announce(here: Here, addresses: readonly string[] | 'all', tell: (text: string) => void): Promise<void> {
  if (addresses.length === 0) return
  try {
    await send(here, addresses)
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    tell(`not announced, neighbours learn later: ${asError(error).message}`)
  }
}

async function send({ signal, node: at, lookAgain }: Here, addresses: readonly string[] | 'all'): Promise<void> {
  const look = lookAgain()
  const gateway = await look.gateway()
  if (gateway === undefined) return
  const [nb, sb, nodes] = await Promise.all([look.nb(), look.sb(), look.nodes()])
  const stations = stationsOf(gateway, natsOf(nb, gateway.router.name), sb).filter((s) => addresses === 'all' || addresses.includes(s.address))
  for (const node of nodes) {
    const chassis = sb.chassis.find((c) => c.name === chassisOf(node))?.uuid
    const own = stations.filter((s) => s.chassis === chassis)
    const { name } = node.metadata
    for (const command of own.length === 0 ? [] : await commandsFor(look, name, gateway, own)) await answer(at(name), command, { signal })
  }
}

/** Addresses with the MAC and place that answer for them: the router port's on the active chassis, a distributed EIP's where its pod is (R21). */
function stationsOf({ routerPort }: Gateway, nats: readonly Nat[], sb: SbTables): readonly Place[] {
  const active = activeChassis(sb, routerPort.name)?.uuid
  const port = parseMac(routerPort.mac)
  const placeOf = new Map(sb.portBindings.map((b) => [b.logical_port, b.chassis]))
  const all = [
    ...routerPort.networks.map((n) => ({ address: hostOf(n), mac: port, chassis: active })),
    ...nats
      .filter((n) => n.type !== 'dnat')
      .map((n) => {
        const own = n.external_mac !== null && n.logical_port !== null
        return {
          address: tryIp(n.external_ip),
          mac: own ? parseMac(n.external_mac ?? '') : port,
          chassis: own ? placeOf.get(n.logical_port ?? '') : active,
        }
      }),
  ]
  const whole = all.flatMap(({ address, mac, chassis }): readonly Place[] =>
    address === undefined || !isIpv4(address) || chassis === undefined || chassis === null ? [] : [{ address, mac, chassis }],
  )
  return [...new Map(whole.map((s) => [s.address, s])).values()]
}

async function commandsFor(look: Look, node: string, gateway: Gateway, stations: readonly Place[]): Promise<ReturnType<typeof forwardFrames>[]> {
  const ovs = await look.ovs(node)
  const bridge = externalBridge(ovs, gateway)?.bridge
  const port = bridge === undefined ? undefined : patchOf(ovs, bridge, gateway.localnet.name)?.ofport
  if (bridge === undefined || port === undefined || port === null || port <= 0) return []
  const frames = stations.map(({ address, mac }) => arpAnnouncement({ address, mac, vlan: gateway.localnet.tag ?? 0 }))
  return Array.from({ length: Math.ceil(frames.length / FRAMES) }, (_, i) => forwardFrames(bridge.name, port, frames.slice(i * FRAMES, (i + 1) * FRAMES)))
}
