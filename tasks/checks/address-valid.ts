import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { judgeExternal } from '../../lib/gateway/judge-address.ts'
import { type AddressArgs, readExternal, wishes } from '../../lib/gateway/judge-external.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { folded } from '../../lib/gateway/judge-results.ts'

/** R15, before it happens. */
export const addressValid = defineCheck<AddressArgs>({
  id: 'address-valid',
  group: 'address',
  title: 'the address is one a pod can have',
  level: 'fatal',
  reads: 'the site’s pools, NB table Logical_Router_Port, Nodes, OvnEips',
  why: 'Kube-OVN checks nothing: the gateway’s own address given to a pod takes the whole network’s gateway away',
  mend: 'choose a host address of the external network, or of a pool that is routed to us (onLink: false)',
  needs: { 'address-free': 'same' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const asked = wishes(ctx.site, args)
    if (asked.length === 0) return skip('no address is asked for')
    const wrongExternal = judgeExternal(await readExternal(look))
    const results = asked.map(({ address }) => {
      const why = wrongExternal(address)
      return why === undefined
        ? pass('a host address of ours', { object: address })
        : fail(why, { object: address, hint: `${hint.check(ctx.site, 'address-valid')}   # after choosing another address` })
    })
    return folded(results, 'addresses')
  },
})
