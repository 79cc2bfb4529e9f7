import { defineCheck, skip } from '../../lib/define.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

/** Upstream: "packets must not be denied". Nothing on a node shows it; packets do (outside-answers). */
export const nicForeignMac = defineCheck<NicArgs>({
  id: 'nic-foreign-mac',
  group: 'node',
  title: 'frames with the router port’s MAC get out of the NIC and back',
  level: 'warning',
  reads: 'nothing: proved by the packet checks once the gateway is there',
  why: 'hypervisors and clouds drop frames whose MAC is not the NIC’s own (anti-spoofing, port security)',
  mend: 'allow promiscuous mode, MAC changes and forged transmits for the NIC (VMware), disable port security (OpenStack), switch source/destination check off (clouds)',
  run: (ctx, args) => perPresentNic(ctx.look(), args, () => skip('unproved before the gateway is there; outside-answers proves it')),
})
