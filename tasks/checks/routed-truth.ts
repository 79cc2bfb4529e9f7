import { defineCheck, pass, skip, warn } from '../../lib/define.ts'
import { natDifference, showNat, wantedRows } from '../../lib/gateway/judge.ts'
import { again, type PodArgs, perPod } from '../../lib/gateway/judge-pods.ts'
import { isAnnotated } from '../../lib/gateway/pods.ts'

/** R13, R14, R16. */
export const routedTruth = defineCheck<PodArgs>({
  id: 'routed-truth',
  group: 'pod',
  title: 'routed=true is true',
  level: 'warning',
  reads: 'Pod annotation ovn.kubernetes.io/routed, NB table NAT',
  why: 'Kube-OVN looks at a pod’s EIP and SNAT only while routed is absent: a changed annotation with routed=true has no effect and no message',
  mend: 'have the annotation put through: `ovngw assign`',
  needs: { 'pod-nat': 'same' },
  run: (ctx, args) =>
    perPod(ctx.look(), args, (pod, scene) => {
      const { rows, wanted } = scene
      if (!isAnnotated(pod)) return skip('it is not annotated')
      if (!pod.routed) return pass('not routed, and does not say so')
      const { missing } = natDifference(rows.nats(pod.ip), wantedRows(pod, wanted))
      if (missing.length === 0) return pass('routed=true, and the rows are there')
      return warn(`it says routed=true, OVN has no ${missing.map(showNat).join(', no ')}`, { hint: again(ctx.site, pod, scene) })
    }),
})
