import { readStrays } from '../../lib/addresses/read-strays.ts'
import { defineCheck, fail, pass, warn } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { servedBy, unserved } from '../../lib/gateway/rows.ts'

/** What of a sweep can be wrong: rows that are there again, and pods that lost what they had. What was wrong before is not its matter. */
export const swept = defineCheck<{ readonly rows: readonly string[]; readonly served: readonly string[] }>({
  id: 'swept',
  group: 'pod',
  title: 'what was left behind is gone, and pods that were served still are',
  level: 'fatal',
  reads: 'NB tables NAT, Logical_Router_Policy, Logical_Router_Static_Route; Pods; OvnFip, OvnSnatRule, OvnDnatRule and OvnEip objects',
  why: 'a row that comes back is written by somebody, and a pod cut off by a sweep stays so: Kube-OVN puts no row back (R26)',
  mend: '`ovngw check pod-nat pod-policy nat-strays` says who has what; `ovngw rollback RUN` puts the rows back',
  run: async (ctx, { rows, served }) => {
    const look = ctx.lookAgain()
    const [{ strays }, pods, now] = await Promise.all([readStrays(look), look.pods(), servedBy(look)])
    const planned = new Set(rows)
    const cut = pods
      .filter((p) => served.includes(podName(p)) && !p.deleting)
      .flatMap((p) => {
        const lacks = unserved(p, now)
        return lacks === undefined ? [] : [fail(`it was served before: ${lacks}`, { object: podName(p), hint: hint.repair(ctx.site) })]
      })
    const back = strays.filter((s) => planned.has(s.row)).map((s) => fail(`${s.row} is there`, { object: s.external ?? s.inside, hint: hint.sweep(ctx.site) }))
    const fresh = strays
      .filter((s) => !planned.has(s.row))
      .map((s) => warn(`${s.row} appeared meanwhile: ${s.why}`, { object: s.external ?? s.inside, hint: hint.sweep(ctx.site) }))
    return cut.length + back.length === 0 ? [pass('every row of the plan is gone'), ...fresh] : [...cut, ...back, ...fresh]
  },
})
