import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { enabledGateway, missingPieces, readScene } from '../../lib/gateway/judge-scene.ts'

/** Found by the controller's flag, then by structure; two candidates are an error, which makes this unknown. The router port is gateway-sync's. */
export const gatewaySwitch = defineCheck({
  id: 'gateway-switch',
  group: 'gateway',
  title: 'the external switch is in OVN and has a way out',
  level: 'fatal',
  reads: 'NB tables Logical_Switch, Logical_Switch_Port',
  why: 'the switch with its localnet port is the cluster’s side of the external network',
  mend: 'the controller’s log says why it was not built: an unknown node (config-nodes), a node without chassis (node-chassis)',
  needs: { 'config-nodes': 'all', 'node-chassis': 'all' },
  run: async (ctx) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const scene = await readScene(look)
    const missing = missingPieces(scene).filter((m) => !m.startsWith('router port') && !m.startsWith('switch port'))
    if (missing.length > 0) return fail(`OVN has no ${missing.join(', no ')}`, { hint: hint.controllerLog(scene.settings.namespace) })
    const { switch: sw, localnet, naming } = scene.parts
    return pass(`${sw?.name}, localnet ${localnet?.name} to network ${localnet?.networkName}`, { object: sw?.name, seen: { naming: naming ?? null } })
  },
})
