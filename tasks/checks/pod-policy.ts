import { defineCheck, fail, pass, skip, unknown } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { pathOf, sharedPolicies, straysOnPath } from '../../lib/gateway/judge-path.ts'
import { type PodArgs, perPod, podScene } from '../../lib/gateway/judge-pods.ts'
import { isAnnotated, ownsPolicy } from '../../lib/gateway/pods.ts'
import type { CheckResult } from '../../lib/kernel/check.ts'

/** R3, R17, R30, R31. Judged by what is in OVN, not by the version. */
export const podPolicy = defineCheck<PodArgs>({
  id: 'pod-policy',
  group: 'pod',
  title: 'packets of annotated pods go to the next hop, those of others do not',
  level: 'fatal',
  reads: 'NB tables Logical_Router_Policy, Logical_Router_Static_Route, Port_Group',
  why: 'without one an EIP or SNAT is dead while NAT row and routed=true stay: every start of Kube-OVN’s controller deletes them all; one left over sends packets out untranslated',
  mend: '`ovngw repair` has Kube-OVN write the policies again, pod by pod',
  run: async (ctx, args) => {
    const scene = await podScene(ctx.look(), args)
    const shared = scene === undefined ? { policies: [] } : sharedPolicies(scene.nb, scene.settings.router)
    const results = await perPod(ctx.look(), args, (pod, { rows, nextHop, inside }): CheckResult => {
      if (!isAnnotated(pod))
        return rows.policies(pod.ip).length === 0 || inside.twins(pod).some(ownsPolicy)
          ? pass('no annotation, no policy but its own')
          : fail('its reroute policy is still there: its packets leave untranslated', { hint: hint.release(ctx.site, pod) })
      if (nextHop === undefined) return skip('there is no next hop (config-next-hop)')
      const path = pathOf(rows, shared, pod)
      if (path.via === 'unseen') return unknown(`policy ${path.policy} may take its packets: its port group is not to be seen`, { hint: hint.repair(ctx.site) })
      if (path.via === 'nothing') return fail('no policy and no route leads its packets to the next hop', { hint: hint.repair(ctx.site) })
      if (path.via === 'captured')
        return fail(`its reroute policy is gone: policy ${path.policy} sends its packets to ${path.nextHops.join(', ')}, untranslated`, {
          hint: hint.repair(ctx.site),
        })
      if (path.nextHops.length === 1 && path.nextHops[0] === nextHop) return pass(`by ${path.via} to ${nextHop}`)
      return fail(`its ${path.via} leads to ${path.nextHops.join(', ')}, the next hop is ${nextHop}`, { hint: hint.repair(ctx.site) })
    })
    const strays = scene === undefined || args.pods !== undefined ? [] : straysOnPath(scene)
    return [
      ...results,
      ...strays.map(({ object, what, pod }) =>
        fail(what, {
          object,
          hint: pod === undefined ? hint.sweep(ctx.site) : hint.release(ctx.site, pod),
        }),
      ),
    ]
  },
})
