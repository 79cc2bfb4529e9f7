import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { type NicArgs, perNode } from '../../lib/gateway/judge-nic-view.ts'
import { chassisOf } from '../../lib/gateway/judge-scene.ts'
import { CHASSIS } from '../../lib/gateway/names.ts'

/** R22. */
export const nodeChassis = defineCheck<NicArgs>({
  id: 'node-chassis',
  group: 'node',
  title: 'every gateway node is a chassis of OVN',
  level: 'fatal',
  reads: 'Node annotation ovn.kubernetes.io/chassis, SB table Chassis, system-id of the node’s OVS',
  why: 'without a chassis Kube-OVN builds nothing, labels the node all the same and says so in its log only',
  mend: 'restart kube-ovn-cni on the node: it writes the annotation; a chassis row missing in SB means ovn-controller does not reach SB',
  run: (ctx, args) => {
    const look = ctx.look()
    return perNode(look, args, async (node, name) => {
      if (node === undefined) return skip('no such node (node-exists)')
      const annotated = chassisOf(node)
      const cni = { hint: `kubectl -n ${(await look.settings()).namespace} get pods -o wide --field-selector spec.nodeName=${name}` }
      if (annotated === undefined || annotated === '') return fail(`${name} has no annotation ${CHASSIS}`, cni)
      const [sb, ovs] = await Promise.all([look.sb(), look.ovs(name)])
      if (!sb.chassis.some((c) => c.name === annotated)) return fail(`SB has no chassis ${annotated}`, cni)
      const own = ovs.openVswitch.external_ids['system-id']
      if (own !== undefined && own !== annotated) return fail(`the annotation says ${annotated}, the node's OVS calls itself ${own}`, cni)
      return pass(annotated)
    })
  },
})
