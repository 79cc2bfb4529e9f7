import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { chassisOf, enabledGateway, readScene, wantedNodes } from '../../lib/gateway/judge-scene.ts'
import { activeChassis } from '../../lib/ovn/sb.ts'

export const gatewayActiveChassis = defineCheck({
  id: 'gateway-active-chassis',
  group: 'gateway',
  title: 'a wanted node carries the gateway now',
  level: 'fatal',
  reads: 'SB table Port_Binding (the chassisredirect port), Chassis',
  why: 'where the port is bound is where the packets really go, whatever the ConfigMap says',
  mend: 'ovn-controller on the wanted node claims the port: is it running, does it reach SB, has the node the bridge mapping?',
  needs: { 'node-chassis': 'same', 'gateway-chassis': 'all' },
  run: async (ctx) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const { wanted } = gateway
    const [{ parts, nodes, settings }, sb] = await Promise.all([readScene(look), look.sb()])
    if (parts.routerPort === undefined) return skip('there is no router port (gateway-router-port)')
    const object = `cr-${parts.routerPort.name}`
    const active = activeChassis(sb, parts.routerPort.name)
    const via = wantedNodes(wanted, nodes)
    if (active === undefined)
      return fail(`no chassis has claimed ${object}: nothing leaves`, { object, via, hint: `kubectl -n ${settings.namespace} get pods -l app=ovs -o wide` })
    const known = nodes.find((n) => chassisOf(n) === active.name)?.metadata.name
    const node = known ?? active.name
    if (via.includes(node)) return pass(`active on ${node}`, { object })
    return fail(`active on ${node}, which is no gateway node`, { object, via: known === undefined ? via : [known], hint: hint.change(ctx.site) })
  },
})
