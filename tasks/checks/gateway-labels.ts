import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wrongLabels } from '../../lib/gateway/judge-gateway.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { enabledGateway, wantedNodes } from '../../lib/gateway/judge-scene.ts'
import { GATEWAY_LABEL } from '../../lib/gateway/names.ts'

/** R35. */
export const gatewayLabels = defineCheck({
  id: 'gateway-labels',
  group: 'gateway',
  title: 'exactly the gateway nodes are labelled',
  level: 'fatal',
  reads: 'Node label ovn.kubernetes.io/external-gw',
  why: 'Kube-OVN joins labelled nodes with the list in the ConfigMap: a forgotten label brings a node back as gateway',
  mend: '`ovngw change` sets the labels; after a controller restart look again',
  needs: { 'config-nodes': 'all' },
  run: async (ctx) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const { wanted } = gateway
    const nodes = await look.nodes()
    const names = wantedNodes(wanted, nodes)
    const wrong = wrongLabels(nodes, names)
    if (wrong.length === 0) return pass(`${names.join(', ')} labelled ${GATEWAY_LABEL}=true`)
    return wrong.map(({ node, should }) =>
      fail(should ? 'it is a gateway node and not labelled' : 'it is labelled and no gateway node', {
        object: node,
        hint: ctx.site.gateway === undefined ? `kubectl label node ${node} ${GATEWAY_LABEL}=${should} --overwrite` : hint.change(ctx.site),
      }),
    )
  },
})
