import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { judgeUplinks } from '../../lib/gateway/judge-gateway.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type NicArgs, perNic } from '../../lib/gateway/judge-nic-view.ts'
import { bridgeName, bridgeOf, enabledGateway, readScene } from '../../lib/gateway/judge-scene.ts'

/** R9. */
export const gatewayBridge = defineCheck<NicArgs>({
  id: 'gateway-bridge',
  group: 'gateway',
  title: 'the external bridge has the NIC as its only way out',
  level: 'fatal',
  reads: 'OVS of each gateway node',
  why: 'a NIC OVS could not open carries nothing; an old NIC left in the bridge beside the new one is a loop between two segments',
  mend: '`ovngw change` puts the wanted NIC in and takes the others out',
  needs: { 'gateway-labels': 'same', 'nic-not-in-other-bridge': 'same' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const scene = await readScene(look)
    return perNic(look, args, ({ node, nic, ovs }) => {
      const bridge = bridgeOf(scene, ovs)
      const log = `kubectl -n ${scene.settings.namespace} logs daemonset/kube-ovn-cni --tail=100`
      if (bridge === undefined) return fail(`${node} has no bridge ${bridgeName(scene, ovs)}`, { hint: log })
      const { present, missing, extra, errors } = judgeUplinks(ovs, bridge, nic)
      const wrong = [
        ...errors,
        ...(missing ? [`${nic} is not in it`] : []),
        ...(extra.length > 0 ? [`${extra.join(', ')} ${extra.length === 1 ? 'is' : 'are'} in it beside ${nic}`] : []),
      ]
      if (wrong.length > 0)
        return fail(`${bridge.name}: ${wrong.join('; ')}`, {
          hint: hint.change(ctx.site),
          own: extra.length > 0,
          seen: { bridge: bridge.name, uplinks: [...present] },
        })
      return pass(`${bridge.name} leads out by ${present.join(', ')}`)
    })
  },
})
