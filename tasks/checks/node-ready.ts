import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { type NicArgs, perNode } from '../../lib/gateway/judge-nic-view.ts'
import { isReady, readiness } from '../../lib/gateway/judge-scene.ts'

export const nodeReady = defineCheck<NicArgs>({
  id: 'node-ready',
  group: 'node',
  title: 'every gateway node is Ready',
  level: 'fatal',
  reads: 'Nodes, condition Ready',
  why: 'Kube-OVN’s daemon makes the bridge; on a node that is not Ready it may not run',
  mend: 'bring the node back, or take it out of gateway.nodes',
  run: (ctx, args) =>
    perNode(ctx.look(), args, (node, name) => {
      if (node === undefined) return skip('no such node (node-exists)')
      if (isReady(node)) return pass('Ready')
      const ready = readiness(node)
      return fail(`${name} is not Ready${ready?.message === undefined ? '' : `: ${ready.message}`}`, { hint: `kubectl describe node ${name}` })
    }),
})
