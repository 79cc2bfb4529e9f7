/** Pod addresses: the first free one of the pod's Subnet, its logical switch port, and the annotations that tell CNI about it. */
import { randomBytes } from 'node:crypto'
import type { KubeObject } from '../../kube/port.ts'
import { addressesIn, broadcast, contains, inRange, lastAddress, network, parseCidr, parseRange } from '../../net/cidr.ts'
import { addToIp, type Ip } from '../../net/ip.ts'
import { localMacOf } from '../../net/mac.ts'
import { annotateAll, type Context, marks, specOf } from './context.ts'
import { type Nb, Tx } from './nb.ts'
import * as p from './pod.ts'

/**
 * Addresses in use come from pods and switch ports each time; `released` is the one thing remembered: an address given back is not
 * handed out again before the controller restarts, unless it is asked for.
 */
export interface Pool {
  readonly released: Set<string>
  /** Annotations of every known pod that name an address. */
  inUse(): Iterable<string>
}

/** Gives the pods addresses: one transaction for all their ports, then the annotations. Answers the pods as they are now. */
export async function allocate(context: Context, subnets: ReadonlyMap<string, KubeObject>, pods: readonly KubeObject[], pool: Pool): Promise<KubeObject[]> {
  const { log, settings } = context
  const nb = await context.nb.read(settings.router)
  const used = new Set([...pool.inUse(), ...nb.switchPorts.flatMap((port) => port.addresses.flatMap((a) => a.split(' ').slice(1)))])
  const tx = new Tx()
  const patches: { pod: KubeObject; annotations: Record<string, string> }[] = []
  for (const pod of pods) {
    const subnet = subnets.get(p.annotation(pod, p.LOGICAL_SWITCH) || settings.defaultSubnet)
    if (!subnet) {
      log.error('pod.go:1402', `failed to get default subnet for pod ${p.podKey(pod)}`)
      continue
    }
    log.info('pod.go:625', `sync pod ${p.podKey(pod)} allocated`)
    const lease = ensurePort(tx, nb, { pod, subnet, used, pool, context })
    if (lease) patches.push({ pod, annotations: lease })
  }
  await context.nb.commit(tx)
  return annotateAll(context, patches)
}

interface Asked {
  readonly pod: KubeObject
  readonly subnet: KubeObject
  readonly used: Set<string>
  readonly pool: Pool
  readonly context: Context
}

function ensurePort(tx: Tx, nb: Nb, { pod, subnet, used, pool, context }: Asked): Record<string, string> | undefined {
  const { settings, log } = context
  const name = subnet.metadata.name
  const spec = specOf(subnet)
  const cidr = String(spec['cidrBlock'] ?? '')
  const row = nb.switches.find((s) => s.name === name)
  const had = nb.switchPorts.find((port) => port.name === p.portName(pod))
  const [hadMac, hadIp] = (had?.addresses[0] ?? '').split(' ')
  const ip = p.annotation(pod, p.IP) || hadIp || firstFree(spec, used, pool.released)
  if (!row || !ip) {
    log.error('pod.go:1420', `failed to allocate an address for pod ${p.podKey(pod)} in subnet ${name}`)
    return undefined
  }
  used.add(ip)
  const mac = p.annotation(pod, p.MAC) || hadMac || localMacOf(randomBytes(6))
  log.info('ipam.go:61', `allocate v4 ${ip}, v6 , mac ${mac} for ${p.podKey(pod)} from subnet ${name}`)
  const columns = {
    addresses: [`${mac} ${ip.replaceAll(',', ' ')}`],
    external_ids: marks(settings.profile.marks.podPort, { LS: name, POD: p.podKey(pod), IP: ip.replaceAll(',', '/') }),
  }
  if (had) tx.set('Logical_Switch_Port', had.uuid, columns)
  else tx.create('Logical_Switch_Port', { name: p.portName(pod), ...columns }, { table: 'Logical_Switch', record: row.uuid, column: 'ports' })
  return {
    [p.ALLOCATED]: 'true',
    [p.CIDR]: cidr,
    [p.GATEWAY]: String(spec['gateway'] ?? ''),
    [p.IP]: ip,
    [p.LOGICAL_ROUTER]: String(spec['vpc'] ?? settings.router),
    [p.LOGICAL_SWITCH]: name,
    [p.MAC]: mac,
    [p.NIC_TYPE]: 'veth-pair',
  }
}

function firstFree(spec: Readonly<Record<string, unknown>>, used: ReadonlySet<string>, released: ReadonlySet<string>): string | undefined {
  const cidr = parseCidr(String(spec['cidrBlock'] ?? '').split(',')[0] ?? '')
  const excluded = ((spec['excludeIps'] ?? []) as string[]).map((text) => parseRange(text.replaceAll('..', '-')))
  const free = (ip: Ip): boolean => !used.has(ip) && String(spec['gateway'] ?? '') !== ip && !excluded.some((r) => inRange(r, ip))
  const last = broadcast(cidr) ?? lastAddress(cidr)
  let given: string | undefined
  for (const ip of addressesIn({ first: addToIp(network(cidr), 1), last })) {
    if (!contains(cidr, ip) || ip === broadcast(cidr) || !free(ip)) continue
    if (!released.has(ip)) return ip
    given ??= ip
  }
  return given
}
