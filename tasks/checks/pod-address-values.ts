import { defineCheck, fail, pass } from '../../lib/define.ts'
import { judgeExternal } from '../../lib/gateway/judge-address.ts'
import { readExternal } from '../../lib/gateway/judge-external.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type PodArgs, perPod } from '../../lib/gateway/judge-pods.ts'

/** R15. */
export const podAddressValues = defineCheck<PodArgs>({
  id: 'pod-address-values',
  group: 'pod',
  title: 'every annotated address is one a pod can have',
  level: 'fatal',
  reads: 'Pods, Nodes, OvnEips, NB table Logical_Router_Port; pools of the site',
  why: 'Kube-OVN takes any text and sets routed=true: junk sends packets out untranslated, the gateway’s own address takes the whole network’s gateway away',
  mend: 'give the pod an address of the external network that is nobody’s',
  needs: { 'address-free': 'same' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const wrongExternal = judgeExternal(await readExternal(look))
    return perPod(look, args, (pod) => {
      const values = [pod.eip, pod.snat].filter((v) => v !== undefined)
      const wrong = values.flatMap((value) => [wrongExternal(value)].flatMap((why) => (why === undefined ? [] : [{ value, why }])))
      if (wrong.length === 0) return pass(values.join(', ') || 'no annotation')
      return fail(wrong.map(({ why }) => why).join('; '), { via: wrong.map(({ value }) => value), hint: hint.release(ctx.site, pod) })
    })
  },
})
