import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wrongPort } from '../../lib/gateway/judge-gateway.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { enabledGateway, readScene } from '../../lib/gateway/judge-scene.ts'

/** R4. */
export const gatewayRouterPort = defineCheck({
  id: 'gateway-router-port',
  group: 'gateway',
  title: 'the router port has the wanted address and MAC',
  level: 'fatal',
  reads: 'NB table Logical_Router_Port; the site, else the ConfigMap',
  why: 'Kube-OVN ignores nic-ip and nic-mac while the router port exists, also through disable and enable',
  mend: '`ovngw change` rebuilds the port in one transaction; pods keep their NAT',
  needs: { 'gateway-sync': 'all' },
  run: async (ctx) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const { wanted } = gateway
    const { parts, settings } = await readScene(look)
    const port = parts.routerPort
    if (port === undefined)
      return parts.switch === undefined
        ? skip('there is no external switch (gateway-switch)')
        : fail(`router ${settings.router} has no port on ${parts.switch.name}`, { hint: hint.repair(ctx.site) })
    const wrong = wrongPort(port, wanted)
    const rest = { object: port.name, seen: { networks: port.networks, mac: port.mac } }
    if (wrong.length === 0) return pass(`${port.networks.join(', ')}, MAC ${port.mac}`, rest)
    return fail(`it ${wrong.join(', and ')}`, { ...rest, hint: hint.change(ctx.site) })
  },
})
