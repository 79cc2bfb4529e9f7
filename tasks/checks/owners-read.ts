import { unreadOwners } from '../../lib/addresses/read-strays.ts'
import { defineCheck, pass, unknown } from '../../lib/define.ts'

/** R34. */
export const ownersRead = defineCheck({
  id: 'owners-read',
  group: 'pod',
  title: 'everybody who may own NAT rows, policies and routes can be read',
  level: 'fatal',
  reads: 'OvnEip, OvnFip, OvnSnatRule and OvnDnatRule objects, Vpcs',
  why: 'rows of these objects carry no mark of their owner: unread, they look like rows that belong to nobody',
  mend: 'have the missing list granted (rights prints the role), or mend what the API server answers',
  run: async (ctx) => {
    const unread = await unreadOwners(ctx.look())
    if (unread.length === 0) return pass('all of them')
    return unread.map(({ what, error }) =>
      unknown(`nothing may be called a stray: ${what} could not be read: ${error.message}`, { object: what, hint: error.hint }),
    )
  },
})
