/** Looking at the NIC of every gateway node: what all checks of the node group start from. */
import type { CheckResult } from '../kernel/check.ts'
import { skip } from '../kernel/check.ts'
import type { KubeObject } from '../kube/port.ts'
import type { NicView } from './judge-nic.ts'
import { nicExists, nicName } from './judge-nic.ts'
import { perObject } from './judge-results.ts'
import { NOTHING_WANTED, wantedGateway, wantedNodes } from './judge-scene.ts'
import type { Look } from './look.ts'

/** Which nodes and NIC: as given, else as wanted. */
export type NicArgs = { readonly nodes?: readonly string[]; readonly nic?: string }

export interface NicTargets {
  readonly nodes: readonly string[]
  readonly nic: string
}

export async function nicTargets(look: Look, { nodes, nic }: NicArgs): Promise<NicTargets | undefined> {
  if (nodes !== undefined && nic !== undefined) return { nodes, nic }
  const wanted = await wantedGateway(look)
  if (wanted === undefined) return undefined
  return { nodes: nodes ?? wantedNodes(wanted, await look.nodes()), nic: nic ?? wanted.nic }
}

export async function nicView(look: Look, node: string, nic: string): Promise<NicView> {
  const [links, routes, ovs, nodes] = await Promise.all([look.links(node), look.routes(node), look.ovs(node), look.nodes()])
  return {
    node,
    nic,
    link: links.find((l) => l.name === nic),
    interface: ovs.interfaces.find((i) => i.name === nic),
    links,
    routes,
    ovs,
    internalIps: internalIps(nodes.find((n) => n.metadata.name === node)),
  }
}

export function internalIps(node: KubeObject | undefined): readonly string[] {
  const addresses = (node?.['status'] as { addresses?: readonly { type: string; address: string }[] } | undefined)?.addresses ?? []
  return addresses.filter((a) => a.type === 'InternalIP').map((a) => a.address)
}

/** Judges the NIC on every gateway node that exists; object `node1/eth1`. */
export async function perNic(look: Look, args: NicArgs, judge: (view: NicView) => CheckResult | Promise<CheckResult>): Promise<readonly CheckResult[]> {
  const targets = await nicTargets(look, args)
  if (targets === undefined) return [skip(NOTHING_WANTED)]
  if (targets.nodes.length === 0) return [skip('no gateway node is named or labelled')]
  const known = (await look.nodes()).map((n) => n.metadata.name)
  const { nic } = targets
  return perObject(
    targets.nodes,
    (node) => nicName({ node, nic }),
    async (node) => (known.includes(node) ? judge(await nicView(look, node, nic)) : skip(`${node} is no node of the cluster (node-exists)`)),
  )
}

/** Like `perNic`, for questions that make sense only where the NIC is there. */
export const perPresentNic = (look: Look, args: NicArgs, judge: (view: NicView) => CheckResult | Promise<CheckResult>): Promise<readonly CheckResult[]> =>
  perNic(look, args, (view) => (nicExists(view) ? judge(view) : skip(`${view.node} has no ${view.nic} (nic-exists)`)))

/** Judges every gateway node; object is its name. */
export async function perNode(
  look: Look,
  args: NicArgs,
  judge: (node: KubeObject | undefined, name: string) => CheckResult | Promise<CheckResult>,
): Promise<readonly CheckResult[]> {
  const wanted = args.nodes === undefined ? await wantedGateway(look) : undefined
  const nodes = await look.nodes()
  const names = args.nodes ?? (wanted === undefined ? undefined : wantedNodes(wanted, nodes))
  if (names === undefined) return [skip(NOTHING_WANTED)]
  return perObject(
    names,
    (name) => name,
    (name) =>
      judge(
        nodes.find((n) => n.metadata.name === name),
        name,
      ),
  )
}
