/**
 * One look at the cluster: every source is read at most once, when first asked for (architecture.md, law 12). Checks and plans of one
 * step share a look and so speak of one moment. A failed read rejects for everyone who asks: it is never an empty answer.
 */
import { type SiteAddress, siteAddresses } from '../inventory/neighbours.ts'
import type { Site } from '../inventory/site.ts'
import { isError } from '../kernel/errors.ts'
import {
  CONFIG_MAP,
  IP,
  IPTABLES_EIP,
  type Kube,
  type KubeObject,
  NODE,
  OVN_DNAT_RULE,
  OVN_EIP,
  OVN_FIP,
  OVN_SNAT_RULE,
  POD,
  type Resource,
  SERVICE,
  SUBNET,
  VIP,
  VPC,
  VPC_EGRESS_GATEWAY,
} from '../kube/port.ts'
import { findGateway, findParts, type Gateway, type GatewayParts } from '../ovn/find.ts'
import { type NbTables, readNb } from '../ovn/nb.ts'
import { type Progress, readProgress } from '../ovn/progress.ts'
import { readSb, type SbTables } from '../ovn/sb.ts'
import { type Link, type Route, readLinks, readRoutes } from '../ovs/node.ts'
import { type OvsTables, readOvs } from '../ovs/vsctl.ts'
import type { Runner } from '../proc/command.ts'
import { CONFIG_NAME, DEFAULT_VPC, INTERCONNECT_NAME, MEMORY_NAME } from './names.ts'
import { type PodView, podView, slimPod } from './pods.ts'
import { readSettings, type Settings } from './settings.ts'

export interface Look {
  readonly site: Site
  /** The controller's namespace, flags, version. */
  settings(): Promise<Settings>
  /** ConfigMap ovn-external-gw-config where the controller reads it; undefined when absent. */
  configMap(): Promise<KubeObject | undefined>
  /** ConfigMap ovngw-addresses beside it: which address of a pool was whose. */
  addressMemory(): Promise<KubeObject | undefined>
  /** ConfigMap ovn-ic-config (R24). */
  interconnect(): Promise<KubeObject | undefined>
  nodes(): Promise<readonly KubeObject[]>
  /** Fixed addresses that other site files beside this one give away on the same outside network. */
  otherSites(): Promise<readonly SiteAddress[]>
  /** Every pod of the cluster. */
  pods(): Promise<readonly PodView[]>
  /** The default VPC. */
  vpc(): Promise<KubeObject | undefined>
  subnets(): Promise<readonly KubeObject[]>
  ovnEips(): Promise<readonly KubeObject[]>
  ovnFips(): Promise<readonly KubeObject[]>
  ovnSnatRules(): Promise<readonly KubeObject[]>
  ovnDnatRules(): Promise<readonly KubeObject[]>
  /** OvnFip and OvnSnatRule objects: owners of NAT rows that are not ours (R34). */
  natOwners(): Promise<readonly KubeObject[]>
  /** EIPs of VPC NAT gateways. */
  iptablesEips(): Promise<readonly KubeObject[]>
  egressGateways(): Promise<readonly KubeObject[]>
  /** Every address Kube-OVN gave a pod, a node or a VM. */
  ips(): Promise<readonly KubeObject[]>
  vips(): Promise<readonly KubeObject[]>
  services(): Promise<readonly KubeObject[]>
  nb(): Promise<NbTables>
  sb(): Promise<SbTables>
  /** How far northd and every chassis have followed. */
  progress(): Promise<Progress>
  ovs(node: string): Promise<OvsTables>
  links(node: string): Promise<readonly Link[]>
  routes(node: string): Promise<readonly Route[]>
  /** The external switch, router port, localnet and chassis, by flag, then by structure; undefined when there is none. */
  gateway(): Promise<Gateway | undefined>
  /** Every piece of a gateway that is there, also when it is none (leftovers: R7, R28). */
  parts(): Promise<GatewayParts>
  /** What is made from this look and dear to make: once under its name. */
  once<T>(name: string, make: () => Promise<T>): Promise<T>
}

