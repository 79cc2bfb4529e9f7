/**
 * The whole lab as one comparable value, read directly from the API server, the databases and the kernel: nothing of the product's own
 * reading or comparing is used, so that it can judge the product. Left out is what product.md leaves out of "exactly where it was"
 * (UUIDs, times, resourceVersion, managedFields), counters, and what OVN learned from packets or numbered by itself.
 */
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { canonical, type Json } from '../../lib/kernel/json.ts'
import type { Lab } from '../../lib/lab/index.ts'
import { type Runner, read, show } from '../../lib/proc/command.ts'

/** Sorted facts by place: `nb NAT`, `ovs node1 Bridge`, `kube pods` … One line a thing. */
export type World = Readonly<Record<string, readonly string[]>>

const KUBE = [
  '/api/v1/configmaps',
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/api/v1/pods',
  '/api/v1/secrets',
  '/apis/apps/v1/deployments',
  '/apis/coordination.k8s.io/v1/leases',
  ...['vpcs', 'subnets', 'ips', 'vips', 'ovn-eips', 'ovn-fips', 'ovn-snat-rules', 'ovn-dnat-rules'].map((plural) => `/apis/kubeovn.io/v1/${plural}`),
]

const NB = [
  ...['ACL', 'Address_Set', 'BFD', 'Copp', 'DHCP_Options', 'DNS', 'Gateway_Chassis', 'HA_Chassis', 'HA_Chassis_Group', 'Load_Balancer'],
  ...['Logical_Router', 'Logical_Router_Policy', 'Logical_Router_Port', 'Logical_Router_Static_Route', 'Logical_Switch', 'Logical_Switch_Port'],
  ...['Meter', 'NAT', 'Port_Group', 'QoS', 'Static_MAC_Binding'],
]
const SB = {
  Chassis: ['name', 'hostname', 'external_ids', 'other_config'],
  Datapath_Binding: ['external_ids'],
  Port_Binding: ['logical_port', 'type', 'chassis', 'mac', 'nat_addresses', 'options', 'tag', 'ha_chassis_group', 'external_ids'],
  HA_Chassis_Group: ['name', 'ha_chassis'],
  HA_Chassis: ['chassis', 'priority'],
}
const OVS = {
  Open_vSwitch: ['bridges', 'external_ids', 'other_config'],
  Bridge: ['name', 'ports', 'datapath_type', 'fail_mode', 'other_config', 'external_ids'],
  Port: ['name', 'interfaces', 'tag', 'trunks', 'vlan_mode', 'other_config', 'external_ids'],
  Interface: ['name', 'type', 'options', 'mac', 'mtu_request', 'error', 'admin_state', 'external_ids'],
}

/** Members dropped wherever they stand: identity, time, counters, conntrack zones and the like. */
const NOISE =
  /^(uid|resourceVersion|managedFields|generation|observedGeneration|creationTimestamp|lastTransitionTime|lastHeartbeatTime|startTime|startedAt|ownerReferences|nb_cfg|ovn-nb-cfg.*|ovn-startup-ts|ovn-installed.*|ct-zone-.*|ovn-chassis-idx.*|logical-(switch|router)|valid_life_time|preferred_life_time|tentative)$/
/** Kept by the API server for itself. */
const OWN = /^(apiserver-|kube-apiserver|extension-apiserver-authentication|kube-root-ca)/

const quiet = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(quiet)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value as Record<string, Json>).flatMap(([k, v]) => (NOISE.test(k) ? [] : [[k, quiet(v)]])))
}

const lines = (values: readonly Json[]): readonly string[] => values.map((v) => canonical(quiet(v))).sort()

/** What stands at this moment in Kubernetes, NB, SB, every node's OVS and every node's network. OVN has caught up with NB before it is read. */
export async function worldState(lab: Lab): Promise<World> {
  const central = lab.centralRunner()
  await run(central, 'ovn-nbctl', '--timeout=20', '--wait=hv', 'sync')
  const parts = await Promise.all([
    kube(lab),
    tables(central, 'ovn-nbctl', 'nb', Object.fromEntries(NB.map((t) => [t, []]))),
    tables(central, 'ovn-sbctl', 'sb', SB),
    ...lab.nodes.map((node) => tables(lab.nodeRunner(node), 'ovs-vsctl', `ovs ${node}`, OVS)),
    ...lab.nodes.map((node) => links(lab, node)),
  ])
  return Object.assign({}, ...parts) as World
}

/** `place: -gone / +new` lines; empty when the worlds are equal. */
export function changes(wanted: World, is: World): readonly string[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(is)])].sort().flatMap((place) => {
    const [a, b] = [[...(wanted[place] ?? [])], [...(is[place] ?? [])]]
    for (const line of [...a]) {
      const at = b.indexOf(line)
      if (at < 0) continue
      b.splice(at, 1)
      a.splice(a.indexOf(line), 1)
    }
    return [...a.map((l) => `${place}: -${l}`), ...b.map((l) => `${place}: +${l}`)]
  })
}

