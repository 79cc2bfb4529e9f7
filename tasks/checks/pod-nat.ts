import { type Ctx, defineCheck, fail, pass, unknown } from '../../lib/define.ts'
import { natDifference, showNat, wantedRows } from '../../lib/gateway/judge.ts'
import { type Addressed, again, type PodArgs, type PodScene, perPod, readClaims } from '../../lib/gateway/judge-pods.ts'
import { isError } from '../../lib/kernel/errors.ts'

async function judge(ctx: Ctx, pod: Addressed, scene: PodScene) {
  const { rows, wanted, inside } = scene
  const asked = wantedRows(pod, wanted)
  const present = rows.nats(pod.ip)
  const rest = { hint: again(ctx.site, pod, scene), seen: { rows: present.map(showNat) } }
  const { missing } = natDifference(present, asked)
  const shared = inside.twins(pod).flatMap((p) => wantedRows(p, wanted))
  const { extra } = natDifference(present, shared)
  if (missing.length > 0) return fail(`OVN has no ${missing.map(showNat).join(', no ')}`, rest)
  if (extra.length === 0) return pass(asked.length === 0 ? 'no annotation, no NAT row' : asked.map(showNat).join(', '))
  try {
    const claimed = await readClaims(ctx.look())
    const strays = extra.filter((row) => !claimed.has(row))
    return strays.length === 0
      ? pass('its other rows belong to OvnFip or OvnSnatRule objects')
      : fail(`OVN has ${strays.map(showNat).join(', ')}, which nobody asks for`, { ...rest, own: true })
  } catch (error) {
    if (!isError(error, 'FORBIDDEN', 'UNREACHABLE', 'TIMED_OUT')) throw error
    return unknown(`OVN has ${extra.map(showNat).join(', ')}; whether an OvnFip or OvnSnatRule owns it cannot be seen: ${error.message}`, rest)
  }
}

/** R12, R14, R16. */
export const podNat = defineCheck<PodArgs>({
  id: 'pod-nat',
  group: 'pod',
  title: 'every pod has exactly the NAT its annotations ask for',
  level: 'fatal',
  reads: 'Pods, NB table NAT, OvnFip and OvnSnatRule objects',
  why: 'routed=true proves nothing: rows go missing when another pod with the same EIP is deleted, and old addresses stay alive after a change',
  mend: '`ovngw assign` puts the pod’s address through again and removes old rows',
  needs: { 'pod-address-values': 'same', 'pod-duplicates': 'same' },
  run: (ctx, args) => perPod(ctx.look(), args, (pod, scene) => judge(ctx, pod, scene)),
})