export interface LookSources {
  readonly site: Site
  readonly kube: Kube
  readonly nb: Runner
  readonly sb: Runner
  /** Asked when a read begins. */
  signal(): AbortSignal
  /** Told that a read failed: the look answers with that failure from then on. */
  failed?: (() => void) | undefined
  /** The other site files beside this one. */
  others(): Promise<readonly Site[]>
  /** Known beforehand (no controller to ask); else read. */
  readonly settings?: Settings | undefined
  node(name: string): Runner
}

export function createLook(from: LookSources): Look {
  const kept = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) as Promise<T> | undefined
    if (known !== undefined) return known
    const reading = read()
    reading.catch(() => from.failed?.())
    kept.set(key, reading)
    return reading
  }
  const { site, kube } = from
  const listed = async (resource: Resource): Promise<readonly KubeObject[]> => (await kube.list(resource, { signal: from.signal() })).items
  const list = (resource: Resource): Promise<readonly KubeObject[]> => once(resource.plural, () => listed(resource))
  /** Of a type that older Kube-OVN does not have (a list answers 404 for nothing else) there are none; denied and unreachable stay errors. */
  const listKnown = (resource: Resource): Promise<readonly KubeObject[]> =>
    once(resource.plural, () =>
      listed(resource).catch((error: unknown) => {
        if (isError(error, 'NOT_FOUND')) return []
        throw error
      }),
    )
  const settings = (): Promise<Settings> => once('settings', async () => from.settings ?? readSettings(kube, site.cluster, from.signal()))
  const configMap = (name: string): Promise<KubeObject | undefined> =>
    once(name, async () => kube.find(CONFIG_MAP, { namespace: (await settings()).configNamespace, name }, { signal: from.signal() }))
  const nb = (): Promise<NbTables> => once('nb', () => readNb(from.nb, { signal: from.signal() }))
  return {
    site,
    settings,
    configMap: () => configMap(CONFIG_NAME),
    addressMemory: () => configMap(MEMORY_NAME),
    interconnect: () => configMap(INTERCONNECT_NAME),
    otherSites: () => once('other sites', async () => siteAddresses(site, await from.others())),
    nodes: () => list(NODE),
    pods: () => once('pod views', async () => (await kube.list(POD, { signal: from.signal(), slim: slimPod })).items.map(podView)),
    vpc: async () => (await list(VPC)).find((v) => v.metadata.name === DEFAULT_VPC),
    subnets: () => list(SUBNET),
    ovnEips: () => listKnown(OVN_EIP),
    ovnFips: () => listKnown(OVN_FIP),
    ovnSnatRules: () => listKnown(OVN_SNAT_RULE),
    ovnDnatRules: () => listKnown(OVN_DNAT_RULE),
    natOwners: async () => [...(await listKnown(OVN_FIP)), ...(await listKnown(OVN_SNAT_RULE))],
    iptablesEips: () => listKnown(IPTABLES_EIP),
    egressGateways: () => listKnown(VPC_EGRESS_GATEWAY),
    ips: () => listKnown(IP),
    vips: () => listKnown(VIP),
    services: () => list(SERVICE),
    nb,
    sb: () => once('sb', () => readSb(from.sb, { signal: from.signal() })),
    progress: () => once('progress', () => readProgress(from, { signal: from.signal() })),
    ovs: (node) => once(`ovs ${node}`, () => readOvs(from.node(node), { signal: from.signal() })),
    links: (node) => once(`links ${node}`, () => readLinks(from.node(node), { signal: from.signal() })),
    routes: (node) => once(`routes ${node}`, () => readRoutes(from.node(node), { signal: from.signal() })),
    gateway: () => once('gateway', async () => findGateway(await nb(), hints(await settings()))),
    parts: () => once('parts', async () => findParts(await nb(), hints(await settings()))),
    once,
  }
}

const hints = ({ switch: name, network, router }: Settings) => ({ switch: name, network, router })
