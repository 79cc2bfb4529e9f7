/** The node packets leave by. */
import { tolerated } from '../kernel/errors.ts'
import { activeChassis } from '../ovn/sb.ts'
import { chassisOf, readScene, wantedGateway, wantedNodes } from './judge-scene.ts'
import type { Look } from './look.ts'
import type { PodView } from './pods.ts'

/** Node that carries outside packets now: where the router port is active; a pod with an EIP of a distributed gateway leaves by its own (R21). */
export async function exitNode(look: Look, pod?: PodView): Promise<string | undefined> {
  const wanted = await wantedGateway(look)
  if (wanted?.type === 'distributed' && pod?.eip !== undefined) return pod.node
  const [{ parts, nodes }, sb] = await Promise.all([readScene(look), look.sb()])
  const active = parts.routerPort === undefined ? undefined : activeChassis(sb, parts.routerPort.name)
  return active === undefined ? undefined : (nodes.find((n) => chassisOf(n) === active.name)?.metadata.name ?? active.hostname)
}

/** The node packets leave by, else every node that should carry the gateway. */
export async function exitNodes(look: Look, pod?: PodView): Promise<readonly string[]> {
  const [exit, wanted] = await Promise.all([exitNode(look, pod), wantedGateway(look)])
  if (exit !== undefined) return [exit]
  return wanted === undefined ? [] : wantedNodes(wanted, await look.nodes())
}

/** The same, for telling which failures can be a packet's: where it is not to be seen, none is told from the others. */
export const wayOut = async (look: Look, pod?: PodView): Promise<readonly string[]> => (await tolerated(exitNodes(look, pod))) ?? []
