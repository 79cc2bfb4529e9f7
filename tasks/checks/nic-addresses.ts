import { defineCheck, pass, warn } from '../../lib/define.ts'
import { otherAddresses } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'

export const nicAddresses = defineCheck<NicArgs>({
  id: 'nic-addresses',
  group: 'node',
  title: 'the NIC has no addresses of its own',
  level: 'warning',
  reads: '`ip address` of each gateway node',
  why: 'an address on a NIC that is a port of an OVS bridge no longer answers',
  mend: 'remove the address from the NIC’s configuration, or move it to another device',
  run: (ctx, args) =>
    perPresentNic(ctx.look(), args, (view) => {
      const [first, ...more] = otherAddresses(view)
      if (first === undefined) return pass('none but link-local')
      return warn(`${view.nic} has ${[first, ...more].join(', ')}: they stop answering once it joins the bridge`, {
        hint: `ip address del ${first} dev ${view.nic}   # on ${view.node}`,
      })
    }),
})
