import { defineCheck, fail, pass } from '../../lib/define.ts'
import { type NicArgs, perNode } from '../../lib/gateway/judge-nic-view.ts'

/** R6. */
export const nodeExists = defineCheck<NicArgs>({
  id: 'node-exists',
  group: 'node',
  title: 'every gateway node is a node of the cluster',
  level: 'fatal',
  reads: 'Nodes',
  why: 'one unknown node name makes Kube-OVN fail the whole gateway and retry for ever, visible in its log only',
  mend: 'correct gateway.nodes in the inventory (external-gw-nodes in the ConfigMap)',
  run: (ctx, args) =>
    perNode(ctx.look(), args, (node, name) =>
      node === undefined ? fail(`the cluster has no node ${name}`, { hint: 'kubectl get nodes' }) : pass('it is there'),
    ),
})