type Item = { readonly metadata: { readonly name: string }; readonly [member: string]: Json }

/** Kube-OVN's own memory of a Vpc is not ours to write: `enableExternal` in it stays true once it was (reality.md R7). */
const withoutStatus = ({ status: _, ...rest }: Item): Json => rest

async function kube(lab: Lab): Promise<World> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map((f) => readFile(`${lab.dir}/certs/${f}`)))
  const agent = new Agent({ ca, cert, key, keepAlive: true })
  try {
    const lists = await Promise.all(KUBE.map(async (path) => [path, (await get(agent, `${lab.server}${path}`)) as { items: Item[] }] as const))
    return Object.fromEntries(
      lists.map(([path, { items }]) => {
        const plural = path.split('/').at(-1)
        return [`kube ${plural}`, lines(items.filter((o) => !OWN.test(o.metadata.name)).map((o) => (plural === 'vpcs' ? withoutStatus(o) : o)))]
      }),
    )
  } finally {
    agent.destroy()
  }
}

function get(agent: Agent, url: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const req = request(url, { agent, timeout: 10_000 }, (res) => {
    const chunks: Buffer[] = []
    res.on('data', (c: Buffer) => chunks.push(c))
    res.on('end', () => (res.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(chunks).toString())) : reject(new Error(`${url}: ${res.statusCode}`))))
  })
  req.on('timeout', () => req.destroy(new Error(`${url}: no answer`)))
  req.on('error', reject)
  req.end()
  return promise
}

type Row = Record<string, Json>

const only = (row: Row, members: readonly string[]): Row => Object.fromEntries(members.map((m) => [m, row[m] ?? null]))

/** Rows of the tables with references replaced by what they point at. */
async function tables(runner: Runner, bin: string, place: string, wanted: Readonly<Record<string, readonly string[]>>): Promise<World> {
  const names = Object.keys(wanted)
  const text = await run(runner, bin, '--timeout=10', '--format=json', ...names.flatMap((t) => ['--', 'list', t]))
  const answers = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { headings: string[]; data: Json[][] })
  const listed = names.map((table, i) => {
    const { headings, data } = answers[i] ?? { headings: [], data: [] }
    return { table, rows: data.map((cells) => Object.fromEntries(headings.map((h, n) => [h, cells[n] ?? null])) as Row) }
  })
  const known = new Map(listed.flatMap(({ rows }) => rows.map((row) => [uuidOf(row['_uuid'] ?? null) ?? '', row] as const)))
  const told = (row: Row, columns: readonly string[], depth: number): Json =>
    Object.fromEntries(Object.entries(row).flatMap(([k, v]) => (k === '_uuid' || (columns.length > 0 && !columns.includes(k)) ? [] : [[k, plain(v, depth)]])))
  const plain = (value: Json, depth: number): Json => {
    const ref = uuidOf(value)
    if (ref !== undefined) {
      const row = known.get(ref)
      return row === undefined ? 'a row elsewhere' : (row['name'] ?? row['logical_port'] ?? (depth > 3 ? '…' : told(row, [], depth + 1)))
    }
    if (!Array.isArray(value)) return value
    const [kind, members] = value as [string, Json[]]
    if (kind === 'map') return Object.fromEntries((members as [string, Json][]).map(([k, v]) => [k, plain(v, depth)]))
    return members.map((m) => plain(m, depth)).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
  }
  return Object.fromEntries(listed.map(({ table, rows }) => [`${place} ${table}`, lines(rows.map((row) => told(row, wanted[table] ?? [], 0)))]))
}

const uuidOf = (value: Json): string | undefined => (Array.isArray(value) && value[0] === 'uuid' ? String(value[1]) : undefined)

/** The node as its kernel sees it: does the NIC belong to the host again, with its addresses and routes. */
async function links(lab: Lab, node: string): Promise<World> {
  const ask = async (...args: string[]): Promise<Row[]> => JSON.parse(await run(lab.nodeRunner(node), 'ip', '-j', ...args)) as Row[]
  const [found, routes] = await Promise.all([ask('addr'), ask('route')])
  // OVS draws the MAC of a bridge's own port anew whenever it makes one.
  const drawn = ({ ifname, address }: Row): Json => (/^br-(int|external)$/.test(String(ifname)) ? 'drawn' : (address ?? null))
  const of = (link: Row): Json => ({ ...only(link, ['ifname', 'flags', 'mtu', 'addr_info', 'master']), address: drawn(link) })
  return { [`ip ${node} addr`]: lines(found.map(of)), [`ip ${node} route`]: lines(routes) }
}

async function run(runner: Runner, bin: string, ...args: string[]): Promise<string> {
  const command = read(bin, ...args)
  const { code, stdout, stderr } = await runner.run(command, { timeoutMs: 30_000 })
  if (code !== 0) throw new Error(`${show(command)} at ${runner.where}: ${stderr}`)
  return stdout
}
