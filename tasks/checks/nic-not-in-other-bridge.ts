import { defineCheck, fail, pass } from '../../lib/define.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'
import { bridgeName, readScene } from '../../lib/gateway/judge-scene.ts'
import { bridgeHolding } from '../../lib/ovs/bridge.ts'

/** R10. */
export const nicNotInOtherBridge = defineCheck<NicArgs>({
  id: 'nic-not-in-other-bridge',
  group: 'node',
  title: 'the NIC sits in no other OVS bridge',
  level: 'fatal',
  reads: 'OVS of each gateway node',
  why: 'Kube-OVN deletes the bridge that holds the NIC, with everything on it, and undoes repairs every 3 s while the node is labelled',
  mend: 'choose another NIC, or take this one out of that bridge first',
  run: async (ctx, args) => {
    const look = ctx.look()
    const scene = await readScene(look)
    return perPresentNic(look, args, ({ node, nic, ovs }) => {
      const holds = bridgeHolding(ovs, nic)?.name
      const wanted = bridgeName(scene, ovs)
      if (holds === undefined || holds === wanted) return pass(holds === undefined ? 'in no OVS bridge' : `in ${holds}, as it should be`)
      return fail(`${nic} is in OVS bridge ${holds}: Kube-OVN would delete ${holds} to put ${nic} into ${wanted}`, {
        hint: `ovs-vsctl list-ports ${holds}   # on ${node}`,
      })
    })
  },
})
