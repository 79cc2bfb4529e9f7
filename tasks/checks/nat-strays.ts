import { defineCheck, fail, pass } from '../../lib/define.ts'
import { byInside, natsOf, showNat, strayRows } from '../../lib/gateway/judge.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { readClaims } from '../../lib/gateway/judge-pods.ts'
import { seenTwice } from '../../lib/gateway/judge-twice.ts'
import type { Look } from '../../lib/gateway/look.ts'
import { isAnnotated, podName } from '../../lib/gateway/pods.ts'

async function strays(look: Look) {
  const [nb, { router }, claims, pods] = await Promise.all([look.nb(), look.settings(), readClaims(look), look.pods()])
  const rows = strayRows({ nb, pods, claims, gateway: { type: 'centralized' }, router })
  // What an annotated pod has too much is pod-nat's finding.
  const inside = byInside(pods)
  return rows.filter((row) => !inside.of(row.logical_ip).some(isAnnotated)).map((row) => ({ row, now: inside.of(row.logical_ip)[0] }))
}

/** R18, R34. */
export const natStrays = defineCheck<{ readonly gapMs?: number }>({
  id: 'nat-strays',
  group: 'pod',
  title: 'every NAT row belongs to somebody',
  level: 'fatal',
  reads: 'NB table NAT, Pods, OvnFip, OvnSnatRule and OvnEip objects; twice where something is found',
  why: 'a row of a pod that is gone makes the next pod with that address reachable from outside under someone else’s public address',
  mend: '`ovngw sweep` removes the row; Kube-OVN does not put it back (R25)',
  needs: { rights: 'unseen' },
  run: async (ctx, { gapMs }) => {
    const found = await seenTwice(ctx, strays, ({ row }) => row.uuid, gapMs)
    const total = natsOf(await ctx.look().nb(), (await ctx.look().settings()).router).length
    if (found.length === 0) return pass(`${total} NAT rows, all claimed`)
    return found.map(({ row, now }) => {
      const who = now === undefined ? 'no pod has that address' : `${podName(now)} has that address now`
      return fail(`${showNat(row)} belongs to nobody: ${who}`, { object: row.external_ip, hint: hint.sweep(ctx.site) })
    })
  },
})
