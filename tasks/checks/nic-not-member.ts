import { defineCheck, fail, pass } from '../../lib/define.ts'
import { linuxMaster } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

export const nicNotMember = defineCheck<NicArgs>({
  id: 'nic-not-member',
  group: 'node',
  title: 'the NIC is no member of a bond or Linux bridge',
  level: 'fatal',
  reads: '`ip -d address` of each gateway node',
  why: 'a device has one master: taking a member breaks the bond or bridge, or fails. The bond itself (bond0) or a VLAN on it is fine',
  mend: 'name the bond or a VLAN on it as NIC, or take the NIC out of the bond first',
  run: (ctx, args) =>
    perPresentNic(ctx.look(), args, (view) => {
      const master = linuxMaster(view)
      if (master === undefined) return pass('it stands alone')
      return fail(`${view.nic} is a member of ${master}`, { hint: `ip -d link show ${master}   # on ${view.node}` })
    }),
})
