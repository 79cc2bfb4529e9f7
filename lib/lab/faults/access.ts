/** Faults of the user's way to the cluster: rights, certificate, server, leader labels. The lab's own parts keep theirs. */
import { POD } from '../../kube/port.ts'
import { makeUser, writeKubeconfig } from '../certs.ts'
import { makeExpired } from '../expired.ts'
import { files } from '../paths.ts'
import { both, type Deed, fault } from './fault.ts'
import { changed, created } from './kinds.ts'
import { leaderMoved } from './leader.ts'
import type { Place } from './place.ts'

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false }
const CLUSTER_ROLE = { ...RBAC, kind: 'ClusterRole', plural: 'clusterroles' }
const CLUSTER_ROLE_BINDING = { ...RBAC, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings' }
const LIMITED = 'limited'

/** The lab's kubeconfig with another user or server in it. */
const kubeconfig = (prepare: (place: Place) => Promise<{ readonly user?: string; readonly server?: string }>): Deed => {
  const write = ({ lab, api }: Place, { user = 'admin', server = api.server }): Promise<void> => {
    const at = files(lab.dir)
    return writeKubeconfig(at.kubeconfig, { certs: at.certs, server, context: lab.name, user })
  }
  return {
    break: async (place) => {
      await write(place, await prepare(place))
      return null
    },
    mend: (place) => write(place, {}),
  }
}

/** Everything of Kube-OVN but OvnFips. */
const KINDS = ['vpcs', 'subnets', 'ovn-eips', 'ovn-snat-rules', 'ovn-dnat-rules', 'iptables-eips', 'vpc-egress-gateways', 'ips', 'vips', 'provider-networks']
const role = created(CLUSTER_ROLE, () => ({
  metadata: { name: LIMITED },
  rules: [
    { apiGroups: ['', 'apps', 'coordination.k8s.io'], resources: ['*'], verbs: ['*'] },
    { apiGroups: ['kubeovn.io'], resources: KINDS, verbs: ['*'] },
  ],
}))
const binding = created(CLUSTER_ROLE_BINDING, () => ({
  metadata: { name: LIMITED },
  roleRef: { apiGroup: RBAC.group, kind: 'ClusterRole', name: LIMITED },
  subjects: [{ apiGroup: RBAC.group, kind: 'User', name: LIMITED }],
}))

/** Who reads the northbound, or what is found by it. */
const IN_OVN = [
  ...[
    'gateway-switch',
    'gateway-sync',
    'gateway-router-port',
    'gateway-chassis',
    'gateway-active-chassis',
    'gateway-bridge',
    'gateway-mapping',
    'gateway-patch',
  ],
  ...['ovn-follows', 'config-mac', 'config-vlan', 'names-agree', 'nic-not-in-other-bridge', 'pod-reach', 'pod-address-values', 'pod-duplicates', 'pod-nat'],
  ...['pod-policy', 'routed-truth', 'nat-strays', 'address-valid', 'address-free', 'address-silent', 'outside-answers', 'neighbour-mac'],
]

export const accessFaults = [
  fault(
    'right-missing',
    { title: 'you may not list OvnFips: rows of theirs would look like strays', caught: ['rights'], skipped: ['nat-strays', 'address-free'], fact: 'R34' },
    both(
      both(role, binding),
      kubeconfig(async ({ lab }) => {
        await makeUser(files(lab.dir).certs, { name: LIMITED, groups: [] })
        return { user: LIMITED }
      }),
    ),
  ),
  fault(
    'certificate-expired',
    { title: 'your client certificate has expired', caught: ['api-answers'], skipped: 'unseen' },
    kubeconfig(async ({ lab }) => {
      await makeExpired(files(lab.dir).certs, 'expired')
      return { user: 'expired' }
    }),
  ),
  fault(
    'api-unreachable',
    { title: 'nothing answers at the API server’s address', caught: ['api-answers'], skipped: 'unseen' },
    kubeconfig(async () => ({ server: 'https://127.0.0.1:1' })),
  ),
  fault(
    'leader-lost',
    { title: 'no pod has the label of the northbound’s leader: an election that does not end', caught: ['ovn-answers'], skipped: IN_OVN },
    changed(
      () => ({ resource: POD, name: 'ovn-central-0', namespace: 'kube-system' }),
      () => ({ metadata: { labels: { 'ovn-nb-leader': null } } }),
    ),
  ),
  fault('leader-moved', { title: 'another server leads the northbound than the one with the label', caught: ['ovn-answers'], skipped: IN_OVN }, leaderMoved),
]
