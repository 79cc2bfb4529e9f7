/** Faults of pods' addresses: annotations, what Kube-OVN makes of them, and the rows in OVN. */
import { OVN_EIP, POD, SUBNET } from '../../kube/port.ts'
import { openLab } from '../lab.ts'
import { EIP, ROUTED, SNAT } from '../standin/pod.ts'
import { awaited, type Deed, fault } from './fault.ts'
import { changed, inOvn } from './kinds.ts'
import type { Place } from './place.ts'

/** Annotations of the pod with an EIP or with a SNAT; `routed: null` has the controller look at it. */
const annotated = (kind: 'eip' | 'snat', annotations: (place: Place) => Promise<Readonly<Record<string, string | null>>>): Deed =>
  changed(
    async (place) => {
      const { namespace, name } = await place.pod(kind)
      return { resource: POD, namespace, name }
    },
    async (place) => ({ metadata: { annotations: await annotations(place) } }),
  )

/** The documented way. When it is taken back the controller looks again too. */
const again = (kind: 'eip' | 'snat', own: (place: Place) => Promise<Readonly<Record<string, string | null>>>): Deed => {
  const deed = annotated(kind, async (place) => ({ ...(await own(place)), [ROUTED]: null }))
  return {
    break: async (place) => {
      const done = await deed.break(place)
      await place.sync()
      return done
    },
    mend: async (place, done) => {
      const { target, back } = done as { target: never; back: { metadata: { annotations: Readonly<Record<string, string>> } } }
      await deed.mend(place, { target, back: { metadata: { annotations: { ...back.metadata.annotations, [ROUTED]: null as never } } } })
      await place.sync()
    },
  }
}

const router = ({ names }: Place): string => names.router
const policyOf = (ip: string): readonly [string, string] => ['29250', `ip4.src == ${ip}`]

