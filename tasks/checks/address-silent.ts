import { defineCheck, fail, pass, skip, unknown } from '../../lib/define.ts'
import { earOn } from '../../lib/gateway/ear.ts'
import { natsOf } from '../../lib/gateway/judge.ts'
import { type AddressArgs, wishes } from '../../lib/gateway/judge-external.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { folded } from '../../lib/gateway/judge-results.ts'
import { nextHopOf, readScene, tryIpv4, wantedGateway, wantedNodes } from '../../lib/gateway/judge-scene.ts'
import { whoAnswers } from '../../lib/gateway/wire.ts'
import type { CheckResult } from '../../lib/kernel/check.ts'

/** Some twenty seconds of listening. */
const ASKED = 5_000

/** Asked on the wire, and only believed after the next hop answered the same question. */
export const addressSilent = defineCheck<AddressArgs>({
  id: 'address-silent',
  group: 'address',
  title: 'nobody on the external network answers for the address',
  level: 'warning',
  reads: 'ARP probes from the external bridge of a gateway node',
  why: 'a printer nobody wrote down: two stations with one address take each other’s packets',
  mend: 'choose another address, or find the station by the MAC shown and move it',
  run: async (ctx, args) => {
    const look = ctx.look()
    const asked = wishes(ctx.site, args)
    const wanted = await wantedGateway(look)
    if (asked.length === 0 || wanted === undefined) return skip('no address is asked for')
    const [scene, subnets] = await Promise.all([readScene(look), look.subnets()])
    const ours = new Set<string>(natsOf(scene.nb, scene.settings.router).map((n) => n.external_ip))
    const good = asked.flatMap(({ address }) => tryIpv4(address) ?? [])
    if (good.every((a) => ours.has(a))) return skip('OVN itself answers for them')
    const [node] = wantedNodes(wanted, scene.nodes)
    const hop = tryIpv4(nextHopOf(wanted, scene.settings, subnets))
    if (node === undefined || hop === undefined) return skip('no gateway node or no next hop to compare with')
    const ear = await earOn(look, node, ctx.node(node))
    if (typeof ear === 'string') return unknown(ear, { hint: hint.check(ctx.site, 'gateway-bridge') })
    const asking = new Set(good.filter((a) => !ours.has(a)).slice(0, ASKED))
    const heard = asking.size === 0 ? new Map() : await whoAnswers(ear, [...asking], hop, ctx.signal)
    const known: readonly string[] = heard.get(hop) ?? []
    const judge = (address: string): CheckResult => {
      if (ours.has(address)) return skip('OVN itself answers for it')
      const next = { hint: `arping -D -I ${ear.dev} -c 2 ${address}   # on ${node}` }
      if (known.length === 0) return unknown(`the next hop ${hop} does not answer the same probe from ${node}`, next)
      const macs: readonly string[] = heard.get(address) ?? []
      if (macs.length === 0) return pass(`silent; ${hop} answered`)
      if (macs.every((m) => known.includes(m))) return unknown(`the next hop answers for it (proxy ARP): nothing can be said`, next)
      return fail(`${macs.join(', ')} answers for it`, next)
    }
    const results = good.filter((a) => ours.has(a) || asking.has(a)).map((object) => ({ object, ...judge(object) }))
    const more = good.length - results.length
    return [...folded(results, 'addresses'), ...(more > 0 ? [unknown(`${more} more addresses were not asked for on the wire`)] : [])]
  },
})
