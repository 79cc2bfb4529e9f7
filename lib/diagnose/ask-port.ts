/** The pod's own logical port: is it bound where the pod runs? */
import { defineCheck, fail, pass } from '../define.ts'
import { chassisOf } from '../gateway/judge-scene.ts'
import { subjectOf } from './subject.ts'

type Args = { readonly namespace: string; readonly name: string }

/** Name of a pod's port in OVN. */
export const portName = ({ namespace, name }: Args): string => `${name}.${namespace}`

export const podPort = defineCheck<Args>({
  id: 'pod-port',
  group: 'pod',
  title: 'the pod’s port is bound on its node',
  level: 'fatal',
  reads: 'NB table Logical_Switch_Port, SB table Port_Binding',
  why: 'no flow of the pod exists on a node whose ovn-controller has not claimed its port',
  mend: 'the CNI plugs the port in: look at kube-ovn-cni and ovn-controller of the node',
  run: async (ctx, ref) => {
    const look = ctx.look()
    const [{ pod }, nb, sb, nodes, { namespace }] = await Promise.all([subjectOf(look, ref), look.nb(), look.sb(), look.nodes(), look.settings()])
    const object = portName(ref)
    const cni = { object, hint: `kubectl -n ${namespace} get pods -o wide -l app=kube-ovn-cni --field-selector spec.nodeName=${pod.node}` }
    if (!nb.switchPorts.some((p) => p.name === object))
      return fail('OVN has no such port', { object, hint: `kubectl -n ${ref.namespace} describe pod ${ref.name}` })
    const chassis = sb.chassis.find((c) => c.uuid === sb.portBindings.find((b) => b.logical_port === object)?.chassis)
    if (chassis === undefined) return fail(`no chassis has claimed it; the pod runs on ${pod.node}`, cni)
    const node = nodes.find((n) => chassisOf(n) === chassis.name)?.metadata.name ?? chassis.hostname
    return node === pod.node ? pass(`bound on ${node}`, { object }) : fail(`bound on ${node}, the pod runs on ${pod.node}`, cni)
  },
})
