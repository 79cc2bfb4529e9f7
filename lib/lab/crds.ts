/** The Kube-OVN types ovngw reads, and KWOK's Exec, as CRDs that take any field: the lab's stand-in for the real schemas. */
import type { KubeObject, Resource } from '../kube/port.ts'
import type { Api } from './api.ts'
import { until } from './exec.ts'
import type { Profile } from './state.ts'

const CRD: Resource = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false }
const own = (kind: string, plural: string, namespaced = false): Resource => ({ group: 'kubeovn.io', version: 'v1', kind, plural, namespaced })
export const EXEC: Resource = { group: 'kwok.x-k8s.io', version: 'v1alpha1', plural: 'execs', kind: 'Exec', namespaced: true }

const V1_5 = [own('Vpc', 'vpcs'), own('Subnet', 'subnets'), own('IP', 'ips'), own('ProviderNetwork', 'provider-networks'), own('Vlan', 'vlans')]
const V1_11 = [
  own('Vip', 'vips'),
  own('OvnEip', 'ovn-eips'),
  own('OvnFip', 'ovn-fips'),
  own('OvnSnatRule', 'ovn-snat-rules'),
  own('IptablesEIP', 'iptables-eips'),
]
const V1_16 = [own('OvnDnatRule', 'ovn-dnat-rules'), own('VpcEgressGateway', 'vpc-egress-gateways', true)]

/** An old Kube-OVN does not have the newer types at all: their list answers 404. */
const kindsOf = (profile: Profile): Resource[] => [...V1_5, ...(profile === 'v1.5' ? [] : V1_11), ...(profile === 'v1.16.2' ? V1_16 : [])]

const ANY = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

const crd = ({ group, version, plural, kind, namespaced }: Resource): KubeObject => ({
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: ANY } }],
  },
})

export async function applyCrds(api: Api, profile: Profile, signal: AbortSignal): Promise<void> {
  const kinds = [...kindsOf(profile), EXEC]
  await Promise.all(kinds.map((kind) => api.apply(CRD, crd(kind))))
  await until(
    'the Kube-OVN types',
    async () => {
      const listed = await Promise.all(
        kinds.map((k) =>
          api.call('GET', `/apis/${k.group}/${k.version}/${k.plural}?limit=1`).then(
            () => true,
            () => false,
          ),
        ),
      )
      return listed.every(Boolean) ? true : undefined
    },
    { signal },
  )
}
