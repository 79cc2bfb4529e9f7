import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { natsOf } from '../../lib/gateway/judge.ts'
import { ownersOf } from '../../lib/gateway/judge-address.ts'
import { type AddressArgs, wishes } from '../../lib/gateway/judge-external.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'

/** R14, R15, R19. */
export const addressFree = defineCheck<AddressArgs>({
  id: 'address-free',
  group: 'address',
  title: 'the address belongs to nobody else',
  level: 'fatal',
  reads: 'annotations of all Pods, NB table NAT, reserved addresses of the site’s pools',
  why: 'a second pod with the same EIP loses all its outside traffic, and deleting it cuts the first one off',
  mend: 'choose another address, or release the one who has it',
  run: async (ctx, args) => {
    const look = ctx.look()
    const asked = wishes(ctx.site, args)
    if (asked.length === 0) return skip('no address is asked for')
    const [nb, { router }, pods] = await Promise.all([look.nb(), look.settings(), look.pods()])
    return asked.map((wish) => {
      const owners = ownersOf(wish, { pods, nats: natsOf(nb, router), pools: ctx.site.pools })
      const object = wish.address
      if (owners.length === 0) return pass('nobody has it', { object })
      return fail(`it is ${owners.join(' and ')}`, { object, hint: hint.check(ctx.site, 'pod-duplicates', 'nat-strays'), seen: { owners: [...owners] } })
    })
  },
})
