/** Which row it is, by what is in it, as a person reads it: a UUID changes when the row is put back, an external address alone hits others (R32). */
import type { Nat, RouterPolicy, StaticRoute } from './tables.ts'

export const identityOf = {
  nat: (n: Pick<Nat, 'type' | 'external_ip' | 'logical_ip'>): string => `NAT row ${n.type} ${n.external_ip} → ${n.logical_ip}`,
  policy: (p: Pick<RouterPolicy, 'priority' | 'match' | 'action' | 'nexthop' | 'nexthops'>): string => {
    const hops = [...p.nexthops, ...(p.nexthop === null ? [] : [p.nexthop])].sort()
    return `policy ${p.priority} ${p.match} ${p.action}${hops.length === 0 ? '' : ` ${hops.join(',')}`}`
  },
  route: (r: Pick<StaticRoute, 'policy' | 'ip_prefix' | 'nexthop' | 'route_table'>): string =>
    `route ${r.policy ?? 'dst-ip'} ${r.ip_prefix} via ${r.nexthop}${r.route_table === undefined || r.route_table === '' ? '' : ` table ${r.route_table}`}`,
} as const
