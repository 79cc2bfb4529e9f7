import { defineCheck, fail, pass } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type KubeObject, POD } from '../../lib/kube/port.ts'

const isReady = (pod: KubeObject): boolean => {
  const status = pod['status'] as { conditions?: readonly { type: string; status: string }[] } | undefined
  return status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true && pod.metadata.deletionTimestamp === undefined
}

/** Several replicas are normal: one of them leads, one ready replica is enough. */
export const controllerAlive = defineCheck({
  id: 'controller-alive',
  group: 'config',
  title: 'Kube-OVN’s controller is running',
  level: 'fatal',
  reads: 'Pods with label app=kube-ovn-controller',
  why: 'whatever is written to the ConfigMap or a pod while the controller is down waits for it; a pod whose `routed` was dropped then stays without traffic',
  mend: 'find out why the controller is not ready, then go on',
  run: async (ctx) => {
    const { namespace } = await ctx.look().settings()
    const { items } = await ctx.kube.list(POD, { namespace, labelSelector: 'app=kube-ovn-controller', signal: ctx.signal })
    const ready = items.filter(isReady)
    const object = `${namespace}/kube-ovn-controller`
    if (ready.length > 0) return pass(`${ready.length} of ${items.length} ready`, { object })
    const why = items.length === 0 ? 'it has no pod' : `none of its ${items.length} pods is ready`
    return fail(`Kube-OVN's controller does not run: ${why}`, {
      object,
      hint: items.length === 0 ? `kubectl -n ${namespace} describe deployment kube-ovn-controller` : hint.controllerLog(namespace),
    })
  },
})
