import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type NicArgs, perNode } from '../../lib/gateway/judge-nic-view.ts'
import { unproved } from '../../lib/gateway/judge-packets.ts'
import { standingOf, switchVersion } from '../../lib/ovs/daemon.ts'

export const ovsRuns = defineCheck<NicArgs>({
  id: 'ovs-runs',
  group: 'node',
  title: 'Open vSwitch answers on every gateway node',
  level: 'fatal',
  reads: '`ovs-appctl version` of ovs-vswitchd on each gateway node',
  why: 'its database still says that all is well while ovs-vswitchd is gone or hangs: no packet passes, or none by a new flow',
  mend: 'look at the log of the node’s OVS pod, and restart it: packets stop for seconds',
  run: async (ctx, args) => {
    const { namespace } = await ctx.look().settings()
    return perNode(ctx.look(), args, async (node, name) => {
      if (node === undefined) return skip('no such node (node-exists)')
      const next = { hint: `${hint.podLogs(namespace, 'ovs')}   # the pod of ${name}` }
      const standing = standingOf(await ctx.node(name).run(switchVersion(), { signal: ctx.signal, timeoutMs: 15_000 }))
      if (standing === 'answers') return pass('ovs-vswitchd answers')
      if (standing === 'unseen') return unproved('ovs-vswitchd may not be asked', next)
      return fail(standing === 'hangs' ? 'ovs-vswitchd hangs: it does not answer' : 'ovs-vswitchd does not run', next)
    })
  },
})
