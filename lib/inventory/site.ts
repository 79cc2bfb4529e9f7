/** A site: one cluster's gateway and addresses as wanted, parsed and checked. The YAML form is in product.md, the schema in schema.ts. */
import type { Json } from '../kernel/json.ts'

/** Dotted or colon text in canonical form, already validated (lib/net). */
export type IpText = string
/** `172.56.0.100/16`: an address with its prefix length. */
export type CidrText = string
/** Lower-case, colon separated. */
export type MacText = string

export type GatewayNode = {
  readonly name: string
  /** Gateway chassis priority, higher wins; undefined lets Kube-OVN choose. */
  readonly priority?: number | undefined
}

export type GatewayWanted = {
  readonly type: 'centralized' | 'distributed'
  readonly nodes: readonly GatewayNode[]
  readonly nic: string
  /** Router port address (ConfigMap nic-ip); 'auto' lets Kube-OVN take an OvnEip. */
  readonly address: CidrText | 'auto'
  /** Router port MAC (ConfigMap nic-mac); undefined keeps the present one or lets Kube-OVN choose. */
  readonly mac?: MacText | undefined
  /** Physical gateway (ConfigMap external-gw-addr); undefined needs an external Subnet (R1). */
  readonly nextHop?: IpText | undefined
}

export interface Pool {
  readonly name: string
  readonly ranges: readonly { readonly first: IpText; readonly last: IpText }[]
  readonly reserved: Readonly<Record<IpText, string>>
  /** False: routed to us, not in the router port's network. */
  readonly onLink: boolean
}

export type PodRef = {
  readonly namespace: string
  readonly name: string
}

export type Wanted = { readonly eip: IpText } | { readonly eip: { readonly pool: string } } | { readonly snat: IpText }

export type Assignment = Wanted & {
  readonly target:
    | { readonly pod: PodRef }
    /** `shop/deployment/api`: every pod it makes. */
    | { readonly workload: string }
    | { readonly select: { readonly namespace?: string | undefined; readonly labels: Readonly<Record<string, string>> } }
  /** What the pod answers on when it is silent to ICMP. */
  readonly prove?: { readonly protocol: 'tcp' | 'udp'; readonly port: number } | undefined
  readonly note?: string | undefined
}

/** Where a command can be run outside the cluster; credentials by reference only (ssh's own config and agent). */
export type CommandVantage = { readonly exec: readonly string[] } | { readonly ssh: string }
/** `http`: an echo (`ovngw probe --echo`), `http://ADDRESS:PORT`: it says who called it, and may ask ports for us. */
export type Vantage = CommandVantage | { readonly http: string }

export interface Probe {
  readonly outside: readonly Vantage[]
  readonly target: readonly IpText[]
}

export interface Acceptance {
  readonly check: string
  readonly object?: string | undefined
  readonly reason: string
  /** ISO date; after it the acceptance no longer counts. */
  readonly until?: string | undefined
}

export interface ClusterWanted {
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  /** Overrides of what is discovered from the controller's flags. */
  readonly namespace?: string | undefined
  readonly configNamespace?: string | undefined
  readonly router?: string | undefined
  readonly switch?: string | undefined
  readonly network?: string | undefined
  readonly vlan?: number | undefined
}

export interface Site {
  readonly name: string
  /** Absolute path of the file it came from; undefined when made by flags or by the wizard. */
  readonly file?: string | undefined
  readonly cluster: ClusterWanted
  /** Undefined: a site of assignments only. */
  readonly gateway?: GatewayWanted | undefined
  readonly pools: readonly Pool[]
  readonly assignments: readonly Assignment[]
  readonly accept: readonly Acceptance[]
  readonly probe?: Probe | undefined
}

/** A site is JSON: journals and plans hold it. */
export const siteJson = (site: Site): Json => site as unknown as Json
