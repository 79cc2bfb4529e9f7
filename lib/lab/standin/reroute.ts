/** The way of a pod's packets to the next hop: a 29250 policy (v1.16.2) or a `src-ip` route (v1.11.24), one function each, chosen by the profile (R3, R30). */
import type { Settings } from './config.ts'
import { marks } from './context.ts'
import type { Nb, Tx } from './nb.ts'

/** NorthGatewayRoutePolicyPriority. */
export const REROUTE_PRIORITY = 29250

interface Reroute {
  readonly tx: Tx
  readonly nb: Nb
  readonly settings: Settings
  /** The pod's addresses as its annotation has them: two of them, with a comma, make a match OVN cannot read (R20). */
  readonly ips: string
  readonly subnet: string
}

const match = (ips: string): string => `ip4.src == ${ips}`

const WAYS = {
  policy: {
    add: ({ tx, nb, settings, ips, subnet }: Reroute, hop: string): void => {
      const had = nb.policies.find((row) => row.priority === REROUTE_PRIORITY && row.match === match(ips))
      if (had) {
        if (had.nexthops[0] !== hop || had.nexthops.length !== 1) tx.set('Logical_Router_Policy', had.uuid, { nexthops: [hop] })
        return
      }
      const external_ids = marks(settings.profile.marks.policy, { SUBNET: subnet })
      const columns = { priority: REROUTE_PRIORITY, match: match(ips), action: 'reroute', nexthops: [hop], external_ids }
      const uuid = tx.create('Logical_Router_Policy', columns, { table: 'Logical_Router', record: nb.router.uuid, column: 'policies' })
      nb.policies.push({ uuid, priority: REROUTE_PRIORITY, match: match(ips), nexthops: [hop] })
    },
    drop: ({ tx, nb, ips }: Reroute): void => {
      for (const ip of ips.split(',')) {
        const rows = nb.policies.filter((row) => row.priority === REROUTE_PRIORITY && row.match === match(ip))
        tx.remove('Logical_Router', nb.router.uuid, 'policies', ...rows.map((row) => row.uuid))
      }
    },
  },
  route: {
    add: ({ tx, nb, settings, ips }: Reroute, hop: string): void => {
      for (const ip of ips.split(',')) {
        const had = nb.routes.find((row) => row.policy === 'src-ip' && row.ip_prefix === ip)
        if (had?.nexthop === hop) continue
        if (had) {
          tx.set('Logical_Router_Static_Route', had.uuid, { nexthop: hop })
          continue
        }
        const columns = { ip_prefix: ip, nexthop: hop, policy: 'src-ip', external_ids: marks(settings.profile.marks.route, {}) }
        const uuid = tx.create('Logical_Router_Static_Route', columns, { table: 'Logical_Router', record: nb.router.uuid, column: 'static_routes' })
        nb.routes.push({ uuid, ip_prefix: ip, nexthop: hop, policy: 'src-ip' })
      }
    },
    drop: ({ tx, nb, ips }: Reroute): void => {
      const own = ips.split(',')
      const rows = nb.routes.filter((row) => row.policy === 'src-ip' && own.includes(row.ip_prefix))
      tx.remove('Logical_Router', nb.router.uuid, 'static_routes', ...rows.map((row) => row.uuid))
    },
  },
}

export const reroute = (job: Reroute, hop: string): void => WAYS[job.settings.profile.reroute].add(job, hop)
export const dropReroute = (job: Reroute): void => WAYS[job.settings.profile.reroute].drop(job)
