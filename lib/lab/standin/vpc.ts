/** The sync of the default VPC: router options, and `src-ip` routes for the NAT rows of that moment (R3). */

import type { KubeObject } from '../../kube/port.ts'
import { type Context, marks, nextHop, readConfig, specOf } from './context.ts'
import { Tx } from './nb.ts'

const LEARN = 'always_learn_from_arp_request'

/** @throws when there is a ConfigMap but no next hop (R33): tried again later. */
export async function syncVpc(context: Context, vpc: KubeObject): Promise<void> {
  const { settings, log } = context
  log.warn('vpc.go:358', `enable-eip-snat need external subnet ${settings.switch} to be exist: subnet.kubeovn.io "${settings.switch}" not found`)
  await setOptions(context, specOf(vpc)['enableExternal'] === true)
  const config = settings.eipSnat ? await readConfig(context) : undefined
  const hop = config && (await nextHop(context, config))
  const nb = await context.nb.read(settings.router)
  const wanted = new Set(hop === undefined ? [] : nb.nats.map((n) => n.logical_ip))
  const kept = new Set<string>()
  const tx = new Tx()
  for (const route of nb.routes.filter((r) => r.policy === 'src-ip')) {
    const good = wanted.has(route.ip_prefix) && route.nexthop === hop && !kept.has(route.ip_prefix)
    if (good) kept.add(route.ip_prefix)
    else tx.remove('Logical_Router', nb.router.uuid, 'static_routes', route.uuid)
  }
  for (const ip of wanted) {
    if (kept.has(ip)) continue
    const columns = { ip_prefix: ip, nexthop: hop ?? '', policy: 'src-ip', external_ids: marks(settings.profile.marks.route, {}) }
    tx.create('Logical_Router_Static_Route', columns, { table: 'Logical_Router', record: nb.router.uuid, column: 'static_routes' })
  }
  await context.nb.commit(tx)
  log.info('vpc.go:667', `external_gw handle ovn default external gw ${settings.router}`)
}

async function setOptions({ nb: client, settings }: Context, external: boolean): Promise<void> {
  const nb = await client.read(settings.router)
  const tx = new Tx()
  const has = nb.router.options[LEARN]
  if (external && has !== undefined) tx.remove('Logical_Router', nb.router.uuid, 'options', LEARN)
  if (!external && has !== 'false') tx.set('Logical_Router', nb.router.uuid, { [`options:${LEARN}`]: 'false' })
  await client.commit(tx)
}
