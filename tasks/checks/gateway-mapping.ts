import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wrongMapping } from '../../lib/gateway/judge-gateway.ts'
import { type NicArgs, perNic } from '../../lib/gateway/judge-nic-view.ts'
import { bridgeName, enabledGateway, networkOf, readScene } from '../../lib/gateway/judge-scene.ts'

/** R36. */
export const gatewayMapping = defineCheck<NicArgs>({
  id: 'gateway-mapping',
  group: 'gateway',
  title: 'every gateway node maps the external network to its bridge',
  level: 'fatal',
  reads: 'external_ids:ovn-bridge-mappings in OVS of each gateway node',
  why: 'ovn-controller connects br-int to the bridge the mapping names; without it no packet leaves the node',
  mend: 'Kube-OVN’s daemon writes the mapping within seconds after the label; if the names differ see names-agree',
  needs: { 'names-agree': 'all', 'gateway-labels': 'same' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const scene = await readScene(look)
    const { namespace } = scene.settings
    return perNic(look, args, ({ node, ovs }) => {
      const [network, bridge] = [networkOf(scene), bridgeName(scene, ovs)]
      const wrong = wrongMapping(ovs, network, bridge)
      return wrong === undefined
        ? pass(`${network}:${bridge}`)
        : fail(`${wrong}`, { hint: `kubectl -n ${namespace} get pods -o wide -l app=kube-ovn-cni --field-selector spec.nodeName=${node}` })
    })
  },
})
