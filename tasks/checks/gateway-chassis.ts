import { defineCheck, fail, pass, skip, warn } from '../../lib/define.ts'
import { judgeChassis } from '../../lib/gateway/judge-gateway.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { enabledGateway, readScene, wantedNodes } from '../../lib/gateway/judge-scene.ts'

/** R5. */
export const gatewayChassis = defineCheck({
  id: 'gateway-chassis',
  group: 'gateway',
  title: 'the router port is on the wanted nodes and on no other',
  level: 'fatal',
  reads: 'NB table Gateway_Chassis; Node annotation ovn.kubernetes.io/chassis',
  why: 'Kube-OVN only adds chassis, with equal priority: traffic may go on through a node that was taken out',
  mend: '`ovngw change` makes the set and the priorities exactly the wanted ones',
  needs: { 'node-exists': 'same', 'node-chassis': 'same' },
  run: async (ctx) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const { wanted } = gateway
    const { parts, nodes } = await readScene(look)
    if (parts.routerPort === undefined) return skip('there is no router port (gateway-router-port)')
    const rest = {
      object: parts.routerPort.name,
      hint: hint.change(ctx.site),
      seen: parts.chassis.map((c) => ({ chassis: c.chassis_name, priority: c.priority })),
    }
    const { missing, extra, equal } = judgeChassis(parts.chassis, wantedNodes(wanted, nodes), nodes)
    const wrong = [...missing.map((n) => `${n} is missing`), ...extra.map((n) => `${n} is on it and should not be`)]
    const own = extra.some((name) => nodes.some((n) => n.metadata.name === name)) // a node too many; one without its chassis has no name here
    if (wrong.length > 0) return fail(wrong.join('; '), { ...rest, via: missing, own })
    if (equal.length > 0) return warn(`${equal.join(' and ')} have the same priority: which one is active is chance`, rest)
    return pass(parts.chassis.map((c) => `${c.chassis_name} ${c.priority}`).join(', '), { ...rest, hint: undefined })
  },
})
