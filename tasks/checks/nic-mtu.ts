import { defineCheck, pass, unknown, warn } from '../../lib/define.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

/** ovn0, the node's own port on the pod network, has the MTU pods get. */
const podMtu = 'ovn0'
const ETHERNET = 1500

export const nicMtu = defineCheck<NicArgs>({
  id: 'nic-mtu',
  group: 'node',
  title: 'the NIC’s MTU fits the pods’',
  level: 'warning',
  reads: '`ip address` of each gateway node (the NIC, ovn0)',
  why: 'a packet of a pod that is larger than the NIC’s MTU is dropped without a word; so is a jumbo frame that is larger than what pods take',
  mend: 'raise the NIC’s MTU to the pods’ at least, on the switch too',
  run: (ctx, args) =>
    perPresentNic(ctx.look(), args, (view) => {
      const mtu = view.link?.mtu ?? view.interface?.mtu ?? undefined
      const pods = view.links.find((l) => l.name === podMtu)?.mtu
      if (mtu === undefined || pods === undefined) return unknown('MTU of the NIC or of the pods is not to be seen on this node')
      if (mtu < pods)
        return warn(`${view.nic} has MTU ${mtu}, pods use ${pods}: their large packets are dropped`, {
          hint: `ip link set ${view.nic} mtu ${pods}   # on ${view.node}`,
        })
      if (mtu > ETHERNET && mtu > pods)
        return warn(`${view.nic} has MTU ${mtu}, pods use ${pods}: jumbo frames from outside are dropped`, {
          hint: `ip link set ${view.nic} mtu ${pods}   # on ${view.node}, or --accept nic-mtu`,
        })
      return pass(`MTU ${mtu}, pods use ${pods}`)
    }),
})
