/**
 * Everything the gateway consists of, as JSON: what a run journals before it changes anything, and what an undo (or an uninstall) makes
 * true again. "Exactly where it was" is equality of two states, UUIDs, times and resourceVersions left out (product.md).
 */
import type { Json } from '../kernel/json.ts'
import { canonical } from '../kernel/json.ts'
import type { KubeObject } from '../kube/port.ts'
import { type GatewayParts, namesFor } from '../ovn/find.ts'
import { restoreOps } from '../ovn/restore.ts'
import { type NbSlice, type SliceNames, sliceOf } from '../ovn/slice.ts'
import { externalBridge, MAPPINGS_KEY, uplinksOf } from '../ovs/bridge.ts'
import type { OvsTables } from '../ovs/vsctl.ts'
import { type Claims, claims, natsOf, policiesOf, rerouted, staticRoutesOf } from './judge.ts'
import type { Look } from './look.ts'
import { GATEWAY_LABEL } from './names.ts'
import { isAnnotated } from './pods.ts'
import type { Settings } from './settings.ts'

export type ConfigMapState = {
  readonly data: Record<string, string>
  readonly labels: Record<string, string> | null
  readonly annotations: Record<string, string> | null
}

export type BridgeState = {
  readonly name: string
  /** Ports that are devices of the host: the bridge's ways out. */
  readonly uplinks: readonly string[]
}

export type NodeState = {
  /** The bridge of the external switch; null when the node has none. */
  readonly bridge: BridgeState | null
  /** external-ids:ovn-bridge-mappings as written; null when absent. */
  readonly mappings: string | null
}

export type GatewayState = {
  readonly configMap: ConfigMapState | null
  /** Node label ovn.kubernetes.io/external-gw by node; null where absent. */
  readonly labels: Record<string, string | null>
  /** spec.enableExternal of the default VPC; null when absent. */
  readonly vpcExternal: boolean | null
  readonly nb: NbSlice
  /** Nodes with OVS that the gateway touches or may touch. */
  readonly nodes: Record<string, NodeState>
}

/** Which addresses' NAT rows, policies and routes belong to the state. */
export type Reach = 'none' | 'pods'

/** Reads the state; `nodes` are looked at beside those labelled now. */
export async function readState(look: Look, nodes: readonly string[], reach: Reach, extra: readonly string[] = []): Promise<GatewayState> {
  const [configMap, nodeObjects, vpc, settings, nb, parts] = await Promise.all([
    look.configMap(),
    look.nodes(),
    look.vpc(),
    look.settings(),
    look.nb(),
    look.parts(),
  ])
  const labels = Object.fromEntries(nodeObjects.map((n) => [n.metadata.name, n.metadata.labels?.[GATEWAY_LABEL] ?? null]))
  const touched = nodeObjects.map((n) => n.metadata.name).filter((n) => nodes.includes(n) || labels[n] != null)
  const names = sliceNames(parts, settings)
  const claimed = reach === 'none' ? undefined : claims(...(await Promise.all([look.natOwners(), look.ovnEips()])))
  const addresses = claimed === undefined ? [] : [...new Set([...(await gatewayAddresses(look, claimed)), ...extra])].sort()
  const slice = sliceOf(nb, names, { topology: true, addresses })
  const bridgeOf = { switch: { name: bridgeStem(names.switch) }, localnet: parts.localnet }
  const states = await Promise.all(touched.map(async (n) => [n, nodeState(await look.ovs(n), bridgeOf)] as const))
  return {
    configMap: configState(configMap),
    labels,
    vpcExternal: (vpc?.['spec'] as { enableExternal?: boolean } | undefined)?.enableExternal ?? null,
    nb: { ...slice, nats: slice.nats.filter((n) => claimed?.has(n) !== true) },
    nodes: Object.fromEntries(states),
  }
}

/** Names of the pieces: as found, else as Kube-OVN would call them. */
export function sliceNames(parts: GatewayParts, settings: Settings): SliceNames {
  const router = parts.router?.name ?? settings.router
  const names = namesFor(parts.switch?.name ?? settings.switch, router)
  return { router, switch: names.switch, routerPort: parts.routerPort?.name ?? names.routerPort }
}

/** The bridge is `br-` and this. */
const bridgeStem = (sw: string): string => namesFor(sw, '').bridge.slice('br-'.length)

