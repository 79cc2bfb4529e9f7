import { type Ctx, defineCheck, fail, pass } from '../../lib/define.ts'
import { type Need, needsOf, type Places, roleFor, showNeed } from '../../lib/gateway/judge-rights.ts'
import { isError } from '../../lib/kernel/errors.ts'
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

/** Where the rights are needed; who may not even read the Deployment is told what the defaults need. */
async function places(ctx: Ctx): Promise<Places> {
  try {
    return await ctx.look().settings()
  } catch (error) {
    if (!isError(error, 'FORBIDDEN')) throw error
    const { namespace = 'kube-system', configNamespace = namespace } = ctx.site.cluster
    return { namespace, configNamespace }
  }
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
    const asked = needs ?? needsOf(runbook, await places(ctx), ctx.outside.length > 0)
    const answers = await Promise.all(asked.map(async (need) => ({ need, may: await mayI(ctx, need) })))
    const missing = answers.filter((a) => !a.may).map((a) => a.need)
    const who = ctx.kube.where.user
    if (missing.length === 0) return pass(`${asked.length} rights, all granted to ${who}`)
    const role = roleFor(missing, `ovngw-${runbook}`)
    ctx.note(`role-ovngw-${runbook}.json`, JSON.stringify(role, null, 2))
    const hint =
      runbook === 'check'
        ? 'ovngw check rights -o json   # "seen" is the Role an administrator applies and binds to you'
        : `kubectl apply -f role-ovngw-${runbook}.json   # as an administrator, who also binds it to you`
    return fail(`you may not ${missing.map(showNeed).join(', ')}`, { object: who, hint, seen: role })
  },
})
