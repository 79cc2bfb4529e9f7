/** The gateway's own links: what all its pods have in common, on every node that should carry it. */

import type { Ctx } from '../define.ts'
import { exitNode, exitNodes } from '../gateway/exit.ts'
import { nicTargets } from '../gateway/judge-nic-view.ts'
import { bridgeOf, isLabelled, readScene, wantedGateway, wantedNodes } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import type { BoundCheck } from '../kernel/check.ts'
import { isError } from '../kernel/errors.ts'
import { ovnController } from './ask-tunnel.ts'
import { hear, nextHopAnswers } from './ask-wire.ts'
import { beside, besideIf, type CheckOf, type Link, once } from './link.ts'

type OnNodes = { readonly nodes: readonly string[]; readonly nic: string }

/** The gateway's NIC on these nodes. */
export async function nicArgs(look: Look, nodes: readonly string[]): Promise<OnNodes> {
  return { nodes: [...nodes], nic: (await nicTargets(look, {}))?.nic ?? '' }
}

/** A label too many or one of another node stops no packet; without its own the daemon takes a node's bridge away. */
export const bridgeChecks = async (look: Look, check: CheckOf, on: OnNodes): Promise<readonly BoundCheck<Ctx>[]> => [
  besideIf(!(await isUnlabelled(look, on.nodes)), check('gateway-labels')),
  ...['gateway-mapping', 'gateway-bridge', 'gateway-patch'].map((id) => check(id, { ...on, nodes: [...on.nodes] })),
]
export const nicChecks = (check: CheckOf, on: OnNodes): readonly BoundCheck<Ctx>[] =>
  ['nic-exists', 'nic-up'].map((id) => check(id, { ...on, nodes: [...on.nodes] }))

/** Of these nodes, else of all that should carry the gateway, one lacks the label. */
async function isUnlabelled(look: Look, on?: readonly string[]): Promise<boolean> {
  const [wanted, nodes] = await Promise.all([wantedGateway(look), look.nodes()])
  const names = wanted === undefined ? [] : wantedNodes(wanted, nodes)
  return nodes.some((n) => (on ?? names).includes(n.metadata.name) && names.includes(n.metadata.name) && !isLabelled(n))
}

/** The node where the router port is active has a way out, be it the wanted one or not (R5). Where it is not to be seen it may have. */
export async function carriesOut(look: Look): Promise<boolean> {
  const [scene, exit] = await Promise.all([readScene(look), exitNode(look)])
  if (exit === undefined) return false
  try {
    return bridgeOf(scene, await look.ovs(exit)) !== undefined
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    return true
  }
}

/** Rows in NB are a wish: northd and every ovn-controller have to follow. */
export const flowsLink = (check: CheckOf): Link => ({
  id: 'flows',
  title: 'what OVN was told has reached the gateway’s nodes',
  tells: ['ovn-follows'],
  checks: () => [check('ovn-follows')],
})

export const configLink = (look: Look, check: CheckOf): Link => ({
  id: 'config',
  title: 'Kube-OVN is told to make the gateway, and knows the next hop',
  tells: ['config-next-hop'],
  checks: async () => [
    check('gateway-enabled', { required: true }),
    check('config-next-hop'),
    check('config-eip-snat'),
    check('config-extra-subnets'),
    // A name that is no node's hurts when Kube-OVN has tried to build anew: then the other nodes lose their labels (R6).
    besideIf(!(await isUnlabelled(look)), check('config-nodes')),
    ...['config-keys', 'gateway-config-applied'].map((id) => beside(check(id))),
  ],
})

export const routerLink = (look: Look, check: CheckOf): Link => ({
  id: 'router',
  title: 'the router has a port on the external switch',
  tells: ['gateway-router-port'],
  checks: async () => {
    const { parts } = await readScene(look)
    // A port with another address than wanted still carries packets (R4).
    return [check('gateway-switch'), check('gateway-sync'), besideIf(parts.routerPort !== undefined, check('gateway-router-port'))]
  },
})

export function gatewayLinks(ctx: Ctx, check: CheckOf): readonly Link[] {
  const look = ctx.look()
  const wanted = async (): Promise<OnNodes> => (await nicTargets(look, {})) ?? { nodes: [], nic: '' }
  const listen = once(async () => hear(ctx, (await exitNodes(look))[0] ?? '', []))
  return [
    configLink(look, check),
    { id: 'controller', title: 'Kube-OVN’s controller runs', tells: ['controller-alive'], checks: () => [check('controller-alive')] },
    routerLink(look, check),
    {
      id: 'chassis',
      title: 'a gateway node carries the router port, its ovn-controller works',
      tells: ['gateway-active-chassis'],
      checks: async () => {
        const { nodes } = await wanted()
        return [
          ...['node-exists', 'ovs-runs', 'node-chassis'].map((id) => check(id)),
          besideIf(await carriesOut(look), check('gateway-active-chassis')),
          beside(check('gateway-chassis')),
          ovnController({ nodes: [...nodes] }),
        ]
      },
    },
    flowsLink(check),
    {
      id: 'bridge',
      title: 'the external bridge is mapped, patched to br-int and has the NIC',
      tells: ['gateway-bridge'],
      checks: async () => bridgeChecks(look, check, await wanted()),
    },
    { id: 'nic', title: 'the NIC is there, up, and has a carrier', tells: ['nic-up'], checks: async () => nicChecks(check, await wanted()) },
    { id: 'next-hop', title: 'the next hop answers on the wire', tells: ['next-hop-answers'], checks: () => [nextHopAnswers(listen)] },
    { id: 'back', title: 'the outside reaches the router port', tells: ['outside-answers'], checks: () => [check('neighbour-mac'), check('outside-answers')] },
  ]
}
