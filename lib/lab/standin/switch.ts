/** The external switch, the router's port on it and its gateway chassis, in the Northbound database. */
import { randomBytes } from 'node:crypto'
import { parseCidr } from '../../net/cidr.ts'
import { localMacOf } from '../../net/mac.ts'
import type { Settings } from './config.ts'
import { type Context, type Data, marks, say } from './context.ts'
import { type Nb, Tx } from './nb.ts'

export const gatewayExists = (nb: Nb, { switch: name, routerPort }: Settings): boolean =>
  nb.switches.some((s) => s.name === name) && nb.routerPorts.some((p) => p.name === routerPort)

/**
 * Make what is missing. An existing router port keeps its address and MAC (R4); a missing one whose peer is still there is never
 * made again (R28); chassis are only ever added (R5).
 */
export async function buildGateway(context: Context, config: Data, chassis: readonly string[]): Promise<void> {
  const { settings } = context
  const { profile } = settings
  const nb = await context.nb.read(settings.router)
  const port = nb.routerPorts.find((p) => p.name === settings.routerPort)
  if (port) say(context, [[`${profile.log.gateway}:158`, profile.log.lrpExists]])
  if (!port && !config['nic-ip']) throw new Error(`failed to get subnet ${settings.switch}, subnet.kubeovn.io "${settings.switch}" not found`)
  const tx = new Tx()
  const sw = ensureSwitch(tx, nb, settings)
  const hasPeer = nb.switchPorts.some((p) => p.name === settings.switchPort)
  const made = hasPeer ? undefined : createPort(tx, nb, settings, sw, config)
  if (made !== undefined) say(context, profile.log.build, { ADDRESS: config['nic-ip'] ?? '' })
  if (!port && made === undefined) {
    await context.nb.commit(tx)
    throw new Error(`create gateway chassises for logical router port ${settings.routerPort}: get logical router port ${settings.routerPort}: object not found`)
  }
  chassis.forEach((name, i) => {
    const row = `${settings.routerPort}-${name}`
    if (nb.chassis.some((c) => c.name === row)) return
    const columns = { name: row, chassis_name: name, priority: 100 - i, external_ids: marks(profile.marks.chassis, { LRP: settings.routerPort }) }
    tx.create('Gateway_Chassis', columns, { table: 'Logical_Router_Port', record: made ?? port?.uuid ?? '', column: 'gateway_chassis' })
  })
  await context.nb.commit(tx)
}

function ensureSwitch(tx: Tx, nb: Nb, settings: Settings): string {
  const { marks: mark } = settings.profile
  const sw = nb.switches.find((s) => s.name === settings.switch)?.uuid ?? tx.create('Logical_Switch', { name: settings.switch, external_ids: mark.switch })
  if (!nb.switchPorts.some((p) => p.name === settings.localnet)) {
    const columns = {
      name: settings.localnet,
      type: 'localnet',
      addresses: ['unknown'],
      options: { network_name: settings.net },
      external_ids: marks(mark.switchPort, { LS: settings.switch }),
      ...(settings.vlan > 0 ? { tag: settings.vlan } : {}),
    }
    tx.create('Logical_Switch_Port', columns, { table: 'Logical_Switch', record: sw, column: 'ports' })
  }
  return sw
}

/** Both ends of the link between switch and router; answers the router's. */
function createPort(tx: Tx, nb: Nb, settings: Settings, sw: string, config: Data): string {
  const { marks: mark } = settings.profile
  const networks = (config['nic-ip'] ?? '').split(',').map((text) => parseCidr(text.trim()))
  const mac = config['nic-mac'] || localMacOf(randomBytes(6))
  tx.create(
    'Logical_Switch_Port',
    {
      name: settings.switchPort,
      type: 'router',
      addresses: ['router'],
      options: { 'router-port': settings.routerPort },
      external_ids: marks(mark.switchPort, { LS: settings.switch }),
    },
    { table: 'Logical_Switch', record: sw, column: 'ports' },
  )
  return tx.create(
    'Logical_Router_Port',
    { name: settings.routerPort, mac, networks, external_ids: marks(mark.routerPort, { LR: settings.router }) },
    { table: 'Logical_Router', record: nb.router.uuid, column: 'ports' },
  )
}

/** What a disable, or a changed list of nodes, deletes: the switch the profile names, if there is one, and the router's port on it (R7). */
export async function removeSwitch(context: Context, forGood: boolean): Promise<void> {
  const { nb: client, settings } = context
  const { disable, log } = settings.profile
  say(context, log.remove)
  const name = disable.deletes.replace('SWITCH', settings.switch)
  const nb = await client.read(settings.router)
  const tx = new Tx()
  const sw = nb.switches.find((s) => s.name === name)
  const port = nb.routerPorts.find((p) => p.name === `${settings.router}-${name}`)
  if (sw) tx.destroy('Logical_Switch', sw.uuid)
  if (port) tx.remove('Logical_Router', nb.router.uuid, 'ports', port.uuid)
  if (forGood && disable.clearsNat) tx.remove('Logical_Router', nb.router.uuid, 'nat', ...nb.nats.map((n) => n.uuid))
  await client.commit(tx)
}
