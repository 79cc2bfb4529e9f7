import { setTimeout as delay } from 'node:timers/promises'
import { defineCheck, fail, pass } from '../../lib/define.ts'
import { natsOf, showNat, strayRows } from '../../lib/gateway/judge.ts'
import { podWith, readClaims } from '../../lib/gateway/judge-pods.ts'
import type { Look } from '../../lib/gateway/look.ts'
import { podName } from '../../lib/gateway/pods.ts'

/** A little more than one resync of the controller: what it is about to remove is no stray. */
const RESYNC_MS = 1_200

async function strays(look: Look) {
  const [nb, { router }, claims, pods] = await Promise.all([look.nb(), look.settings(), readClaims(look), look.pods()])
  return { rows: strayRows({ nb, pods, claims, gateway: { type: 'centralized' }, router }), total: natsOf(nb, router).length, pods, router }
}

/** R18, R34. */
export const natStrays = defineCheck<{ readonly gapMs?: number }>({
  id: 'nat-strays',
  group: 'pod',
  title: 'every NAT row belongs to somebody',
  level: 'fatal',
  reads: 'NB table NAT, Pods, OvnFip, OvnSnatRule and OvnEip objects; twice where something is found',
  why: 'a row of a pod that is gone makes the next pod with that address reachable from outside under someone else’s public address',
  mend: 'remove the row; Kube-OVN does not put it back (R25)',
  run: async (ctx, { gapMs = RESYNC_MS }) => {
    const first = await strays(ctx.look())
    if (first.rows.length === 0) return pass(`${first.total} NAT rows, all claimed`)
    await delay(gapMs, undefined, { signal: ctx.signal })
    const { rows, pods, router, total } = await strays(ctx.lookAgain())
    const both = rows.filter((row) => first.rows.some((f) => f.uuid === row.uuid))
    if (both.length === 0) return pass(`${total} NAT rows, all claimed`)
    return both.map((row) => {
      const victim = podWith(pods, row.logical_ip)
      const who = victim === undefined ? 'no pod has that address' : `${podName(victim)} has that address now and is reachable under it`
      const key = row.type === 'snat' ? row.logical_ip : row.external_ip
      return fail(`${showNat(row)} belongs to nobody: ${who}`, { object: row.external_ip, hint: `kubectl ko nbctl lr-nat-del ${router} ${row.type} ${key}` })
    })
  },
})
