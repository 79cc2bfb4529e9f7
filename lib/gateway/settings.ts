/**
 * What the running controller was told: its namespace, flags and version. Names of switch, network and router come from here first;
 * what is in OVN is then found by structure (lib/ovn/find.ts).
 */
import type { ClusterWanted } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import { DEPLOYMENT, type Kube, type KubeObject } from '../kube/port.ts'
import { DEFAULT_VPC } from './names.ts'

export interface Settings {
  /** Namespace of Kube-OVN's own pods. */
  readonly namespace: string
  /** Namespace of the ConfigMap ovn-external-gw-config. */
  readonly configNamespace: string
  /** `--external-gateway-switch`; undefined: not set, the version's default. */
  readonly switch: string
  /** `--external-gateway-net`: network_name of the localnet, key of ovn-bridge-mappings (R36). */
  readonly network: string
  /** `--external-gateway-vlanid`, 0: untagged. */
  readonly vlan: number
  /** `--cluster-router`. */
  readonly router: string
  readonly eipSnat: boolean
  /** Tag of the controller's image without `v`, as 1.16.2; undefined when it says nothing. */
  readonly version?: string | undefined
}

/** What the inventory says, and Kube-OVN's own defaults for the rest: where there is no controller to ask. */
export const settingsWithout = (cluster: ClusterWanted): Settings => ({
  namespace: cluster.namespace ?? 'kube-system',
  configNamespace: cluster.configNamespace ?? 'kube-system',
  switch: cluster.switch ?? 'external',
  network: cluster.network ?? 'external',
  vlan: cluster.vlan ?? 0,
  router: cluster.router ?? DEFAULT_VPC,
  eipSnat: true,
})

interface Container {
  readonly image?: string
  readonly args?: readonly string[]
  readonly command?: readonly string[]
}

/** `--flag=value`, `--flag value` and bare `--flag` of an argument list. */
export function flagsOf(args: readonly string[]): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {}
  args.forEach((arg, i) => {
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(arg)
    if (match?.[1] === undefined) return
    const next = args[i + 1]
    flags[match[1]] = match[2] ?? (next !== undefined && !next.startsWith('--') ? next : 'true')
  })
  return flags
}

const versionOf = (image: string | undefined): string | undefined => /:v?(\d+\.\d+\.\d+)/.exec(image ?? '')?.[1]

/** Older than 1.12 and named as in the upstream document (reality.md, Names; features.md F1). */
const documentNaming = (version: string | undefined): boolean => {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  return version !== undefined && major === 1 && minor < 11
}

const containerOf = (deployment: KubeObject): Container => {
  const spec = deployment['spec'] as { template?: { spec?: { containers?: readonly Container[] } } } | undefined
  return spec?.template?.spec?.containers?.[0] ?? {}
}

/** Reads the Deployment kube-ovn-controller: in `overrides.namespace` or kube-system, else wherever its label says. */
export async function readSettings(kube: Kube, overrides: ClusterWanted, signal: AbortSignal): Promise<Settings> {
  const namespace = overrides.namespace ?? 'kube-system'
  const found = await kube.find(DEPLOYMENT, { namespace, name: 'kube-ovn-controller' }, { signal })
  const deployment = found ?? (await elsewhere(kube, signal))
  const { image, args = [], command = [] } = containerOf(deployment)
  const flags = flagsOf([...command, ...args])
  const version = versionOf(image)
  const usual = documentNaming(version) ? 'ovn-external' : 'external'
  return {
    namespace: deployment.metadata.namespace ?? namespace,
    configNamespace: overrides.configNamespace ?? flags['external-gateway-config-ns'] ?? 'kube-system',
    switch: overrides.switch ?? flags['external-gateway-switch'] ?? usual,
    network: overrides.network ?? flags['external-gateway-net'] ?? 'external',
    vlan: overrides.vlan ?? Number(flags['external-gateway-vlanid'] ?? 0),
    router: overrides.router ?? flags['cluster-router'] ?? DEFAULT_VPC,
    eipSnat: flags['enable-eip-snat'] !== 'false',
    version,
  }
}

async function elsewhere(kube: Kube, signal: AbortSignal): Promise<KubeObject> {
  const { items } = await kube.list(DEPLOYMENT, { labelSelector: 'app=kube-ovn-controller', signal })
  const [only, second] = items
  if (only !== undefined && second === undefined) return only
  const [code, why] =
    second === undefined
      ? (['NOT_FOUND', 'no Deployment kube-ovn-controller in kube-system, none with label app=kube-ovn-controller elsewhere'] as const)
      : (['AMBIGUOUS', `${items.length} Deployments with label app=kube-ovn-controller`] as const)
  throw new OvngwError(code, {
    what: `cannot find Kube-OVN's controller on ${kube.where.server}`,
    why,
    hint: 'is this the right cluster? `kubectl config get-contexts`; else set cluster.namespace in the inventory',
  })
}
