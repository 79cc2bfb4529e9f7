import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { readScene } from '../../lib/gateway/judge-scene.ts'
import { isEnabled } from '../../lib/gateway/wanted.ts'

/** R28. */
export const gatewaySync = defineCheck({
  id: 'gateway-sync',
  group: 'gateway',
  title: 'Kube-OVN can synchronise the gateway',
  level: 'fatal',
  reads: 'ConfigMap ovn-external-gw-config, NB tables Logical_Router_Port and Logical_Switch_Port',
  why: 'a switch port that leads to a router port which is gone makes every later sync fail; touching the ConfigMap does not help',
  mend: 'delete the switch port as well, then touch the ConfigMap: both ends are made again (`ovngw repair`)',
  run: async (ctx) => {
    const look = ctx.look()
    if (!isEnabled(await look.configMap())) return skip('the gateway is not enabled')
    const { parts, nb } = await readScene(look)
    const port = parts.switchPort
    const peer = port?.options['router-port']
    if (port === undefined || nb.routerPorts.some((p) => p.name === peer)) return pass('both ends of the link, or neither, are there')
    return fail(`${port.name} leads to router port ${peer}, which does not exist`, { object: port.name, hint: hint.repair(ctx.site) })
  },
})
