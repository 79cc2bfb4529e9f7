/** ConfigMap → node labels, external switch, router port, gateway chassis, `enableExternal` of the default VPC: the once-a-second resync of Kube-OVN's controller. */
import { type KubeObject, NODE, VPC } from '../../kube/port.ts'
import { CHASSIS, type Context, type Data, EXTERNAL_GW, readConfig, say, specOf, statusOf, words } from './context.ts'
import { buildGateway, gatewayExists, removeSwitch } from './switch.ts'

/** What the real controller remembers between two resyncs, and loses when it restarts (R23, R35). */
export interface Memory {
  enabled: 'unknown' | 'true' | 'false'
  last: Data | undefined
  type: string
}

export const NOTHING: Memory = { enabled: 'unknown', last: undefined, type: '' }

/**
 * The memory of a controller that had done its work on what is there now: after a snapshot was restored under a running one, nothing
 * may happen that had not happened before.
 */
export async function remembered(context: Context): Promise<Memory> {
  const config = await readConfig(context)
  const nodes = await listNodes(context)
  if (!config || config['enable-external-gw'] === 'false')
    return { ...NOTHING, enabled: nodes.some(isGateway) || (await spec(context)) === true ? 'unknown' : 'false' }
  const built = gatewayExists(await context.nb.read(context.settings.router), context.settings)
  return built && (await spec(context)) === true ? { enabled: 'true', last: config, type: config['type'] ?? '' } : { ...NOTHING, type: config['type'] ?? '' }
}

/** One resync. Everything that fails is a line in the log and is tried again at the next one. */
export async function resync(context: Context, memory: Memory): Promise<void> {
  const { settings, log } = context
  const from = settings.profile.log.gateway
  const config = await readConfig(context)
  if (settings.profile.extraSubnets && (await hasExtraSubnets(context))) return
  if (!config || config['enable-external-gw'] === 'false') {
    if (memory.enabled === 'false') return
    log.info(`${from}:53`, 'start to remove ovn external gw')
    if (!(await attempt(context, `${from}:56`, 'failed to remove ovn external gw', () => tearDown(context, true)))) return
    Object.assign(memory, { enabled: 'false', last: undefined })
    log.info(`${from}:64`, 'finish remove ovn external gw')
    return
  }
  if (memory.enabled === 'true' && memory.last && sameData(memory.last, config)) return
  log.info(`${from}:71`, `${settings.profile.log.last}${goMap(memory.last)}`)
  if (nodesChanged(memory.last, config)) {
    log.info(`${from}:74`, 'external gw nodes list changed, start to remove ovn external gw')
    if (!(await attempt(context, `${from}:76`, 'failed to remove old ovn external gw', () => tearDown(context, false)))) return
  }
  log.info(`${from}:80`, 'start to establish ovn external gw')
  if (!(await attempt(context, `${from}:82`, 'failed to establish ovn-external-gw', () => establish(context, config)))) return
  Object.assign(memory, { enabled: 'true', last: config, type: config['type'] ?? '' })
  if (!(await attempt(context, `${from}:88`, 'failed to update default vpc', () => setExternal(context, true)))) return
  log.info(`${from}:92`, 'finish establishing ovn external gw')
}

async function attempt({ log }: Context, from: string, what: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    log.error(from, `${what}, ${words(error)}`)
    return false
  }
}

const nodesChanged = (last: Data | undefined, config: Data): boolean =>
  last !== undefined && ((last['type'] === 'distributed' && config['type'] === 'centralized') || last['external-gw-nodes'] !== config['external-gw-nodes'])

async function tearDown(context: Context, forGood: boolean): Promise<void> {
  const { settings, log } = context
  for (const node of (await listNodes(context)).filter(isGateway)) await label(context, node.metadata.name, 'false')
  log.info(`${settings.profile.log.gateway}:123`, `delete external gateway switch ${settings.switch}`)
  await removeSwitch(context, forGood)
  if (forGood && settings.profile.disable.clearsVpc) await setExternal(context, false)
}

