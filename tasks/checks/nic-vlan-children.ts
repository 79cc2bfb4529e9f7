import { defineCheck, pass, warn } from '../../lib/define.ts'
import { vlanChildren } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

export const nicVlanChildren = defineCheck<NicArgs>({
  id: 'nic-vlan-children',
  group: 'node',
  title: 'no VLAN device on the NIC takes the gateway’s VLAN',
  level: 'warning',
  reads: '`ip -d address` of each gateway node, --external-gateway-vlanid',
  why: 'frames of a VLAN that has a device on the NIC go to that device, never to the bridge',
  mend: 'remove the VLAN device, or use another VLAN for the gateway',
  run: async (ctx, args) => {
    const look = ctx.look()
    const { vlan } = await look.settings()
    return perPresentNic(look, args, (view) => {
      const children = vlanChildren(view)
      const taken = children.find((c) => vlan !== 0 && c.vlanId === vlan)
      if (taken === undefined) return pass(children.length === 0 ? 'it has none' : `${children.map((c) => c.name).join(', ')} stay with the host`)
      return warn(`${taken.name} takes VLAN ${vlan}, the gateway's`, { hint: `ip link del ${taken.name}   # on ${view.node}` })
    })
  },
})
