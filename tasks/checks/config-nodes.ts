import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { isLabelled } from '../../lib/gateway/judge-scene.ts'
import { wantedFromConfig } from '../../lib/gateway/wanted.ts'

/** R6: judges the ConfigMap itself; what a site wants is judged by node-exists. */
export const configNodes = defineCheck({
  id: 'config-nodes',
  group: 'config',
  title: 'every gateway node of the ConfigMap is a node of the cluster',
  level: 'fatal',
  reads: 'ConfigMap ovn-external-gw-config, Nodes',
  why: 'one unknown name makes Kube-OVN fail and retry for ever, visible in its log only; the known nodes are labelled all the same',
  mend: 'correct external-gw-nodes',
  needs: { 'node-exists': 'same' },
  run: async (ctx) => {
    const look = ctx.look()
    const config = wantedFromConfig(await look.configMap())
    if (config === undefined) return skip('no enabled ConfigMap ovn-external-gw-config on the cluster')
    const [nodes, { configNamespace }] = await Promise.all([look.nodes(), look.settings()])
    const rest = { hint: ctx.site.gateway === undefined ? hint.config(configNamespace) : hint.change(ctx.site) }
    const unknown = config.nodes.filter((c) => !nodes.some((n) => n.metadata.name === c.name))
    if (unknown.length > 0) return unknown.map(({ name }) => fail(`external-gw-nodes names ${name}, the cluster has no such node`, { object: name, ...rest }))
    if (config.nodes.length === 0 && !nodes.some(isLabelled))
      return fail('no node is named in external-gw-nodes and none is labelled ovn.kubernetes.io/external-gw=true', rest)
    return pass(config.nodes.length === 0 ? 'gateway nodes are those labelled' : config.nodes.map((n) => n.name).join(', '))
  },
})
