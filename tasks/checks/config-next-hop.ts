import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { NOTHING_WANTED, nextHopOf, wantedGateway } from '../../lib/gateway/judge-scene.ts'
import { KEY } from '../../lib/gateway/names.ts'

/** R1, R33: without a next hop pods never get their NAT, and annotated pods hang in ContainerCreating. */
export const configNextHop = defineCheck({
  id: 'config-next-hop',
  group: 'config',
  title: 'Kube-OVN knows the next hop',
  level: 'fatal',
  reads: 'the site, else the ConfigMap; the Subnet named like the external switch',
  why: 'without external-gw-addr and without a Subnet named like the switch, switch and port are built but no pod ever gets its NAT',
  mend: 'set gateway.nextHop in the inventory (external-gw-addr in the ConfigMap)',
  run: async (ctx) => {
    const look = ctx.look()
    const wanted = await wantedGateway(look)
    if (wanted === undefined) return skip(NOTHING_WANTED)
    const [settings, subnets] = await Promise.all([look.settings(), look.subnets()])
    const hop = nextHopOf(wanted, settings, subnets)
    if (hop !== undefined && hop !== '') return pass(`next hop ${hop}${wanted.nextHop === undefined ? ` (gateway of Subnet ${settings.switch})` : ''}`)
    const next =
      ctx.site.gateway === undefined ? hint.config(settings.configNamespace) : `ovngw plan --site ${ctx.site.name}   # after adding nextHop to its gateway`
    return fail(`neither ${KEY.nextHop} nor a Subnet ${settings.switch} says where packets leave to`, { object: KEY.nextHop, hint: next })
  },
})
