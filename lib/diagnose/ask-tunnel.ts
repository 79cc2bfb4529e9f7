/** From the pod's node to the node that carries the gateway: ovn-controller at both ends, and the tunnel between them. */
import { defineCheck, fail, pass, skip, unknown, warn } from '../define.ts'
import { hint } from '../gateway/judge-hints.ts'
import { answers } from '../gateway/judge-packets.ts'
import { perObject } from '../gateway/judge-results.ts'
import { chassisOf } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import { isError } from '../kernel/errors.ts'
import { connectionStatus, standingOf } from '../ovn/controller.ts'
import { readTunnels, wrongTunnel } from '../ovs/tunnel.ts'

const WRONG = { 'not running': 'does not run', hangs: 'hangs: it does not answer', 'not connected': 'does not reach the southbound database' } as const

export const ovnController = defineCheck<{ readonly nodes: readonly string[] }>({
  id: 'ovn-controller',
  group: 'node',
  title: 'ovn-controller runs and reaches the southbound database',
  level: 'fatal',
  reads: '`ovn-appctl connection-status` of the pod’s node and of the gateway’s',
  why: 'it claims ports, writes every flow and learns the next hop’s MAC: without it a node forgets, and learns nothing new',
  mend: 'restart the node’s ovs-ovn pod; look at its log',
  run: async (ctx, { nodes }) => {
    const { namespace } = await ctx.look().settings()
    return perObject(
      nodes,
      (node) => node,
      async (node) => {
        const next = { hint: `${hint.podLogs(namespace, 'ovs')}   # the pod of ${node}` }
        const standing = standingOf(await ctx.node(node).run(connectionStatus(), { signal: ctx.signal, timeoutMs: 15_000 }))
        if (standing === 'connected') return pass('connected')
        if (standing === 'unseen') return { ...unknown('it may not be asked', next), level: 'warning' }
        return fail(`ovn-controller ${WRONG[standing]}`, next)
      },
    )
  },
})

/** Address of a node's tunnel end: as SB says, else its own OVS. */
export async function endOf(look: Look, node: string): Promise<string | undefined> {
  const [sb, nodes] = await Promise.all([look.sb(), look.nodes()])
  const chassis = chassisOf(nodes.find((n) => n.metadata.name === node))
  return sb.encaps.find((e) => e.chassis_name === chassis)?.ip ?? (await look.ovs(node)).openVswitch.external_ids['ovn-encap-ip']?.split(',')[0]
}

/** Undefined where the node's addresses are not to be seen. */
async function hasAddress(look: Look, node: string, ip: string): Promise<boolean | undefined> {
  try {
    return (await look.links(node)).some((l) => l.addresses.some((a) => a.startsWith(`${ip}/`)))
  } catch (error) {
    if (isError(error, 'CANCELLED', 'BUG')) throw error
    return undefined
  }
}

export const tunnelTo = defineCheck<{ readonly from: string | null; readonly to: string | null }>({
  id: 'tunnel',
  group: 'node',
  title: 'the pod’s node reaches the gateway’s node through the tunnel',
  level: 'fatal',
  reads: 'OVS Interface (error, BFD) of the pod’s node; a ping between the tunnel’s ends',
  why: 'pods of other nodes travel in Geneve to the node that carries the gateway: blocked UDP 6081 kills just them',
  mend: 'the underlay between the nodes: routes, firewalls (UDP 6081), MTU',
  run: async (ctx, { from, to }) => {
    if (from === null || to === null) return skip('the pod or the gateway has no node')
    if (from === to) return pass(`both on ${to}: no tunnel needed`)
    const end = await endOf(ctx.look(), to)
    const object = `${from} → ${to}`
    const look = { object, hint: `ovs-vsctl show   # on ${from}: a port with remote_ip ${end ?? 'of the other'}` }
    if (end === undefined) return unknown(`${to} names no tunnel address`, look)
    const tunnel = (await readTunnels(ctx.node(from), { signal: ctx.signal })).find((t) => t.options['remote_ip'] === end)
    const wrong = wrongTunnel(tunnel)
    if (wrong !== undefined) return fail(`${wrong}; the other end is ${end}`, look)
    const reached = await answers(ctx.node(from), end, ctx.signal)
    if (reached === false && (await hasAddress(ctx.look(), to, end)) === false)
      return fail(`${to} has no address ${end}, which it names as the end of its tunnels`, {
        object,
        hint: `ovs-vsctl get Open_vSwitch . external_ids:ovn-encap-ip   # on ${to}`,
      })
    const kind = `${tunnel?.type} to ${end}`
    if (reached === false) return warn(`${kind} looks right, but ${from} gets no ping to ${end}`, { object, hint: `ping -c 3 ${end}   # on ${from}` })
    return pass(`${kind}${reached === undefined ? '' : ', which answers'}`, { object })
  },
})
