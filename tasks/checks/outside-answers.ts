import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wayOut } from '../../lib/gateway/exit.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { answers, NO_PROBE, unproved } from '../../lib/gateway/judge-packets.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { enabledGateway, hostOf, nextHopOf, readScene } from '../../lib/gateway/judge-scene.ts'
import { WIRE } from '../../lib/gateway/packet-needs.ts'

/** `baselineDead`: the probe did not answer before the change either; then it proves nothing now. */
export const outsideAnswers = defineCheck<{ readonly baselineDead?: boolean }>({
  id: 'outside-answers',
  group: 'packet',
  title: 'the outside and the router port reach each other',
  level: 'fatal',
  reads: 'pings from every outside host of the site to the router port, and to the next hop for comparison',
  why: 'only a packet proves that bridge, NIC, cable, switch and VLAN are right, and that nobody on the way drops foreign MACs',
  mend: 'a next hop that answers while the port does not: look at VLAN, port security and anti-spoofing of hypervisor or cloud (nic-foreign-mac)',
  needs: {
    'gateway-switch': 'all',
    'config-vlan': 'all',
    'gateway-active-chassis': 'all',
    ...WIRE,
    'pod-address-values': 'same',
  },
  run: async (ctx, { baselineDead = false }) => {
    if (ctx.outside.length === 0) return skip(NO_PROBE)
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const [{ parts, settings }, subnets] = await Promise.all([readScene(look), look.subnets()])
    const port = hostOf(parts.routerPort?.networks[0])
    const hop = nextHopOf(gateway.wanted, settings, subnets)
    if (port === undefined) return skip('there is no router port (gateway-router-port)')
    return perObject(
      ctx.outside,
      (o) => o.where,
      async (outside) => {
        const next = { hint: `ping -c 3 ${port}   # at ${outside.where}` }
        const answer = await answers(outside, port, ctx.signal)
        if (answer === true) return pass(`${port} answers`)
        if (baselineDead) return unproved(`${port} does not answer, nor did the probe before the change`, next)
        if (answer === undefined) return unproved('the outside host cannot ping', next)
        const control = hop === undefined ? undefined : await answers(outside, hop, ctx.signal)
        if (control !== true) return unproved(`neither ${port} nor the next hop ${hop ?? ''} answers: the probe itself is dead`, next)
        return fail(`${port} does not answer, the next hop ${hop} does`, {
          hint: hint.check(ctx.site, 'gateway-active-chassis', 'gateway-bridge', 'gateway-patch', 'nic-up'),
          via: [...(await wayOut(look)), port, `${hop}`], // a pod with one of these addresses hijacks it (R15)
        })
      },
    )
  },
})
