/** Owners among the rows of the northbound database: NAT, load balancers, router ports. */
import { showNat, wantedRows } from '../gateway/judge.ts'
import { isAnnotated, type PodView } from '../gateway/pods.ts'
import type { LoadBalancer, Nat } from '../ovn/tables.ts'
import { type Add, ELSEWHERE, type Owner, type Sources } from './owner.ts'

export function addRows(add: Add, sources: Sources): void {
  addNats(add, sources)
  for (const lb of sources.nb.loadBalancers)
    for (const [address, keys] of keysByAddress(lb))
      add([address], () => ({
        kind: 'load-balancer',
        object: `load balancer ${lb.name}`,
        way: `${keys.map((k) => lbDel(lb.name, k)).join(' && ')}   # after the Service that asks for it`,
      }))
  for (const { name, networks } of sources.nb.routerPorts)
    add(
      networks.map((n) => n.split('/')[0]),
      () => ({ kind: 'router-port', object: `router port ${name}`, way: ELSEWHERE }),
    )
}

/**
 * Rows of every router: on the wire one address is one, whoever's it is. A row of the gateway's router that a living pod's annotation asks for
 * is that pod, which is an owner already.
 */
function addNats(add: Add, { nb, router, pods }: Sources): void {
  const routerOf = new Map<string, string>()
  for (const { name, nat } of nb.routers) for (const uuid of nat) routerOf.set(uuid, name)
  const asking = Map.groupBy(pods.filter(isAnnotated), (p) => p.ip)
  const isAsked = (row: Nat): boolean => (asking.get(row.logical_ip) ?? []).some((p) => asksFor(p, row))
  for (const row of nb.nats) {
    const on = routerOf.get(row.uuid) ?? router
    if (on === router && isAsked(row)) continue
    add([row.external_ip], () => natOwner(row, on, on === router))
  }
}

const asksFor = (pod: PodView, { type, external_ip }: Nat): boolean =>
  wantedRows(pod, { type: 'centralized' }).some((w) => w.type === type && w.external_ip === external_ip)

const HOW: Readonly<Record<string, Owner['how']>> = { dnat_and_snat: 'eip', snat: 'snat' }

const natOwner = (row: Nat, router: string, ours: boolean): Owner => ({
  kind: 'nat',
  object: `NAT row ${showNat(row)}${ours ? '' : ` of router ${router}`}`,
  how: HOW[row.type],
  way: `kubectl ko nbctl lr-nat-del ${router} ${row.type} ${row.type === 'snat' ? row.logical_ip : row.external_ip}`,
  logicalIp: ours ? row.logical_ip : undefined,
})

const lbDel = (name: string, key: string): string => `kubectl ko nbctl lb-del ${name} ${key}`

/** Keys of `vips` (`172.56.0.9:80`, `172.56.0.9`, `[fd00::9]:80`, `fd00::9`) by the address in them. */
function keysByAddress({ vips }: LoadBalancer): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.keys(vips), (key) => /^\[(.*)\]/.exec(key)?.[1] ?? /^([0-9.]+):/.exec(key)?.[1] ?? key)
}
