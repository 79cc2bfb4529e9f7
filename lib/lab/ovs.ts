/** One node's Open vSwitch (userspace datapath) and ovn-controller, as Kube-OVN's daemon leaves them. */
import { mkdir } from 'node:fs/promises'
import { alive } from './controlplane.ts'
import { isAlive } from './daemons.ts'
import { must, runnerAt, until } from './exec.ts'
import { chassisOf } from './objects.ts'
import { files, JOIN, mac, nodeNetns, POD_NET, UNDERLAY } from './paths.ts'
import { type Lifted, readState } from './state.ts'
import type { Tools } from './tools.ts'
import { checksumsOff } from './wires.ts'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
export const QUIET = ['-vconsole:warn', '-vsyslog:off', '-vfile:off']

export const ovsEnv = (rundir: string): Record<string, string> => ({ OVS_RUNDIR: rundir, OVN_RUNDIR: rundir, OVS_LOGDIR: rundir, OVN_LOGDIR: rundir })

const inside = (tools: Tools, netns: string, tool: string, ...args: string[]): string[] => [
  tools.get('ip') ?? 'ip',
  'netns',
  'exec',
  netns,
  tools.get(tool) ?? tool,
  ...args,
]

/** Bridges and ports are written before the switch starts, so that it makes them all at once. */
const wanted = (node: string, i: number): string[] => {
  const ids: Record<string, string> = {
    hostname: node,
    'system-id': chassisOf(node),
    'ovn-bridge-datapath-type': 'netdev',
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': UNDERLAY.node(i),
    'ovn-encap-csum': 'true',
    'ovn-is-interconn': 'false',
    'ovn-remote': `tcp:${UNDERLAY.gateway}:6642`,
  }
  const set = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`)
  const port = (bridge: string, name: string, ...columns: string[]): string[] => [
    ...(columns.length > 0 ? ['add-port', bridge, name, '--', 'set', 'interface', name, ...columns] : ['add-port', bridge, name]),
    '--',
  ]
  return [
    ...['set', 'Open_vSwitch', '.', ...set, '--'],
    ...['add-br', 'br-phy', '--', 'set', 'bridge', 'br-phy', 'datapath_type=netdev', `other_config:hwaddr="${mac(0x23, i)}"`, '--'],
    ...port('br-phy', 'eth0'),
    ...['add-br', 'br-int', '--', 'set', 'bridge', 'br-int', 'datapath_type=netdev', 'fail_mode=secure', 'other_config:disable-in-band="true"', '--'],
    ...port('br-int', 'mirror0', 'type=internal'),
    ...port('br-int', 'ovn0', 'type=internal', `mac="${JOIN.mac(i)}"`, `external_ids:iface-id=node-${node}`, `external_ids:ip="${JOIN.node(i)}"`),
  ].slice(0, -1)
}

export async function startOvs(lab: Lifted, tools: Tools, node: string, i: number, signal: AbortSignal): Promise<void> {
  const rundir = files(lab.dir).node(node)
  const netns = nodeNetns(lab.name, node)
  const env = ovsEnv(rundir)
  const runner = runnerAt({ where: node, env })
  const vsctl = (...args: string[]): Promise<string> => must(['ovs-vsctl', '--timeout=10', ...args], { runner, signal })
  await mkdir(rundir, { recursive: true })
  const fresh = (await readState(lab.name))?.procs[`${node}.ovsdb`] === undefined
  if (fresh) await must(['ovsdb-tool', 'create', `${rundir}/conf.db`, SCHEMA], { signal })
  const sock = `${rundir}/db.sock`
  const server = ['ovsdb-server', `${rundir}/conf.db`, `--remote=punix:${sock}`, '--pidfile', ...QUIET]
  const db = await lab.daemon({ id: `${node}.ovsdb`, env, argv: inside(tools, netns, ...(server as [string, ...string[]])) })
  await until(
    `${node}'s ovsdb-server`,
    () => alive(lab, `${node}.ovsdb`, db, () => must(['ovsdb-client', 'list-dbs', `unix:${sock}`], { signal }).then(() => true)),
    { signal },
  )
  if (fresh) await vsctl('--no-wait', 'init', '--', ...wanted(node, i))
  const known = (await readState(lab.name))?.procs[`${node}.vswitchd`]
  const living = await isAlive(known)
  const vswitchd = await lab.daemon({ id: `${node}.vswitchd`, env, argv: inside(tools, netns, 'ovs-vswitchd', `unix:${sock}`, '--pidfile', ...QUIET) })
  if (!living) {
    const has = (dev: string): Promise<unknown> => must(['ip', '-n', netns, 'link', 'show', 'dev', dev], { signal })
    await until(
      `${node}'s bridges`,
      () => alive(lab, `${node}.vswitchd`, vswitchd, () => Promise.all(['br-phy', 'ovn0', 'mirror0'].map(has)).then(() => true as const)),
      { signal },
    )
    await addresses(netns, tools, i)
    // Frames are lost while a switch that was started again finds its ports.
    const ping = [tools.get('ip') ?? 'ip', 'netns', 'exec', netns, tools.get('ping') ?? 'ping', '-c', '1', '-W', '1', UNDERLAY.gateway] as const
    await until(`${node}'s way to the others`, () => must(ping, { signal }).then(() => true as const), { signal })
  }
  await lab.daemon({ id: `${node}.ovn-controller`, env, argv: inside(tools, netns, 'ovn-controller', `unix:${sock}`, '--pidfile', ...QUIET) })
}

/** The node's own address sits on br-phy, its leg into the cluster on ovn0. A switch that was started again has lost both. */
export async function addresses(netns: string, tools: Tools, i: number): Promise<void> {
  const lines = [
    'link set mirror0 up',
    'link set br-phy up',
    'link set ovn0 up',
    'link set ovn0 mtu 1400',
    `address replace ${UNDERLAY.node(i)}/${UNDERLAY.prefix} dev br-phy`,
    `address replace ${JOIN.node(i)}/16 dev ovn0`,
    `route replace default via ${UNDERLAY.gateway} dev br-phy`,
    `route replace ${POD_NET.cidr} via ${JOIN.gateway} dev ovn0 src ${UNDERLAY.node(i)}`,
  ]
  await must(['ip', '-n', netns, '-batch', '-'], { stdin: `${lines.join('\n')}\n` })
  await Promise.all(['br-phy', 'ovn0', 'mirror0'].map((dev) => checksumsOff(tools, netns, dev)))
}
