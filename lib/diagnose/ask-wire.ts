/** Who answers on the external network, heard at the bridge packets leave by: one capture for the next hop and for the pod's addresses. */
import { type Ctx, defineCheck, fail, pass, skip, unknown } from '../define.ts'
import { earOn } from '../gateway/ear.ts'
import { natsOf } from '../gateway/judge.ts'
import { hint } from '../gateway/judge-hints.ts'
import { readScene, tryIpv4 } from '../gateway/judge-scene.ts'
import { whoAnswers } from '../gateway/wire.ts'
import type { CheckResult } from '../kernel/check.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Ipv4 } from '../net/ip.ts'
import { hopOf } from './target.ts'

export interface Heard {
  readonly node: string
  readonly dev: string
  readonly hop: Ipv4 | undefined
  /** MACs by address; the next hop's too. */
  readonly macs: ReadonlyMap<string, readonly string[]>
}

/** @throws OvngwError NOT_FOUND when there is no bridge to hear from, and what whoAnswers throws */
export async function hear(ctx: Ctx, node: string, addresses: readonly string[]): Promise<Heard> {
  const look = ctx.look()
  const [ear, hop] = await Promise.all([earOn(look, node, ctx.node(node)), hopOf(look)])
  if (typeof ear === 'string') throw new OvngwError('NOT_FOUND', { what: ear, hint: hint.check(ctx.site, 'gateway-bridge') })
  const asked = addresses.flatMap((a) => tryIpv4(a) ?? [])
  const control = hop ?? asked[0]
  if (control === undefined) return { node, dev: ear.dev, hop, macs: new Map() }
  return {
    node,
    dev: ear.dev,
    hop,
    macs: await whoAnswers(
      ear,
      asked.filter((a) => a !== control),
      control,
      ctx.signal,
    ),
  }
}

type Listening = () => Promise<Heard>

/** Is the next hop there? Not a check of the registry: it is bound to what one capture heard. */
export const nextHopAnswers = (listen: Listening) =>
  defineCheck({
    id: 'next-hop-answers',
    group: 'packet',
    title: 'the next hop answers on the wire',
    level: 'fatal',
    reads: 'ARP probes from the external bridge of the node that carries the gateway',
    why: 'OVN asks the next hop for its MAC before the first packet leaves: where nobody answers, nothing does',
    mend: 'is the next hop right? Cable, switch port, VLAN, port security; anti-spoofing of hypervisor or cloud',
    run: async (ctx): Promise<CheckResult> => {
      const { node, dev, hop, macs } = await listen()
      if (hop === undefined) return skip('there is no next hop (config-next-hop)')
      const found = macs.get(hop) ?? []
      const next = { object: hop, hint: `arping -I ${dev} -c 3 ${hop}   # on ${node}; is gateway.nextHop right? then cable, switch port, VLAN` }
      if (found.length === 0) return fail(`nobody answers for the next hop ${hop} at ${node}`, next)
      if (found.length > 1) return fail(`${found.join(' and ')} both answer for the next hop: somebody took its address`, next)
      const owner = natsOf(await ctx.look().nb(), (await ctx.look().settings()).router).find((n) => n.external_ip === hop)
      if (owner !== undefined)
        return fail(`OVN itself answers for it: a NAT row of ${owner.logical_ip} has the next hop's address (R15)`, { ...next, hint: hint.sweep(ctx.site) })
      return pass(`${hop} answers as ${found[0]}`, { object: hop })
    },
  })({})

/** Who answers outside for the pod's addresses: only OVN should. */
export const ownAnswers = (listen: Listening, addresses: readonly string[]) =>
  defineCheck({
    id: 'address-answers',
    group: 'packet',
    title: 'only OVN answers for the pod’s addresses',
    level: 'fatal',
    reads: 'ARP probes from the external bridge; NB tables Logical_Router_Port and NAT',
    why: 'a second station with the address takes its answers',
    mend: 'find the station by the MAC shown and move it',
    run: async (ctx): Promise<readonly CheckResult[]> => {
      const look = ctx.look()
      const [{ node, dev, hop, macs }, { parts, nb, settings }] = await Promise.all([listen(), readScene(look)])
      const hopMacs = hop === undefined ? [] : (macs.get(hop) ?? [])
      return addresses.map((object) => {
        const row = natsOf(nb, settings.router).find((n) => n.external_ip === object)
        const ours = [parts.routerPort?.mac, row?.external_mac].flatMap((m) => (typeof m === 'string' ? [m.toLowerCase()] : []))
        const found = macs.get(object) ?? []
        const next = { object, hint: `arping -I ${dev} -c 3 ${object}   # on ${node}` }
        const strange = found.filter((m) => !ours.includes(m))
        if (strange.length > 0 && strange.every((m) => hopMacs.includes(m)))
          return { ...unknown('the next hop answers for it (proxy ARP)', next), level: 'warning' }
        if (strange.length > 0) return fail(`${strange.join(' and ')} answers for it too, a station outside OVN`, next)
        // OVN's own answer is not heard everywhere: on a userspace datapath it does not pass the NIC.
        return pass(found.length > 0 ? `OVN answers for it as ${found.join(', ')}` : 'no station outside OVN answers for it', { object })
      })
    },
  })({})
