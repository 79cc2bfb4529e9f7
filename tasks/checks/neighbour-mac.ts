import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { natsOf } from '../../lib/gateway/judge.ts'
import { NO_PROBE, neighbours, unproved } from '../../lib/gateway/judge-packets.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { hostOf, readScene } from '../../lib/gateway/judge-scene.ts'

/** R29: who asked before a change keeps the old MAC until the entry expires. Entries the host does not have are no matter. */
export const neighbourMac = defineCheck({
  id: 'neighbour-mac',
  group: 'packet',
  title: 'outside hosts know the gateway by its present MAC',
  level: 'warning',
  reads: '`ip neigh` of every outside host; NB tables Logical_Router_Port, NAT',
  why: 'after a change of MAC, or a second station with an address of ours, a neighbour goes on sending to the wrong one until its entry expires',
  mend: 'delete the entry at the host shown; if it comes back, another station answers for the address',
  run: async (ctx) => {
    if (ctx.outside.length === 0) return skip(NO_PROBE)
    const { parts, nb, settings } = await readScene(ctx.look())
    const port = parts.routerPort
    if (port === undefined) return skip('there is no router port (gateway-router-port)')
    const own = hostOf(port.networks[0])
    const macs = new Map<string, string>(natsOf(nb, settings.router).map((n) => [n.external_ip, n.external_mac ?? port.mac]))
    if (own !== undefined) macs.set(own, port.mac)
    return perObject(
      ctx.outside,
      (o) => o.where,
      async (outside) => {
        const known = await neighbours(outside, ctx.signal)
        if (known === undefined) return unproved('its neighbours are not to be seen')
        const [wrong] = known.filter(({ address, mac }) => (macs.get(address) ?? mac).toLowerCase() !== mac)
        if (wrong === undefined) return pass(`${known.filter(({ address }) => macs.has(address)).length} of our addresses, each with our MAC`)
        const should = macs.get(wrong.address)
        return fail(`it has ${wrong.address} at ${wrong.mac}, should be ${should}`, {
          hint: `ip neigh del ${wrong.address} dev ${wrong.dev}   # at ${outside.where}`,
        })
      },
    )
  },
})
