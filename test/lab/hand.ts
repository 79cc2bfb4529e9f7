/** What a person without ovngw does to pods, as kubectl writes it: ovngw sees somebody else's annotations. And who answers then. */
import { expect } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { POD } from '../../lib/kube/port.ts'
import { performer } from '../standin/world.ts'
import type { Desk } from './desk.ts'

export const EIP = 'ovn.kubernetes.io/eip'
export const SNAT = 'ovn.kubernetes.io/snat'
export const ROUTED = 'ovn.kubernetes.io/routed'
export const IP = 'ovn.kubernetes.io/ip_address'

export interface Hand {
  /** `kubectl annotate --overwrite` of a pod in `default`, until Kube-OVN has dealt with it; null takes an annotation away. */
  annotate(pod: string, annotations: Readonly<Record<string, string | null>>): Promise<void>
  /** `kubectl delete pod`, until Kube-OVN has dealt with it. */
  remove(pod: string): Promise<void>
  isRouted(pod: string): Promise<boolean>
  close(): Promise<void>
}

export async function byHand({ lab, world }: Desk): Promise<Hand> {
  const kube = await connect({ kubeconfig: lab.kubeconfig, fieldManager: 'kubectl-annotate' })
  const ref = (name: string): { namespace: string; name: string } => ({ namespace: 'default', name })
  const act = performer(
    {
      ...world,
      annotatePod: async (name, annotations) => (await kube.patch(POD, ref(name), { metadata: { annotations } })).metadata.resourceVersion ?? '0',
    },
    lab.nodes,
  )
  return {
    annotate: async (pod, annotations) => {
      await act({ op: 'annotate', pod, annotations })
      await act({ op: 'wait' })
    },
    remove: async (pod) => {
      await act({ op: 'delete-pods', pods: [pod] })
      await act({ op: 'wait' })
    },
    isRouted: async (pod) => (await kube.get(POD, ref(pod))).metadata.annotations?.[ROUTED] === 'true',
    close: () => kube.close(),
  }
}

/** Who answers the outside host at an address: flows follow a change of OVN a moment later. */
export const answering = (desk: Desk, expected: Readonly<Record<string, boolean>>): Promise<void> =>
  expect
    .poll(async () => Object.fromEntries(await Promise.all(Object.keys(expected).map(async (a) => [a, await desk.answers(a)] as const))), { timeout: 10_000 })
    .toEqual(expected)
