/** Do ACLs (NetworkPolicy, security groups) let the pod's packets out, and those of the outside in? OVN's own trace decides. */

import { type Ctx, defineCheck, fail, pass, skip, unknown } from '../define.ts'
import { tryIp } from '../gateway/judge-scene.ts'
import { podName } from '../gateway/pods.ts'
import type { CheckResult } from '../kernel/check.ts'
import { tolerated } from '../kernel/errors.ts'
import { isIpv4 } from '../net/ip.ts'
import { type Acl, type AclTables, readAcls } from '../ovn/acl.ts'
import type { LogicalSwitch, LogicalSwitchPort } from '../ovn/tables.ts'
import { parseTrace, type Traced, type TracedPacket, trace } from '../ovn/trace.ts'
import { portName } from './ask-port.ts'
import { subjectOf } from './subject.ts'
import { targetOf } from './target.ts'

type Args = { readonly namespace: string; readonly name: string }
/** `out`: what the pod sends; `in`: what it gets. */
export type Way = 'out' | 'in'

const DIRECTION = { out: 'from-lport', in: 'to-lport' } as const

type Port = Pick<LogicalSwitchPort, 'uuid'>

/** ACLs of the port's switch and port groups that may drop, highest priority first. */
export function droppers({ acls, groups }: AclTables, sw: Pick<LogicalSwitch, 'acls'> | undefined, port: Port, way: Way): readonly Acl[] {
  const mine = new Set([...(sw?.acls ?? []), ...groups.filter((g) => g.ports.includes(port.uuid)).flatMap((g) => g.acls)])
  return acls
    .filter((a) => mine.has(a.uuid) && a.direction === DIRECTION[way] && (a.action === 'drop' || a.action === 'reject'))
    .toSorted((a, b) => b.priority - a.priority)
}

export const podAcl = defineCheck<Args & { readonly way: Way }>({
  id: 'pod-acl',
  group: 'pod',
  title: 'no ACL or NetworkPolicy drops the pod’s packets',
  level: 'fatal',
  reads: 'NB tables ACL and Port_Group; ovn-trace where one of them could drop',
  why: 'a default-deny NetworkPolicy or a security group stops packets beside the router, and nothing says so',
  mend: 'allow the outside in the NetworkPolicy or security group',
  run: async (ctx, { way, ...ref }) => {
    const [nb, acls] = await Promise.all([ctx.look().nb(), readAcls(ctx.nb, { signal: ctx.signal })])
    const port = nb.switchPorts.find((p) => p.name === portName(ref))
    if (port === undefined) return skip('it has no port (pod-port)')
    const sw = nb.switches.find((s) => s.ports.includes(port.uuid))
    const list = droppers(acls, sw, port, way)
    const [first] = list
    if (first === undefined) return pass(`no ACL drops what it ${SAYS[way]}`)
    const next = { object: podName(ref), hint: `kubectl -n ${ref.namespace} get networkpolicies`, seen: list.slice(0, 5).map(show) }
    const traced = await podTrace(ctx, ref, way)
    if (traced === undefined) return { ...unknown(`ACL ${show(first)} may drop what it ${SAYS[way]}: ovn-trace could not be asked`, next), level: 'warning' }
    if (traced.dropped?.includes('acl') !== true) return pass(`no ACL drops what it ${SAYS[way]}: ovn-trace`)
    return fail(`what it ${SAYS[way]} is dropped in ${traced.dropped}: ACL ${show(first)}`, next)
  },
})

const SAYS = { out: 'sends', in: 'gets' } as const

const show = (a: Acl): string => `${a.priority} ${a.match} ${a.action}`

/** One ping between the pod and the outside, as the pod's switch sees it; undefined where the pod's port is not known. */
export async function packetOf(ctx: Ctx, ref: Args, way: Way): Promise<TracedPacket | undefined> {
  const look = ctx.look()
  const [{ pod }, nb, outside] = await Promise.all([subjectOf(look, ref), look.nb(), targetOf(look)])
  const port = nb.switchPorts.find((p) => p.name === portName(ref))
  const sw = nb.switches.find((s) => port !== undefined && s.ports.includes(port.uuid))
  const up = nb.switchPorts.find((p) => sw?.ports.includes(p.uuid) === true && p.type === 'router')
  const routerMac = nb.routerPorts.find((p) => p.name === up?.options['router-port'])?.mac
  const mac = port?.addresses[0]?.split(' ')[0]
  const ip = tryIp(pod.ip)
  if (sw === undefined || up === undefined || routerMac === undefined || mac === undefined || outside === undefined) return undefined
  if (ip === undefined || !isIpv4(ip)) return undefined
  return way === 'out'
    ? { switch: sw.name, port: portName(ref), from: mac, to: routerMac, source: ip, target: outside }
    : { switch: sw.name, port: up.name, from: routerMac, to: mac, source: outside, target: ip }
}

/** `ovn-trace` of that ping; undefined where it cannot be asked. */
async function podTrace(ctx: Ctx, ref: Args, way: Way): Promise<Traced | undefined> {
  const packet = await packetOf(ctx, ref, way)
  if (packet === undefined) return undefined
  const output = await tolerated(ctx.sb.run(trace(packet), { signal: ctx.signal, timeoutMs: 30_000 }))
  return output?.code === 0 ? parseTrace(output.stdout) : undefined
}

/** The whole way out, as evidence for `--probe`. */
export const podTraced = defineCheck<Args>({
  id: 'ovn-trace',
  group: 'packet',
  title: 'OVN’s own flows lead a packet of the pod out',
  level: 'warning',
  reads: 'ovn-trace at the southbound database',
  why: 'it says which stage of the pipeline drops a packet, before any packet is sent',
  mend: 'the stage’s name says which table to look at',
  run: async (ctx, ref): Promise<CheckResult> => {
    const traced = await podTrace(ctx, ref, 'out')
    const object = podName(ref)
    if (traced === undefined) return unknown('it could not be asked', { object, hint: 'kubectl ko trace' })
    if (traced.dropped !== undefined)
      return fail(`dropped in stage ${traced.dropped}`, { object, hint: `kubectl ko trace ${podName(ref)} ${await targetOf(ctx.look())} icmp` })
    return pass(traced.outputs.length === 0 ? 'not dropped' : `leaves by ${traced.outputs.join(', ')}`, { object })
  },
})
