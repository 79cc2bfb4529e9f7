/** Annotations `eip` and `snat` → NAT rows and the way to the next hop; what goes when a pod goes; and what a start of the controller deletes. */
import type { KubeObject } from '../../kube/port.ts'
import { annotateAll, type Context, nextHop, readConfig, requeued, words } from './context.ts'
import { inNodeGroup } from './group.ts'
import * as nat from './nat.ts'
import { type Nb, Tx } from './nb.ts'
import * as p from './pod.ts'
import { dropReroute, reroute } from './reroute.ts'

type Subnets = ReadonlyMap<string, KubeObject>

interface Routed {
  /** As they are now. */
  readonly routed: readonly KubeObject[]
  readonly refused: readonly KubeObject[]
}

/**
 * Routes every pod that has an address and not `routed`. Each pod is its own story: one that fails is named in the log and answered
 * for another try, the others go on in the same transaction.
 * @param type `type` of the ConfigMap the gateway was last built from
 */
export async function routePods(context: Context, subnets: Subnets, pods: readonly KubeObject[], type: string): Promise<Routed> {
  const { log, settings } = context
  const nb = await context.nb.read(settings.router)
  const config = await readConfig(context)
  const hop = once(async () => {
    if (!config) throw new Error('failed to get ex-gateway config, configmap "ovn-external-gw-config" not found')
    return nextHop(context, config)
  })
  const tx = new Tx()
  const done: KubeObject[] = []
  const refused: KubeObject[] = []
  for (const pod of pods) {
    log.info('pod.go:845', `sync pod ${p.podKey(pod)} routed`)
    try {
      const subnet = subnets.get(p.annotation(pod, p.LOGICAL_SWITCH))
      const vpc = String((subnet?.['spec'] as Record<string, unknown> | undefined)?.['vpc'] ?? settings.router)
      if (vpc === settings.router) await routePod({ context, tx, nb, pod, type, hop })
      done.push(pod)
    } catch (error) {
      log.error('pod.go:939', words(error))
      log.error('controller.go:1579', requeued(`add/update pod \\"${p.podKey(pod)}\\"`, error))
      refused.push(pod)
    }
  }
  await context.nb.commit(tx)
  const patches = done.map((pod) => ({ pod, annotations: { [p.ROUTED]: 'true' } }))
  return { routed: await annotateAll(context, patches), refused }
}

interface Job {
  readonly context: Context
  readonly tx: Tx
  readonly nb: Nb
  readonly pod: KubeObject
  readonly type: string
  readonly hop: () => Promise<string>
}

async function routePod({ context, tx, nb, pod, type, hop }: Job): Promise<void> {
  const { settings } = context
  const [eip, snat, ips] = [p.annotation(pod, p.EIP), p.annotation(pod, p.SNAT), p.annotation(pod, p.IP)]
  const external = settings.eipSnat && (eip !== '' || snat !== '')
  if (external) reroute({ tx, nb, settings, ips, subnet: p.annotation(pod, p.LOGICAL_SWITCH) }, await hop())
  else if (settings.profile.reroute === 'route') dropReroute({ tx, nb, settings, ips, subnet: '' })
  inNodeGroup(tx, nb, pod, !external)
  if (!settings.eipSnat) return
  const port = type === 'distributed' ? { name: p.portName(pod), mac: p.annotation(pod, p.MAC) } : undefined
  for (const ip of ips.split(',')) {
    if (eip === '') nat.drop(tx, nb, 'dnat_and_snat', ip)
    else if (p.protocol(eip) === p.protocol(ip)) nat.ensureEip({ tx, nb, profile: settings.profile }, { eip, ip, port })
    if (snat === '') nat.drop(tx, nb, 'snat', ip)
    else if (p.protocol(snat) === p.protocol(ip)) nat.ensureSnat({ tx, nb, profile: settings.profile }, snat, ip)
  }
}

/** Rows of pods that are gone: their switch port, their way out, and the NAT rows the profile says. */
export async function forgetPods(context: Context, pods: readonly KubeObject[], gatewayOn: boolean): Promise<void> {
  const { log, settings } = context
  const nb = await context.nb.read(settings.router)
  const tx = new Tx()
  for (const pod of pods) {
    log.info('pod.go:1106', `handle delete pod ${p.podKey(pod)}`)
    const port = nb.switchPorts.find((row) => row.name === p.portName(pod))
    if (!port) continue
    const ips = p.annotation(pod, p.IP) || (port.addresses[0] ?? '').split(' ').slice(1).join(',')
    if (p.annotation(pod, p.LOGICAL_ROUTER) === settings.router) {
      dropReroute({ tx, nb, settings, ips, subnet: '' })
      for (const ip of ips.split(','))
        nat.podGone({ tx, nb, profile: settings.profile, log, gatewayOn }, { ip, eip: p.annotation(pod, p.EIP), snat: p.annotation(pod, p.SNAT) })
    }
    const sw = nb.switches.find((row) => row.ports.includes(port.uuid))
    if (sw) tx.remove('Logical_Switch', sw.uuid, 'ports', port.uuid)
    log.info('pod.go:1314', `delete logical switch port ${port.name}`)
    log.info('pod.go:1320', `try release all ip address for deleting pod ${p.podKey(pod)}`)
  }
  await context.nb.commit(tx)
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let value: Promise<T> | undefined
  return () => {
    value ??= make()
    return value
  }
}
