/** OVN's databases and northd, and the logical network Kube-OVN has made before anybody asks for a gateway (recordings s01-before). */
import { mkdir } from 'node:fs/promises'
import { alive } from './controlplane.ts'
import { must, runnerAt, until } from './exec.ts'
import { ovsEnv, QUIET } from './ovs.ts'
import { files, JOIN, mac, nodeNetns, POD_NET, UNDERLAY } from './paths.ts'
import { type Lifted, readState } from './state.ts'
import type { Tools } from './tools.ts'

const SCHEMAS = '/usr/share/ovn'

/** Sockets have the names the tools look for in OVN_RUNDIR, so that `ovn-nbctl show` needs no flag. northd looks for the northbound's second server too (leader.ts). */
export async function startCentral(lab: Lifted, tools: Tools, signal: AbortSignal): Promise<void> {
  const dir = files(lab.dir).central
  const env = ovsEnv(dir)
  await mkdir(dir, { recursive: true })
  const fresh = (await readState(lab.name))?.procs['central.nb'] === undefined
  await Promise.all([database(lab, tools, 'nb', 6641, signal), database(lab, tools, 'sb', 6642, signal)])
  const northd = [`--ovnnb-db=unix:${dir}/ovnnb_db.sock,unix:${files(lab.dir).central1}/ovnnb_db.sock`, `--ovnsb-db=unix:${dir}/ovnsb_db.sock`]
  if (fresh) await must(['ovn-nbctl', '--timeout=10', 'init', '--', ...baseNetwork(lab.nodes)], { signal, runner: runnerAt({ where: 'ovn-central', env }) })
  await lab.daemon({ id: 'central.northd', env, argv: [tools.get('ovn-northd') ?? 'ovn-northd', ...northd, '--pidfile', ...QUIET] })
}

async function database(lab: Lifted, tools: Tools, which: 'nb' | 'sb', port: number, signal: AbortSignal): Promise<void> {
  const dir = files(lab.dir).central
  const [db, id] = [`${dir}/ovn${which}_db.db`, `central.${which}`]
  if ((await readState(lab.name))?.procs[id] === undefined) await must(['ovsdb-tool', 'create', db, `${SCHEMAS}/ovn-${which}.ovsschema`], { signal })
  await serveDatabase(lab, tools, { id, which, dir, db, port, signal })
}

interface Served {
  readonly id: string
  readonly which: 'nb' | 'sb'
  /** Of its sockets. */
  readonly dir: string
  /** Its file. */
  readonly db: string
  readonly port: number
  readonly signal?: AbortSignal | undefined
}

/** One ovsdb-server, on the wire between the nodes; answers when it has its database. */
export async function serveDatabase(lab: Lifted, tools: Tools, { id, which, dir, db, port, signal }: Served): Promise<void> {
  const sock = `${dir}/ovn${which}_db.sock`
  const remotes = [`--remote=punix:${sock}`, `--remote=ptcp:${port}:${UNDERLAY.gateway}`]
  const control = [`--unixctl=${dir}/ovn${which}_db.ctl`, `--pidfile=${dir}/ovn${which}_db.pid`]
  const server = [tools.get('ovsdb-server') ?? 'ovsdb-server', db, ...remotes, ...control, ...QUIET]
  const proc = await lab.daemon({ id, env: ovsEnv(dir), argv: [tools.get('ip') ?? 'ip', 'netns', 'exec', nodeNetns(lab.name, 'wire'), ...server] })
  const listed = (): Promise<true | undefined> =>
    must(['ovsdb-client', 'list-dbs', `unix:${sock}`], { signal }).then((names) => (names.includes('OVN_') ? true : undefined))
  await until(`the ${which} database`, () => alive(lab, id, proc, listed), { signal })
}

const VENDOR = 'external_ids:vendor=kube-ovn'

/** Arguments of one ovn-nbctl transaction: router ovn-cluster, switches join and ovn-default, nodes, policies, the default route. */
function baseNetwork(nodes: readonly string[]): string[] {
  const commands: string[][] = [
    ['lr-add', 'ovn-cluster'],
    [
      'set',
      'Logical_Router',
      'ovn-cluster',
      VENDOR,
      'options:always_learn_from_arp_request=false',
      'options:dynamic_neigh_routers=true',
      'options:mac_binding_age_threshold=300',
    ],
    ...attach('join', JOIN.gateway, mac(0x30, 1)),
    ...attach('ovn-default', POD_NET.gateway, mac(0x30, 2)),
    ['lr-route-add', 'ovn-cluster', '0.0.0.0/0', JOIN.gateway],
    policy(31000, `ip4.dst == ${POD_NET.cidr}`, undefined, { subnet: 'ovn-default' }),
    policy(31000, `ip4.dst == ${JOIN.cidr}`, undefined, { subnet: 'join' }),
  ]
  nodes.forEach((node, index) => {
    const i = index + 1
    const group = `ovn.default.${node}` // its addresses are the set $ovn.default.NODE_ip4
    commands.push(
      ['lsp-add', 'join', `node-${node}`],
      ['lsp-set-addresses', `node-${node}`, `${JOIN.mac(i)} ${JOIN.node(i)}`],
      ['set', 'Logical_Switch_Port', `node-${node}`, VENDOR, 'external_ids:ls=join'],
      ['pg-add', group],
      ['set', 'Port_Group', group, VENDOR, `external_ids:node=${node}`, 'external_ids:subnet=ovn-default'],
      policy(30000, `ip4.dst == ${UNDERLAY.node(i)}`, JOIN.node(i), { node, 'address-family': '4' }),
      policy(29000, `ip4.src == $${group}_ip4`, JOIN.node(i), { node, subnet: 'ovn-default' }),
    )
  })
  return commands.flatMap((c) => [...c, '--']).slice(0, -1)
}

function attach(net: string, gateway: string, address: string): string[][] {
  const [rp, sp] = [`ovn-cluster-${net}`, `${net}-ovn-cluster`]
  return [
    ['ls-add', net],
    ['set', 'Logical_Switch', net, VENDOR],
    ['lrp-add', 'ovn-cluster', rp, address, `${gateway}/16`],
    ['set', 'Logical_Router_Port', rp, VENDOR, 'external_ids:lr=ovn-cluster'],
    ['lsp-add', net, sp],
    ['lsp-set-type', sp, 'router'],
    ['lsp-set-addresses', sp, 'router'],
    ['lsp-set-options', sp, `router-port=${rp}`],
    ['set', 'Logical_Switch_Port', sp, VENDOR, `external_ids:ls=${net}`],
  ]
}

/** A row made by hand, because lr-policy-add cannot set external_ids in the same transaction. */
function policy(priority: number, match: string, nexthop: string | undefined, ids: Readonly<Record<string, string>>): string[] {
  const id = `@p${priority}${match.replaceAll(/[^a-z0-9]/gi, '')}`
  const external = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`)
  const action = nexthop === undefined ? ['action=allow'] : ['action=reroute', `nexthops="${nexthop}"`]
  const row = [`--id=${id}`, 'create', 'Logical_Router_Policy', `priority=${priority}`, `match="${match}"`, ...action, VENDOR, ...external]
  return [...row, '--', 'add', 'Logical_Router', 'ovn-cluster', 'policies', id]
}
