/** The way of one pod's packets, link by link: from its annotation to the wire and back. */
import type { Ctx } from '../define.ts'
import { exitNode, exitNodes } from '../gateway/exit.ts'
import { podName } from '../gateway/pods.ts'
import type { PodRef } from '../inventory/site.ts'
import { podAcl, podTraced } from './ask-acl.ts'
import { podAnnotated, podRouted } from './ask-pod.ts'
import { podPort } from './ask-port.ts'
import { ovnController, tunnelTo } from './ask-tunnel.ts'
import { hear, nextHopAnswers, ownAnswers } from './ask-wire.ts'
import { bridgeChecks, carriesOut, configLink, flowsLink, nicArgs, nicChecks, routerLink } from './gateway-links.ts'
import { beside, besideIf, type CheckOf, grave, type Link, once } from './link.ts'
import { subjectOf } from './subject.ts'

export interface PodOptions {
  /** Ask OVN's own trace too. */
  readonly probe: boolean
}

export function podLinks(ctx: Ctx, { namespace, name }: PodRef, check: CheckOf, { probe }: PodOptions): readonly Link[] {
  const ref = { namespace, name }
  const pods = { pods: [podName(ref)] }
  const look = ctx.look()
  const subject = (): ReturnType<typeof subjectOf> => subjectOf(look, ref)
  const exit = async (): Promise<string | undefined> => exitNode(look, (await subject()).pod)
  const onExit = async () => nicArgs(look, await exitNodes(look, (await subject()).pod))
  const addresses = async (): Promise<readonly string[]> => [(await subject()).pod].flatMap((p) => [p.eip ?? [], p.snat ?? []].flat())
  const listen = once(async () => hear(ctx, (await exitNodes(look, (await subject()).pod))[0] ?? '', await addresses()))
  return [
    {
      id: 'annotation',
      title: 'the pod asks for an address it can have',
      tells: ['pod-annotated'],
      checks: async () => {
        const { translated } = await subject()
        return [podAnnotated(ref), check('pod-reach', pods), check('pod-address-values', pods), besideIf(translated, check('pod-duplicates', pods))]
      },
    },
    configLink(look, check),
    {
      id: 'controller',
      title: 'Kube-OVN’s controller has dealt with the pod',
      checks: async () => [besideIf((await subject()).translated, check('controller-alive')), podRouted(ref)],
    },
    {
      id: 'port',
      title: 'the pod’s port is bound, and no ACL drops what it sends',
      tells: ['pod-port'],
      checks: () => [podPort(ref), podAcl({ ...ref, way: 'out' })],
    },
    {
      id: 'nat',
      title: 'OVN translates the pod’s address',
      tells: ['pod-nat'],
      // Rows too many are wrong and stop no packet (R12).
      checks: async () => [besideIf((await subject()).translated, check('pod-nat', pods)), check('routed-truth', pods)],
    },
    {
      id: 'path',
      title: 'a policy or route leads the pod’s packets to the next hop',
      tells: ['pod-policy', 'ovn-trace'],
      checks: () => [check('pod-policy', pods), ...(probe ? [podTraced(ref)] : [])],
    },
    routerLink(look, check),
    {
      id: 'chassis',
      title: 'a gateway node carries the router port, its ovn-controller works',
      tells: ['gateway-active-chassis'],
      checks: async () => {
        const { pod } = await subject()
        const ends = [...new Set([...(await exitNodes(look, pod)), ...(pod.node === undefined ? [] : [pod.node])])]
        return [
          check('ovs-runs', { nodes: ends }),
          besideIf(await carriesOut(look), check('gateway-active-chassis')),
          beside(check('gateway-chassis')),
          ovnController({ nodes: ends }),
        ]
      },
    },
    flowsLink(check),
    {
      id: 'tunnel',
      title: 'the pod’s node reaches the gateway’s node',
      tells: ['tunnel'],
      checks: async () => [tunnelTo({ from: (await subject()).pod.node ?? null, to: (await exit()) ?? null })],
    },
    {
      id: 'bridge',
      title: 'the external bridge is mapped, patched to br-int and has the NIC',
      tells: ['gateway-bridge'],
      checks: async () => bridgeChecks(look, check, await onExit()),
    },
    { id: 'nic', title: 'the NIC is there, up, and has a carrier', tells: ['nic-up'], checks: async () => nicChecks(check, await onExit()) },
    { id: 'next-hop', title: 'the next hop answers on the wire', tells: ['next-hop-answers'], checks: () => [nextHopAnswers(listen)] },
    {
      id: 'back',
      title: 'answers find their way back to the pod',
      tells: ['address-answers', 'eip-from-outside', 'leaves-as'],
      checks: async () => {
        const { pod } = await subject()
        return [
          ownAnswers(listen, await addresses()),
          check('neighbour-mac'),
          check('outside-answers'),
          ...(pod.eip === undefined ? [] : [podAcl({ ...ref, way: 'in' }), check('eip-from-outside', pods)]),
          check('leaves-as', pods),
        ]
      },
    },
    {
      id: 'size',
      title: 'packets as large as the pod sends pass whole',
      tells: ['large-packets'],
      checks: async () => [check('nic-mtu', { ...(await onExit()), nodes: [...(await onExit()).nodes] }), grave(check('large-packets', pods))],
    },
  ]
}
