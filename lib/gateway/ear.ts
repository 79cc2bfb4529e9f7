/** Where to hear the external network from on a node. */
import type { Runner } from '../proc/command.ts'
import { bridgeOf, readScene, wantedGateway } from './judge-scene.ts'
import type { Look } from './look.ts'
import { type Ear, earOf } from './wire.ts'

/** The ear, or why there is none. */
export async function earOn(look: Look, node: string, runner: Runner): Promise<Ear | string> {
  const [scene, wanted, ovs, links] = await Promise.all([readScene(look), wantedGateway(look), look.ovs(node), look.links(node)])
  const bridge = bridgeOf(scene, ovs)
  if (bridge === undefined || wanted === undefined) return `${node} has no external bridge to ask from`
  return earOf(runner, bridge, wanted.nic, links, scene.parts.localnet?.tag ?? scene.settings.vlan) ?? `${node} has no MAC to ask from`
}
