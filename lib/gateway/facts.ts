/** What the gateway runbooks plan from: read once, journaled first, JSON. A plan is a pure function of it. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { Change } from '../kernel/events.ts'
import { DAEMON_SET, DEPLOYMENT, type Kube, type KubeObject, STATEFUL_SET } from '../kube/port.ts'
import { namesFor } from '../ovn/find.ts'
import { configMapChange, configMapPatch, renderConfigMap } from '../render/config-map.ts'
import type { Look } from './look.ts'
import { CHASSIS, EIP, SNAT } from './names.ts'
import { isAnnotated, type PodView } from './pods.ts'
import { type GatewayState, type Reach, readState } from './state.ts'
import { configData, isEnabled, keepSpelling, wantedFromConfig } from './wanted.ts'

export type FoundGateway = {
  readonly router: string
  readonly switch: string
  readonly localnet: string
  /** VLAN on the wire, 0: untagged. */
  readonly vlan: number
  readonly routerPort: string
  readonly switchPort: string
  readonly networks: readonly string[]
  readonly mac: string
  readonly chassis: readonly { readonly name: string; readonly priority: number }[]
}

export type Facts = {
  /** Gateway of the ConfigMap on the cluster; null when absent or disabled. */
  readonly current: GatewayWanted | null
  /** Gateway of the site; null when it has none. */
  readonly wanted: GatewayWanted | null
  /** VLAN the site asks for, else the controller's flag. */
  readonly vlan: number
  /** The ConfigMap's data as the site wants it. */
  readonly rendered: Record<string, string> | null
  /** What writing it, or deleting it, changes; null: nothing. */
  readonly write: Change | null
  readonly remove: Change | null
  /** Keys that writing takes away. */
  readonly drop: readonly string[]
  readonly configNamespace: string
  readonly found: FoundGateway | null
  /** Pieces of a gateway in OVN, also when it is none (R7). */
  readonly leftovers: readonly string[]
  /** Other users of the external switch (R34). */
  readonly shared: readonly string[]
  readonly bridge: string
  readonly state: GatewayState
  /** Annotated pods. */
  readonly pods: readonly PodView[]
  /** `Deployment shop/web`: workload templates that carry an annotation. */
  readonly templates: readonly string[]
  /** Chassis name by node (annotation ovn.kubernetes.io/chassis). */
  readonly chassis: Record<string, string>
  /** Without a probe nothing can be proved from outside. */
  readonly probed: boolean
}

/** What only the pods' side of a plan needs. */
type PodSide = 'pods' | 'templates'

export async function readFacts(look: Look, kube: Kube, signal: AbortSignal, reach: Reach): Promise<Facts> {
  const [gateway, pods, templates] = await Promise.all([readGatewayFacts(look, reach), look.pods(), annotatedTemplates(kube, signal)])
  return plainJson({ ...gateway, pods: pods.filter(isAnnotated), templates })
}

/** The gateway alone: no list of pods. */
export async function readGatewayFacts(look: Look, reach: Reach): Promise<Omit<Facts, PodSide>> {
  const { site } = look
  const wanted = site.gateway ?? null
  const [configMap, settings, nodes, found, parts] = await Promise.all([look.configMap(), look.settings(), look.nodes(), look.gateway(), look.parts()])
  const names = [...(wanted?.nodes ?? []), ...(wantedFromConfig(configMap)?.nodes ?? [])].map((n) => n.name)
  const rendered = wanted === null ? undefined : keepSpelling(configMap, renderConfigMap(wanted, { namespace: settings.configNamespace }))
  return plainJson({
    current: isEnabled(configMap) ? (wantedFromConfig(configMap) ?? null) : null,
    wanted,
    vlan: settings.vlan,
    rendered: rendered === undefined ? null : { ...configData(rendered) },
    write: rendered === undefined ? null : (configMapChange(configMap, rendered) ?? null),
    remove: configMapChange(configMap, undefined) ?? null,
    drop:
      rendered === undefined || configMap === undefined ? [] : Object.entries(configMapPatch(configMap, rendered)).flatMap(([k, v]) => (v === null ? [k] : [])),
    configNamespace: settings.configNamespace,
    found: found === undefined ? null : foundView(found),
    leftovers: [parts.switch?.name, parts.routerPort?.name, parts.switchPort?.name].filter((n) => n !== undefined),
    shared: parts.shared,
    bridge: namesFor(parts.switch?.name ?? settings.switch, settings.router).bridge,
    state: await readState(look, names, reach),
    chassis: Object.fromEntries(
      nodes.flatMap((n) => (n.metadata.annotations?.[CHASSIS] === undefined ? [] : [[n.metadata.name, n.metadata.annotations[CHASSIS]]])),
    ),
    probed: (site.probe?.outside.length ?? 0) > 0,
  })
}

/** As a journal would give it back: absent members gone. */
const plainJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const foundView = (g: NonNullable<Awaited<ReturnType<Look['gateway']>>>): FoundGateway => ({
  router: g.router.name,
  switch: g.switch.name,
  localnet: g.localnet.name,
  vlan: g.localnet.tag ?? 0,
  routerPort: g.routerPort.name,
  switchPort: g.switchPort.name,
  networks: g.routerPort.networks,
  mac: g.routerPort.mac,
  chassis: g.chassis.map((c) => ({ name: c.chassis_name, priority: c.priority })),
})

async function annotatedTemplates(kube: Kube, signal: AbortSignal): Promise<readonly string[]> {
  const lists = await Promise.all([DEPLOYMENT, STATEFUL_SET, DAEMON_SET].map(async (r) => ({ kind: r.kind, items: (await kube.list(r, { signal })).items })))
  return lists.flatMap(({ kind, items }) => items.filter(hasAnnotation).map((o) => `${kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`))
}

function hasAnnotation(workload: KubeObject): boolean {
  const spec = workload['spec'] as { template?: { metadata?: { annotations?: Record<string, string> } } } | undefined
  const annotations = spec?.template?.metadata?.annotations ?? {}
  return EIP in annotations || SNAT in annotations
}