export const podFaults = [
  fault(
    'eip-junk',
    {
      title: 'an EIP that is no address: routed=true, and no NAT',
      caught: ['pod-address-values'],
      skipped: ['pod-nat', 'routed-truth', 'eip-from-outside'],
      link: { snat: 'annotation' },
      fact: 'R15',
    },
    again('snat', async () => ({ [EIP]: '172.56.0.300' })),
  ),
  fault(
    'eip-is-next-hop',
    {
      title: 'a pod is given the physical gateway’s address: the next hop is hijacked',
      caught: ['pod-address-values'],
      skipped: ['outside-answers', 'eip-from-outside'],
      link: { gateway: 'next-hop', snat: 'annotation' },
      fact: 'R15',
    },
    again('snat', async () => ({ [EIP]: '172.56.0.1' })),
  ),
  fault(
    'eip-twice',
    {
      title: 'two pods ask for one EIP: the second gets routed=true and no NAT',
      caught: ['pod-duplicates'],
      skipped: ['pod-nat', 'routed-truth', 'address-free'],
      link: { snat: 'annotation' },
      fact: 'R14',
    },
    again('snat', async (place) => ({ [EIP]: (await place.pod('eip')).address })),
  ),
  fault(
    'snat-is-eip',
    { title: 'a pod’s SNAT address is another pod’s EIP', caught: ['pod-duplicates'], skipped: ['address-free'], fact: 'R19' },
    again('snat', async (place) => ({ [SNAT]: (await place.pod('eip')).address })),
  ),
  fault(
    'eip-changed-routed-kept',
    {
      title: 'an EIP is changed and routed is kept: nothing happens',
      caught: ['pod-nat'],
      skipped: ['routed-truth', 'eip-from-outside', 'leaves-as'],
      link: { eip: 'nat' },
      fact: 'R13',
    },
    annotated('eip', async () => ({ [EIP]: '172.56.0.222' })),
  ),
  fault(
    'eip-old-row-left',
    {
      title: 'an EIP is changed the documented way: the old address still reaches the pod',
      caught: ['pod-nat'],
      perhaps: ['leaves-as'], // of two rows of one pod OVN takes either for what it sends
      fact: 'R12',
    },
    awaited(
      again('eip', async () => ({ [EIP]: '172.56.0.222' })),
      async () => undefined,
      async (place) => {
        await place.nb('--if-exists', 'lr-nat-del', router(place), 'dnat_and_snat', '172.56.0.222') // taken back, it leaves a row again
        await place.sync()
      },
    ),
  ),
  fault(
    'snat-taken-away',
    {
      title: 'the SNAT annotation is removed: the policy stays, packets leave untranslated',
      caught: ['pod-policy'],
      link: { snat: 'annotation' },
      fact: 'R17',
    },
    again('snat', async () => ({ [SNAT]: null })),
  ),
  fault(
    'eip-taken-by-object',
    { title: 'an OvnEip object has a pod’s EIP', caught: ['address-free'], skipped: ['address-valid', 'pod-address-values'], link: { eip: 'annotation' } },
    {
      break: async (place) => {
        const { address } = await place.pod('eip')
        await place.api.apply(OVN_EIP, { metadata: { name: 'rival' }, spec: { v4Ip: address, type: 'nat' }, status: { v4Ip: address } })
        return null
      },
      mend: ({ api }) => api.remove(OVN_EIP, 'rival'),
    },
  ),
  fault(
    'subnet-underlay',
    { title: 'the pods’ Subnet is an underlay: annotations have no effect', caught: ['pod-reach'], link: { eip: 'annotation' }, fact: 'R20' },
    changed(
      ({ names }) => ({ resource: SUBNET, name: names.defaultSubnet }),
      () => ({ spec: { vlan: 'vlan7' } }),
    ),
  ),
  fault(
    'controller-restarted',
    {
      title: 'the controller restarted: the reroute policies of all pods are gone',
      caught: ['pod-policy'],
      skipped: ['eip-from-outside', 'leaves-as'],
      link: { eip: 'path', snat: 'path' },
      fact: 'R31',
    },
    awaited(
      {
        break: async ({ lab }) => {
          const open = await openLab(lab.name)
          await open.restartController().finally(() => open.close())
          return null
        },
        mend: async (place) => {
          for (const kind of ['eip', 'snat'] as const) {
            const deed = annotated(kind, async () => ({ [ROUTED]: null }))
            await deed.break(place)
          }
        },
      },
      (place) => place.sync(),
      (place) => place.sync(),
    ),
  ),
  fault(
    'nat-row-deleted',
    {
      title: 'a pod’s NAT row is deleted: nobody puts it back',
      caught: ['pod-nat'],
      skipped: ['routed-truth', 'eip-from-outside', 'leaves-as'],
      link: { eip: 'nat' },
      fact: 'R26',
    },
    inOvn(async (place) => ['lr-nat-del', router(place), 'dnat_and_snat', (await place.pod('eip')).address]),
  ),
  fault(
    'nat-stray',
    { title: 'a NAT row of a pod that is gone: the next pod with its address is reachable', caught: ['nat-strays'], fact: 'R18' },
    inOvn((place) => ['lr-nat-add', router(place), 'dnat_and_snat', '172.56.0.239', '10.16.200.200']),
  ),
  fault(
    'policy-deleted',
    {
      title: 'a pod’s reroute policy is deleted: its node’s policy takes the packets, untranslated',
      caught: ['pod-policy'],
      skipped: ['eip-from-outside', 'leaves-as'],
      link: { eip: 'path' },
      fact: 'R31',
    },
    inOvn(async (place) => {
      const { namespace, name, node, ip } = await place.pod('eip')
      const port = (await place.nb('--bare', '--columns=_uuid', 'find', 'Logical_Switch_Port', `name=${name}.${namespace}`)).trim()
      return ['lr-policy-del', router(place), ...policyOf(ip), '--', 'add', 'Port_Group', `ovn.default.${node}`, 'ports', port]
    }),
  ),
  fault(
    'next-hop-wrong',
    {
      title: 'a pod’s reroute policy leads to another next hop',
      caught: ['pod-policy'],
      skipped: ['eip-from-outside', 'leaves-as'],
      link: { eip: 'path' },
      fact: 'R30',
    },
    inOvn(async (place) => {
      const [priority, match] = policyOf((await place.pod('eip')).ip)
      const uuid = await place.nb('--bare', '--columns=_uuid', 'find', 'Logical_Router_Policy', `priority=${priority}`, `match="${match}"`)
      return ['set', 'Logical_Router_Policy', uuid.trim(), 'nexthops="172.56.0.9"']
    }),
  ),
  fault(
    'policy-stray',
    { title: 'a reroute policy of an address no pod has', caught: ['pod-policy'], fact: 'R17' },
    inOvn((place) => ['lr-policy-add', router(place), ...policyOf('10.16.200.200'), 'reroute', '172.56.0.1']),
  ),
]
