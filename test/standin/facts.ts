/**
 * What is compared between a replay and a recording, by the rules of the recordings' README: a named list of columns, without UUIDs,
 * random MACs, times, datapath_type, patch port errors and br-external after a disable.
 */
import { canonical, type Json } from '../../lib/kernel/json.ts'
import { checkListing, type Listing } from '../../lib/ovn/parse.ts'

/** Columns read, by table; those a schema does not have are left out. Each is compared (see `facts`) or joins two tables. */
export const NB_COLUMNS = {
  Logical_Switch: ['name', 'ports', 'external_ids'],
  Logical_Switch_Port: ['name', 'type', 'addresses', 'options', 'tag', 'port_security', 'external_ids'],
  Logical_Router: ['name', 'nat', 'policies', 'static_routes', 'ports', 'options', 'external_ids'],
  Logical_Router_Port: ['name', 'mac', 'networks', 'gateway_chassis', 'external_ids'],
  Logical_Router_Policy: ['priority', 'match', 'action', 'nexthops', 'external_ids'],
  Logical_Router_Static_Route: ['ip_prefix', 'nexthop', 'policy', 'external_ids'],
  NAT: ['type', 'external_ip', 'logical_ip', 'external_mac', 'logical_port', 'options'],
  Gateway_Chassis: ['name', 'chassis_name', 'priority', 'external_ids'],
} as const
export const OVS_COLUMNS = { Open_vSwitch: ['external_ids'], Bridge: ['name', 'ports'], Port: ['name'] } as const

