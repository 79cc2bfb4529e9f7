import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { outOfReach, type PodArgs, podScene } from '../../lib/gateway/judge-pods.ts'
import { folded } from '../../lib/gateway/judge-results.ts'
import { NOTHING_WANTED } from '../../lib/gateway/judge-scene.ts'
import { podName } from '../../lib/gateway/pods.ts'

/** R20. */
export const podReach = defineCheck<PodArgs & { readonly absentOk?: boolean }>({
  id: 'pod-reach',
  group: 'pod',
  title: 'the gateway can serve every annotated pod',
  level: 'fatal',
  reads: 'Pods, Subnets',
  why: 'only pods of the default VPC on overlay subnets with one IPv4 address get their EIP or SNAT; Kube-OVN ignores the others without a word',
  mend: 'take the annotation away, or move the pod to an overlay Subnet of the default VPC',
  run: async (ctx, args) => {
    const scene = await podScene(ctx.look(), args)
    if (scene === undefined) return skip(NOTHING_WANTED)
    const absent = (args.pods ?? []).filter((name) => !scene.pods.some((p) => podName(p) === name))
    if (scene.pods.length + absent.length === 0) return skip('no pod has an EIP or SNAT annotation')
    const results = scene.pods.map((pod) => {
      const why = outOfReach(pod, scene.settings, scene.subnets)
      const object = podName(pod)
      return why === undefined ? pass('in reach', { object }) : fail(`its annotation has no effect: ${why}`, { object, hint: hint.release(ctx.site, pod) })
    })
    return folded(
      [
        ...absent.map((object) =>
          args.absentOk === true ? skip('it is still to be made', { object }) : fail('there is no such pod', { object, hint: 'kubectl get pods -A' }),
        ),
        ...results,
      ],
      'pods',
    )
  },
})
