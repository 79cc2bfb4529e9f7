/** The gateway's own links: what all its pods have in common, on every node that should carry it. */
import type { Ctx } from '../define.ts'
import { nicTargets } from '../gateway/judge-nic-view.ts'
import { readScene } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import type { BoundCheck } from '../kernel/check.ts'
import { activeChassis } from '../ovn/sb.ts'
import { ovnController } from './ask-tunnel.ts'
import { hear, nextHopAnswers } from './ask-wire.ts'
import { beside, besideIf, type CheckOf, type Link, once } from './link.ts'
import { exitNodes } from './subject.ts'

type OnNodes = { readonly nodes: readonly string[]; readonly nic: string }

/** The gateway's NIC on these nodes. */
export async function nicArgs(look: Look, nodes: readonly string[]): Promise<OnNodes> {
  return { nodes: [...nodes], nic: (await nicTargets(look, {}))?.nic ?? '' }
}

export const bridgeChecks = (check: CheckOf, on: OnNodes): readonly BoundCheck<Ctx>[] =>
  ['gateway-mapping', 'gateway-bridge', 'gateway-patch'].map((id) => check(id, { ...on, nodes: [...on.nodes] }))
export const nicChecks = (check: CheckOf, on: OnNodes): readonly BoundCheck<Ctx>[] =>
  ['nic-exists', 'nic-up'].map((id) => check(id, { ...on, nodes: [...on.nodes] }))

export const configLink = (check: CheckOf): Link => ({
  id: 'config',
  title: 'Kube-OVN is told to make the gateway, and knows the next hop',
  tells: ['config-next-hop'],
  checks: () => [
    check('gateway-enabled', { required: true }),
    check('config-next-hop'),
    check('config-eip-snat'),
    check('config-extra-subnets'),
    ...['config-keys', 'config-nodes', 'gateway-config-applied'].map((id) => beside(check(id))),
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
    configLink(check),
    { id: 'controller', title: 'Kube-OVN’s controller runs', tells: ['controller-alive'], checks: () => [check('controller-alive')] },
    routerLink(look, check),
    {
      id: 'chassis',
      title: 'a gateway node carries the router port, its ovn-controller works',
      tells: ['gateway-active-chassis'],
      checks: async () => {
        const [{ parts }, sb, { nodes }] = await Promise.all([readScene(look), look.sb(), wanted()])
        const active = parts.routerPort === undefined ? undefined : activeChassis(sb, parts.routerPort.name)
        return [
          ...['node-exists', 'node-chassis'].map((id) => check(id)),
          besideIf(active !== undefined, check('gateway-active-chassis')),
          ...['gateway-chassis', 'gateway-labels'].map((id) => beside(check(id))),
          ovnController({ nodes: [...nodes] }),
        ]
      },
    },
    {
      id: 'bridge',
      title: 'the external bridge is mapped, patched to br-int and has the NIC',
      tells: ['gateway-bridge'],
      checks: async () => bridgeChecks(check, await wanted()),
    },
    { id: 'nic', title: 'the NIC is there, up, and has a carrier', tells: ['nic-up'], checks: async () => nicChecks(check, await wanted()) },
    { id: 'next-hop', title: 'the next hop answers on the wire', tells: ['next-hop-answers'], checks: () => [nextHopAnswers(listen)] },
    { id: 'back', title: 'the outside reaches the router port', tells: ['outside-answers'], checks: () => [check('outside-answers')] },
  ]
}
