import { type Ctx, defineCheck, fail, pass } from '../../lib/define.ts'
import { type Need, needsOf, roleFor, showNeed } from '../../lib/gateway/judge-rights.ts'
import { ACCESS_REVIEW } from '../../lib/kube/port.ts'

/** `needs`: exactly these; else what the named runbook needs; else what looking needs. */
type RightsArgs = { readonly runbook?: string; readonly needs?: readonly Need[] }

async function mayI({ kube, signal }: Ctx, need: Need): Promise<boolean> {
  const spec = { resourceAttributes: { ...need } }
  const answer = await kube.create(
    ACCESS_REVIEW,
    { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: { name: '' }, spec },
    { signal },
  )
  return (answer['status'] as { allowed?: boolean } | undefined)?.allowed === true
}

export const rights = defineCheck<RightsArgs>({
  id: 'rights',
  group: 'rights',
  title: 'you may do everything the run needs',
  level: 'fatal',
  reads: 'SelfSubjectAccessReview, one for each right',
  why: 'a right that is missing in the middle of a run leaves it half done',
  mend: 'have an administrator apply the Role shown and bind it to you',
  run: async (ctx, { runbook = 'check', needs }) => {
    const asked = needs ?? needsOf(runbook, await ctx.look().settings())
    const answers = await Promise.all(asked.map(async (need) => ({ need, may: await mayI(ctx, need) })))
    const missing = answers.filter((a) => !a.may).map((a) => a.need)
    const who = ctx.kube.where.user
    if (missing.length === 0) return pass(`${asked.length} rights, all granted to ${who}`)
    const [first = missing[0]] = missing
    const hint = `ovngw check rights -o json   # "seen" is the Role to apply${first === undefined ? '' : `; kubectl auth can-i ${first.verb} ${first.resource}`}`
    return fail(`${who} may not ${missing.map(showNeed).join(', ')}`, { object: who, hint, seen: roleFor(missing, `ovngw-${runbook}`) })
  },
})
