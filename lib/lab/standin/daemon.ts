/** Kube-OVN's daemon of one node, as far as the gateway goes: node label and ConfigMap → the external bridge with the NIC, and the bridge mapping. */
import { type KubeObject, PROVIDER_NETWORK, SUBNET } from '../../kube/port.ts'
import { listings, rowParser, set, str, strings, uuid } from '../../ovn/parse.ts'
import { type Runner, read, write } from '../../proc/command.ts'
import { type Context, readConfig, specOf } from './context.ts'
import { answer } from './nb.ts'

const switchRow = rowParser({ table: 'Open_vSwitch', columns: { external_ids: strings } })
const bridgeRow = rowParser({ table: 'Bridge', columns: { name: str, ports: set(uuid) } })
const portRow = rowParser({ table: 'Port', columns: { name: str } })
const TABLES = [switchRow, bridgeRow, portRow] as const
const MAPPINGS = 'ovn-bridge-mappings'

interface Ovs {
  /** `network:bridge` pairs. */
  readonly mappings: readonly string[]
  /** Names of the ports of each bridge. */
  readonly bridges: ReadonlyMap<string, readonly string[]>
}

export interface OvsDoor {
  readonly runner: Runner
  /** `unix:…/db.sock` */
  readonly db: string
  /** Whether the node is a network namespace with links of its own. */
  readonly links: boolean
}

/**
 * One turn of the daemon's three-second loop.
 * @param gateway value of the node's external-gw label; anything but 'true' takes the bridge away (mappings stay, R7)
 */
export async function syncNode(context: Context, door: OvsDoor, gateway: string | undefined): Promise<void> {
  const { settings } = context
  const ovs = await readOvs(door)
  if (gateway !== 'true') {
    if (ovs.bridges.has(settings.bridge) && !(await isShared(context, ovs))) {
      context.log.info('gateway_linux.go:1540', `delete external bridge ${settings.bridge}`)
      await vsctl(door, '--if-exists', 'del-br', settings.bridge)
    }
    return
  }
  const config = await readConfig(context)
  if (!config) throw new Error('failed to get ovn-external-gw-config, configmaps "ovn-external-gw-config" not found')
  const nic = config['external-gw-nic'] ?? ''
  if (nic === '') throw new Error('external-gw-nic not configured in ovn-external-gw-config')
  await attachNic(context, door, ovs, nic)
  await ensureMapping(door, ovs, `${settings.mapping}:${settings.bridge}`)
}

/** The NIC's bridge, whichever it is, is deleted when it is not ours (R10); a NIC that was ours before stays beside the new one (R9). */
async function attachNic({ settings, log }: Context, door: OvsDoor, ovs: Ovs, nic: string): Promise<void> {
  const [holder] = [...ovs.bridges].find(([, ports]) => ports.includes(nic)) ?? []
  if (holder === settings.bridge) return
  if (holder !== undefined) {
    log.info('gateway_linux.go:1496', `external bridge should change from ${holder} to ${settings.bridge}, delete external bridge ${holder}`)
    await vsctl(door, '--if-exists', 'del-br', holder)
  }
  log.info('gateway_linux.go:1507', `create external bridge ${settings.bridge} and add nic ${nic}`)
  if (door.links) await door.runner.run(write('ip', 'link', 'set', 'dev', nic, 'up'))
  // Only the lab sets datapath_type: Kube-OVN does not (R11), and without it no packet would flow in a userspace datapath.
  const bridge = ['--may-exist', 'add-br', settings.bridge, '--', 'set', 'Bridge', settings.bridge, 'datapath_type=netdev']
  await vsctl(door, ...bridge, '--', '--may-exist', 'add-port', settings.bridge, nic)
}

async function ensureMapping(door: OvsDoor, ovs: Ovs, wanted: string): Promise<void> {
  if (ovs.mappings.includes(wanted)) return
  const network = wanted.slice(0, wanted.indexOf(':') + 1)
  const next = [...ovs.mappings.filter((m) => !m.startsWith(network)), wanted].join(',')
  await vsctl(door, 'set', 'Open_vSwitch', '.', `external_ids:${MAPPINGS}=${JSON.stringify(next)}`)
}

/** A provider network or a VLAN Subnet uses the bridge too. */
async function isShared({ kube, settings }: Context, ovs: Ovs): Promise<boolean> {
  const subnet = await kube.find(SUBNET, { name: settings.switch })
  if (subnet && String(specOf(subnet)['vlan'] ?? '') !== '') return true
  const networks: readonly KubeObject[] = (await kube.list(PROVIDER_NETWORK)).items
  const ports = ovs.bridges.get(settings.bridge) ?? []
  return networks.some((n) => ports.includes(String(specOf(n)['defaultInterface'] ?? '')))
}

async function readOvs(door: OvsDoor): Promise<Ovs> {
  const lists = TABLES.flatMap((t) => ['--', `--columns=${t.names.join(',')}`, 'list', t.table])
  const text = await answer(door.runner, read('ovs-vsctl', ...options(door), '--format=json', ...lists))
  const names = TABLES.map((t) => t.table)
  const [root, bridges, ports] = listings(text, 'ovs-vsctl', names)
  const empty = { headings: ['_uuid'], data: [] }
  const portNames = new Map(portRow.rows(ports ?? empty, 'ovs-vsctl').map((row) => [row.uuid, row.name]))
  const mappings = switchRow.rows(root ?? empty, 'ovs-vsctl')[0]?.external_ids[MAPPINGS] ?? ''
  return {
    mappings: mappings.split(',').filter((m) => m !== ''),
    bridges: new Map(bridgeRow.rows(bridges ?? empty, 'ovs-vsctl').map((row) => [row.name, row.ports.map((u) => portNames.get(u) ?? '')])),
  }
}

const options = ({ db }: OvsDoor): string[] => [`--db=${db}`, '--no-wait', '--timeout=5']

const vsctl = (door: OvsDoor, ...args: string[]): Promise<string> => answer(door.runner, write('ovs-vsctl', ...options(door), ...args))
