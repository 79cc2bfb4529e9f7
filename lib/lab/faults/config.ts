/** Faults in what people tell Kube-OVN: the ConfigMap, the controller's flags, the objects beside them. */
import { CONFIG_MAP, DEPLOYMENT, type KubeObject, SUBNET, VPC } from '../../kube/port.ts'
import { CONFIG_MAP_NAME } from '../standin/config.ts'
import { awaited, DEAD, type Deed, fault } from './fault.ts'
import { changed, created, removed, type Target } from './kinds.ts'
import type { Place } from './place.ts'

const configMap = ({ names }: Place): Target => ({ resource: CONFIG_MAP, name: CONFIG_MAP_NAME, namespace: names.configNamespace })
const config = (data: Readonly<Record<string, string | null>>): Deed => changed(configMap, () => ({ data }))

const deployment = (): Target => ({ resource: DEPLOYMENT, name: 'kube-ovn-controller', namespace: 'kube-system' })
interface Container {
  readonly image: string
  readonly args: readonly string[]
}
const controller = (how: (container: Container) => Partial<Container>): Deed =>
  changed(deployment, (_place, now) => {
    const { template } = now['spec'] as { template: { spec: { containers: readonly Container[] } } }
    const containers = template.spec.containers.map((c) => ({ ...c, ...how(c) }))
    return { spec: { template: { spec: { containers } } } }
  })
const flag = (text: string): Deed => controller(({ args }) => ({ args: [...args, text] }))

/** The daemon takes the bridge away, and makes it again. */
export const withoutBridge = (deed: Deed): Deed =>
  awaited(
    deed,
    (place) => place.bridge(place.node, false),
    (place) => place.bridge(place.node, true),
  )

/** The gateway is off: what its pieces would be judged by is not asked. */
const OFF = { caught: ['gateway-config-applied'], skipped: ['gateway-enabled', 'gateway-leftovers'], link: { gateway: 'config', eip: 'config' } } as const

export const configFaults = [
  fault(
    'config-key-misspelt',
    { title: 'external-gw-addr is written external_gw_addr: Kube-OVN knows no next hop', caught: ['config-keys', 'gateway-config-applied'], fact: 'R1' },
    changed(configMap, (_place, now) => {
      const { 'external-gw-addr': address = null } = now['data'] as Record<string, string>
      return { data: { 'external-gw-addr': null, external_gw_addr: address } }
    }),
  ),
  fault(
    'config-enable-misspelt',
    { title: 'enable-external-gw is "False", which means enabled', caught: ['config-keys'], skipped: ['gateway-config-applied'], fact: 'R8' },
    config({ 'enable-external-gw': 'False' }),
  ),
  fault(
    'config-type-misspelt',
    { title: 'type is "Distributed", which means centralized', caught: ['config-keys'], fact: 'R8' },
    config({ type: 'Distributed' }),
  ),
  fault(
    'config-address-edited',
    { title: 'nic-ip is edited in the ConfigMap: ignored while the router port exists', caught: ['gateway-config-applied'], fact: 'R4' },
    config({ 'nic-ip': '172.56.0.101/16' }),
  ),
  fault(
    'config-next-hop-edited',
    { title: 'external-gw-addr is edited: pods that are routed keep the old next hop', caught: ['gateway-config-applied'], fact: 'R30' },
    config({ 'external-gw-addr': '172.56.0.9/16' }),
  ),
  fault(
    'config-node-unknown',
    {
      title: 'external-gw-nodes names a node that is none: Kube-OVN fails and retries for ever',
      caught: ['config-nodes', 'gateway-config-applied'],
      skipped: ['gateway-labels', 'gateway-bridge', ...DEAD],
      link: { gateway: 'config', eip: 'config' },
      fact: 'R6',
    },
    awaited(
      changed(configMap, ({ node }) => ({ data: { 'external-gw-nodes': `node99,${node}` } })),
      (place) => place.bridge(place.node, false),
      async (place) => {
        // What was there before the failure is no news for the controller: it has to be told anew.
        for (const value of ['1', null]) await config({ 'ovngw-touch': value }).break(place)
        await place.bridge(place.node, true)
      },
    ),
  ),
  fault(
    'gateway-disabled',
    { title: 'enable-external-gw is "false": switch, port, NAT and policies stay behind', ...OFF, fact: 'R7' },
    withoutBridge(config({ 'enable-external-gw': 'false' })),
  ),
  fault('config-deleted', { title: 'the ConfigMap is deleted: everything in OVN stays behind', ...OFF, fact: 'R7' }, withoutBridge(removed(configMap))),
  fault(
    'config-in-other-namespace',
    { title: 'a second ConfigMap where the controller never looks', caught: ['config-namespace'] },
    created(CONFIG_MAP, () => ({ metadata: { name: CONFIG_MAP_NAME, namespace: 'default' }, data: { 'enable-external-gw': 'true' } }) as unknown as KubeObject),
  ),
  fault(
    'interconnected',
    { title: 'the cluster is interconnected with others', caught: ['no-interconnect'], fact: 'R24' },
    created(
      CONFIG_MAP,
      ({ names }) => ({ metadata: { name: 'ovn-ic-config', namespace: names.configNamespace }, data: { 'enable-ic': 'true' } }) as unknown as KubeObject,
    ),
  ),
  fault(
    'extra-external-subnets',
    { title: 'extraExternalSubnets on the default VPC: the ConfigMap is ignored', caught: ['config-extra-subnets'], fact: 'R8' },
    changed(
      ({ names }) => ({ resource: VPC, name: names.router }),
      () => ({ spec: { extraExternalSubnets: ['other'] } }),
    ),
  ),
  fault(
    'eip-snat-off',
    { title: 'the controller runs with --enable-eip-snat=false', caught: ['config-eip-snat'], fact: 'R20' },
    flag('--enable-eip-snat=false'),
  ),
  fault(
    'vlan-flag-wrong',
    { title: 'the controller is told another VLAN than the localnet port has', caught: ['config-vlan'], fact: 'R36' },
    flag('--external-gateway-vlanid=7'),
  ),
  fault(
    'net-flag-differs',
    { title: '--external-gateway-net is no name of a bridge mapping', caught: ['names-agree'], fact: 'R36' },
    flag('--external-gateway-net=other'),
  ),
  fault(
    'version-unknown',
    { title: 'Kube-OVN is upgraded to a version nobody looked at', caught: ['kube-ovn-version'] },
    controller(({ image }) => ({ image: image.replace(/:.*$/, ':v1.99.0') })),
  ),
  fault(
    'pool-in-subnet',
    { title: 'a Subnet on the external network may hand out the pool’s addresses', caught: ['pool-excluded'] },
    created(
      SUBNET,
      ({ names }) =>
        ({ metadata: { name: names.switch }, spec: { cidrBlock: '172.56.0.0/16', gateway: '172.56.0.1', protocol: 'IPv4' } }) as unknown as KubeObject,
    ),
  ),
]
