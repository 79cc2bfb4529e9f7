/** Has a node let go of the NIC after the gateway was taken from it? */
import { externalBridge } from '../ovs/bridge.ts'
import type { Look } from './look.ts'
import { GATEWAY_LABEL } from './names.ts'
import type { NotYet } from './until.ts'

/**
 * On a userspace datapath the daemon leaves the bridge as it is (R7): the label is all there is to see there; on the kernel's the bridge has
 * to be gone.
 */
export async function notLetGo(look: Look, nodes: readonly string[]): Promise<NotYet> {
  const [objects, parts, settings] = await Promise.all([look.nodes(), look.parts(), look.settings()])
  const labelled = nodes.find((n) => objects.find((o) => o.metadata.name === n)?.metadata.labels?.[GATEWAY_LABEL] === 'true')
  if (labelled !== undefined) return `the controller has not taken the label from ${labelled} yet`
  const wanted = { switch: parts.switch ?? { name: settings.switch }, localnet: parts.localnet }
  const bridges = await Promise.all(nodes.map(async (node) => ({ node, found: externalBridge(await look.ovs(node), wanted) })))
  const held = bridges.find(({ found }) => found !== undefined && found.bridge.datapath_type !== 'netdev')
  return held === undefined ? undefined : `${held.node} still has ${held.found?.bridge.name}`
}
