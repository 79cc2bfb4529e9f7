import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wrongAddress } from '../../lib/gateway/judge-config.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { NOTHING_WANTED, nextHopOf, wantedGateway } from '../../lib/gateway/judge-scene.ts'

export const configAddress = defineCheck({
  id: 'config-address',
  group: 'config',
  title: 'the router port address is a host address in the next hop’s network',
  level: 'fatal',
  reads: 'the site, else ConfigMap ovn-external-gw-config; the external Subnet',
  why: 'Kube-OVN writes any text it is given into OVN; a port outside the next hop’s network sends nothing',
  mend: 'choose a free host address of the external network, with that network’s prefix length',
  run: async (ctx) => {
    const look = ctx.look()
    const wanted = await wantedGateway(look)
    if (wanted === undefined) return skip(NOTHING_WANTED)
    if (wanted.address === 'auto') return pass('Kube-OVN takes an address from the external Subnet')
    const hop = wanted.nextHop ?? nextHopOf(wanted, await look.settings(), await look.subnets())
    const why = wrongAddress(wanted.address, hop)
    const rest = { object: wanted.address }
    return why === undefined
      ? pass(`${wanted.address} fits${hop === undefined ? '' : ` the next hop ${hop}`}`, rest)
      : fail(why, { ...rest, hint: hint.change(ctx.site) })
  },
})