/**
 * Addresses whose rows are the gateway's: pods that are annotated, NAT rows nobody else claims (R34), and what is left of pods that were
 * annotated once (R17, R18).
 */
async function gatewayAddresses(look: Look, claimed: Claims): Promise<readonly string[]> {
  const [nb, pods, { router }] = await Promise.all([look.nb(), look.pods(), look.settings()])
  const annotated = pods.flatMap((p) => (isAnnotated(p) && p.ip !== undefined ? [p.ip] : []))
  const nats = natsOf(nb, router).filter((n) => !claimed.has(n))
  const sources = policiesOf(nb, router).flatMap((p) => rerouted(p) ?? [])
  const routes = staticRoutesOf(nb, router).flatMap((r) => (r.policy === 'src-ip' ? [r.ip_prefix] : []))
  return [...nats.flatMap((n) => [n.logical_ip, n.external_ip]), ...sources, ...routes, ...annotated]
}

export function configState(configMap: KubeObject | undefined): ConfigMapState | null {
  if (configMap === undefined) return null
  return {
    data: { ...((configMap['data'] ?? {}) as Record<string, string>) },
    labels: configMap.metadata.labels === undefined ? null : { ...configMap.metadata.labels },
    annotations: configMap.metadata.annotations === undefined ? null : { ...configMap.metadata.annotations },
  }
}

export function nodeState(ovs: OvsTables, wanted: Parameters<typeof externalBridge>[1]): NodeState {
  const found = externalBridge(ovs, wanted)
  return {
    bridge:
      found === undefined
        ? null
        : {
            name: found.bridge.name,
            uplinks: uplinksOf(ovs, found.bridge)
              .map((i) => i.name)
              .sort(),
          },
    mappings: ovs.openVswitch.external_ids[MAPPINGS_KEY] ?? null,
  }
}

/** What differs between the state that should be and the one that is, one sentence each; empty when they are equal. */
export function differences(wanted: GatewayState, now: GatewayState): readonly string[] {
  const out: string[] = []
  const say = (what: string, a: Json, b: Json): void => {
    if (canonical(a) !== canonical(b)) out.push(`${what} is ${plain(b)}, should be ${plain(a)}`)
  }
  say('ConfigMap', wanted.configMap, now.configMap)
  for (const [node, label] of Object.entries(wanted.labels)) if (node in now.labels) say(`label ${GATEWAY_LABEL} of ${node}`, label, now.labels[node] ?? null)
  say('enableExternal of the default VPC', wanted.vpcExternal, now.vpcExternal)
  for (const op of restoreOps(wanted.nb, now.nb)) out.push(`OVN: ${op.about}`)
  for (const [node, state] of Object.entries(wanted.nodes)) {
    const is = now.nodes[node]
    if (is === undefined) continue
    say(`bridge on ${node}`, state.bridge, is.bridge)
    say(`ovn-bridge-mappings of ${node}`, state.mappings, is.mappings)
  }
  return out
}

const plain = (value: Json): string => (value === null ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value))

/**
 * The state after the gateway is gone: nothing of it in OVN, on nodes, in Kubernetes. A label or mapping of ours is absent again, not
 * "false"; a switch others use keeps what is theirs (R34).
 */
export function without(state: GatewayState, keepSwitch: boolean): GatewayState {
  const { nb } = state
  const ours = nb.routerPort?.name
  return {
    configMap: null,
    labels: Object.fromEntries(Object.keys(state.labels).map((n) => [n, null])),
    vpcExternal: null,
    nb: {
      ...nb,
      switch: keepSwitch ? nb.switch : null,
      switchPorts: keepSwitch ? nb.switchPorts.filter((p) => p.options['router-port'] !== ours) : [],
      routerPort: null,
      gatewayChassis: [],
      nats: [],
      policies: [],
      routes: [],
    },
    nodes: keepSwitch
      ? state.nodes
      : Object.fromEntries(
          Object.entries(state.nodes).map(([n, s]) => [
            n,
            { bridge: null, mappings: dropMapping(s.mappings, s.bridge?.name ?? `br-${bridgeStem(nb.names.switch)}`) },
          ]),
        ),
  }
}

/** `a:br-a,b:br-b` without the entries that lead to `bridge`; null when none is left. */
function dropMapping(mappings: string | null, bridge: string): string | null {
  const rest = (mappings ?? '').split(',').filter((m) => m !== '' && !m.endsWith(`:${bridge}`))
  return rest.length === 0 ? null : rest.join(',')
}