async function establish(context: Context, config: Data): Promise<void> {
  const from = context.settings.profile.log.gateway
  const chassis = await gatewayChassis(context, config).catch((error: unknown) => {
    context.log.error(`${from}:145`, `failed to get gateway chassis, ${words(error)}`)
    throw error
  })
  await buildGateway(context, config, chassis)
}

/** Chassis of the labelled nodes, then of those the ConfigMap names; every one of them is labelled on the way (R6, R22, R35). */
async function gatewayChassis(context: Context, config: Data): Promise<readonly string[]> {
  const { log, settings } = context
  const from = settings.profile.log.gateway
  const nodes = await listNodes(context)
  const named = config['type'] === 'distributed' ? [] : (config['external-gw-nodes'] ?? '').split(',').map((n) => n.trim())
  const wanted = new Set([...nodes.filter(isGateway).map((n) => n.metadata.name), ...named.filter((n) => n !== '')])
  const live = await context.chassis()
  const found: string[] = []
  for (const name of wanted) {
    const node = nodes.find((n) => n.metadata.name === name)
    if (!node) {
      log.error(`${from}:250`, `failed to get gw node ${name}, node "${name}" not found`)
      throw new Error(`node "${name}" not found`)
    }
    if (!isGateway(node)) await label(context, name, 'true')
    const chassis = node.metadata.annotations?.[CHASSIS] ?? ''
    if (chassis === '') {
      const why = `node ${name} has no chassis annotation, kube-ovn-cni not ready`
      log.error(`${from}:262`, why)
      throw new Error(why)
    }
    say(context, settings.profile.log.chassis, { NODE: name, CHASSIS: chassis })
    if (!live.includes(chassis)) throw new Error(`failed to get node ${name} chassis: ${chassis}, not found`)
    found.push(chassis)
  }
  if (found.length === 0) throw new Error('no available external gw')
  return found
}

const listNodes = async ({ kube }: Context): Promise<readonly KubeObject[]> =>
  [...(await kube.list(NODE)).items].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))

const isGateway = (node: KubeObject): boolean => node.metadata.labels?.[EXTERNAL_GW] === 'true'

const label = async ({ kube }: Context, name: string, value: 'true' | 'false'): Promise<void> =>
  void (await kube.patch(NODE, { name }, { metadata: { labels: { [EXTERNAL_GW]: value } } }))

const findVpc = ({ kube, settings }: Context): Promise<KubeObject | undefined> => kube.find(VPC, { name: settings.router })

async function hasExtraSubnets(context: Context): Promise<boolean> {
  const vpc = await findVpc(context)
  const extra = vpc && specOf(vpc)['extraExternalSubnets']
  return Array.isArray(extra) && extra.length > 0
}

const spec = async (context: Context): Promise<unknown> => {
  const vpc = await findVpc(context)
  return vpc && specOf(vpc)['enableExternal']
}

/**
 * `enableExternal` of the default VPC. A disable leaves the status true, because the VPC's own sync, started by the changed spec,
 * writes it back; where the spec was clear already there is no such sync and the status is cleared (R7, s18 and s25).
 */
async function setExternal(context: Context, on: boolean): Promise<void> {
  const vpc = await findVpc(context)
  if (!vpc) throw new Error(`failed to get vpc ${context.settings.router}`)
  const ref = { name: context.settings.router }
  const changes = (specOf(vpc)['enableExternal'] === true) !== on
  if (changes) await context.kube.patch(VPC, ref, { spec: { enableExternal: on ? true : null } })
  if ((on || !changes) && statusOf(vpc)['enableExternal'] !== on)
    await context.kube.patch(VPC, ref, { status: { enableExternal: on } }, { subresource: 'status' })
}

const sameData = (a: Data, b: Data): boolean => {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((k) => a[k] === b[k])
}

/** A map as Go prints it: `map[a:1 b:2]`, keys sorted. */
const goMap = (data: Data | undefined): string => {
  const pairs = Object.entries(data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${pairs.map(([k, v]) => `${k}:${v}`).join(' ')}]`
}