interface Named {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** One moment as it was read, not yet made comparable. */
export interface RawState {
  readonly nb: Readonly<Record<string, Listing>>
  readonly config: Readonly<Record<string, string>> | null
  readonly nodes: readonly Named[]
  readonly pods: readonly Named[]
  readonly vpc: { readonly spec: { readonly enableExternal: boolean }; readonly status: { readonly enableExternal: boolean } }
  readonly ovs: Readonly<Record<string, Readonly<Record<string, Listing>>>>
}

export interface Rules {
  /** What a name of the recording is called in the replay (the name table of reality.md). */
  readonly names?: Readonly<Record<string, string>>
  /** Leave out `src-ip` routes of addresses that are no living pod's (chain C: leftovers of 500 earlier pods). */
  readonly onlyLivingRoutes?: boolean
  /** Leave out patch ports: without ovn-controller there are none. */
  readonly noPatchPorts?: boolean
}

/** Sorted lines by subject; equal facts are equal values. */
export type Facts = Readonly<Record<string, readonly string[]>>

type Row = Record<string, unknown>
const OVN = 'ovn.kubernetes.io/'
const LABEL = `${OVN}external-gw`

export function facts(state: RawState, rules: Rules = {}): Facts {
  const say = speaker(state, rules)
  const t = Object.fromEntries(Object.keys(NB_COLUMNS).map((table) => [table, rowsOf(state.nb, table)])) as Record<keyof typeof NB_COLUMNS, Row[]>
  const lr = t.Logical_Router.find((r) => r['name'] === 'ovn-cluster') ?? {}
  const of = (rows: Row[], column: string): Row[] => rows.filter((r) => list(lr[column]).includes(r['_uuid']))
  const nameOf = (rows: Row[], ids: unknown): unknown[] => rows.filter((r) => list(ids).includes(r['_uuid'])).map((r) => r['name'])
  const lines = (rows: Row[]): string[] => rows.map((r) => say(r)).sort()
  const bare = ({ _uuid, ...rest }: Row): Row => rest
  const living = new Set(state.pods.map((p) => p.annotations[`${OVN}ip_address`]))
  const routes = of(t.Logical_Router_Static_Route, 'static_routes')
  return {
    switches: lines(t.Logical_Switch.map((r) => ({ ...bare(r), ports: nameOf(t.Logical_Switch_Port, r['ports']) }))),
    switchPorts: lines(t.Logical_Switch_Port.map(bare)),
    router: lines([{ name: lr['name'], learn: learn(lr['options']), external_ids: lr['external_ids'] }]),
    routerPorts: lines(
      of(t.Logical_Router_Port, 'ports').map((r) => {
        const chassis = nameOf(t.Gateway_Chassis, r['gateway_chassis'])
        return { ...bare(r), gateway_chassis: chassis, ...(chassis.length === 0 ? { mac: 'random' } : {}) }
      }),
    ),
    policies: lines(of(t.Logical_Router_Policy, 'policies').map(bare)),
    routes: lines(routes.filter((r) => !rules.onlyLivingRoutes || r['policy'] !== 'src-ip' || living.has(String(r['ip_prefix']))).map(bare)),
    nat: lines(of(t.NAT, 'nat').map(bare)),
    chassis: lines(t.Gateway_Chassis.map(bare)),
    config: lines([{ config: state.config }]),
    nodes: lines(state.nodes.map((n) => ({ name: n.name, label: n.labels[LABEL] ?? null, chassis: n.annotations[`${OVN}chassis`] ?? null }))),
    pods: lines(state.pods.map((p) => ({ name: p.name, ...p.annotations }))),
    vpc: lines([{ spec: state.vpc.spec, status: state.vpc.status }]),
    ...Object.fromEntries(state.nodes.map((n) => [`ovs ${n.name}`, lines(bridges(state.ovs[n.name] ?? {}, n.labels[LABEL] === 'true', rules))])),
  }
}

/** Options of the router that follow the gateway. */
const learn = (options: unknown): unknown => only(options, 'always_learn_from_arp_request')

/** The external bridge, and every bridge that holds a NIC of the node, with their ports; and the mappings. */
function bridges(ovs: Readonly<Record<string, Listing>>, gateway: boolean, rules: Rules): Row[] {
  const ports = rowsOf(ovs, 'Port')
  const root = rowsOf(ovs, 'Open_vSwitch')[0] ?? {}
  const mappings = only(root['external_ids'], 'ovn-bridge-mappings')
  const kept = rowsOf(ovs, 'Bridge').filter((b) => b['name'] !== 'br-int' && (gateway || b['name'] !== 'br-external'))
  const names = (b: Row): string[] => ports.filter((p) => list(b['ports']).includes(p['_uuid'])).map((p) => String(p['name']))
  return [{ mappings }, ...kept.map((b) => ({ bridge: b['name'], ports: names(b).filter((n) => !rules.noPatchPorts || !n.startsWith('patch-')) }))]
}

/** Writes a row with everything that differs between two runs by chance replaced by whose it is. */
function speaker(state: RawState, { names = {} }: Rules): (row: Row) => string {
  const known = new Map<string, string>()
  for (const { name, annotations } of [...state.pods, ...state.nodes]) {
    for (const what of ['ip_address', 'mac_address']) {
      const value = annotations[`${OVN}${what}`]
      if (value !== undefined) known.set(value, `<${what} of ${name}>`)
    }
  }
  const word = (text: string): string => {
    const whole = names[text]
    if (whole !== undefined) return whole
    const words = text.split(' ').map((w) => known.get(w) ?? names[w] ?? w)
    return words.join(' ')
  }
  const plain = (value: unknown): Json => {
    if (typeof value === 'string') return word(value)
    if (Array.isArray(value)) return value.map(plain).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
    if (typeof value !== 'object' || value === null) return value as Json
    // The physical network keeps its name whatever the switch is called.
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === 'network_name' ? (v as string) : plain(v)]))
  }
  return (row) => canonical(plain(row))
}

/** Rows with their sets as arrays, maps as arrays of pairs, and what is empty left out. */
function rowsOf(tables: Readonly<Record<string, Listing>>, table: string): Row[] {
  const { headings, data } = checkListing(tables[table] ?? { headings: ['_uuid'], data: [] }, 'recording', table)
  return data.map((cells) => {
    const row = headings.map((h, i) => [h, decode(cells[i])] as const)
    return Object.fromEntries(row.filter(([, v]) => v !== '' && !['[]', '{}'].includes(JSON.stringify(v))))
  })
}

function decode(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const [kind, body] = value as [string, unknown]
  if (kind === 'uuid') return body
  if (kind === 'map') return Object.fromEntries((body as [string, unknown][]).map(([k, v]) => [k, decode(v)]))
  return (body as unknown[]).map(decode)
}

/** A set of one member is written as that member. */
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])
const only = (map: unknown, key: string): unknown => (map as Record<string, unknown> | undefined)?.[key] ?? null

/** What the controller's log says of the gateway, each text once, in the order of its first appearance: failing resyncs repeat for ever. */
export const gatewayLines = (log: readonly string[]): readonly string[] => {
  const texts = log.flatMap((line) => /(?:external[_-]gw|ovn-nbctl-legacy)\.go:\d+\] (.*)/.exec(line.trim())?.[1] ?? [])
  return [...new Set(texts)].filter((text) => !/^(?:ovn-nbctl command error|delete lsp)/.test(text))
}
