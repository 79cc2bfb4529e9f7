import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { chassisOf, enabledGateway, wantedNodes } from '../../lib/gateway/judge-scene.ts'
import { seenTwice } from '../../lib/gateway/judge-twice.ts'
import type { Look } from '../../lib/gateway/look.ts'

interface Behind {
  readonly object: string
  readonly what: string
  readonly of: 'ovn-central' | 'ovs'
}

/** Who has not answered the newest request: northd, or a gateway node's ovn-controller. */
async function behind(look: Look, nodes: readonly string[]): Promise<readonly Behind[]> {
  const [{ nb, sb }, objects] = await Promise.all([look.progress(), look.nodes()])
  const [asked, answered] = [nb.globals[0], sb.globals[0]]
  if (asked === undefined || answered === undefined) return []
  if (asked.sb_cfg < asked.nb_cfg)
    return [{ object: 'ovn-northd', of: 'ovn-central', what: `the southbound is ${asked.nb_cfg - asked.sb_cfg} behind the northbound` }]
  return nodes.flatMap((node): readonly Behind[] => {
    const own = sb.chassis.find((c) => c.name === chassisOf(objects.find((o) => o.metadata.name === node)))
    if (own === undefined || own.nb_cfg >= answered.nb_cfg) return []
    return [{ object: node, of: 'ovs', what: `its ovn-controller is ${answered.nb_cfg - own.nb_cfg} behind the southbound` }]
  })
}

export const ovnFollows = defineCheck<{ readonly gapMs?: number }>({
  id: 'ovn-follows',
  group: 'gateway',
  title: 'what is written to OVN reaches the gateway nodes',
  level: 'fatal',
  reads: 'NB table NB_Global, SB tables SB_Global and Chassis_Private; twice where something is behind',
  why: 'rows in NB are a wish: while northd or a node’s ovn-controller stands still, packets go on by what was there before',
  mend: 'look at the log of the one that is behind, and restart its pod',
  run: async (ctx, { gapMs }) => {
    const gateway = await enabledGateway(ctx.look())
    if ('off' in gateway) return skip(gateway.off)
    const nodes = wantedNodes(gateway.wanted, await ctx.look().nodes())
    const found = await seenTwice(
      ctx,
      (look) => behind(look, nodes),
      (b) => b.object,
      gapMs,
    )
    const { namespace } = await ctx.look().settings()
    if (found.length === 0) return pass('northd and every gateway node have answered')
    return found.map(({ object, what, of }) => fail(what, { object, hint: hint.podLogs(namespace, of) }))
  },
})
