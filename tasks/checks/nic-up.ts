import { defineCheck, fail, pass } from '../../lib/define.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

export const nicUp = defineCheck<NicArgs>({
  id: 'nic-up',
  group: 'node',
  title: 'the NIC is up and has a carrier',
  level: 'fatal',
  reads: '`ip address` of each gateway node; for a DPDK device its OVS Interface row',
  why: 'Kube-OVN puts the NIC into the bridge as it is: a NIC that is down stays down',
  mend: 'set the NIC up, check cable, switch port and VLAN',
  run: (ctx, args) =>
    perPresentNic(ctx.look(), args, ({ node, nic, link, interface: i }) => {
      const up = link?.up ?? i?.admin_state === 'up'
      const carrier = link?.carrier ?? i?.link_state === 'up'
      if (up && carrier) return pass('up, with carrier')
      if (!up) return fail(`${nic} is down`, { hint: `ip link set ${nic} up   # on ${node}` })
      return fail(`${nic} is up but has no carrier: nothing is connected, or the switch port is off`, { hint: `ethtool ${nic}   # on ${node}` })
    }),
})
