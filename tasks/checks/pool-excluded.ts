import { defineCheck, pass, skip, warn } from '../../lib/define.ts'
import { notExcluded } from '../../lib/gateway/judge-external.ts'

/** A Subnet on the external network hands out its addresses by itself: OvnEips, router ports. */
export const poolExcluded = defineCheck<Record<string, never>>({
  id: 'pool-excluded',
  group: 'address',
  title: 'no Subnet hands out the addresses of a pool',
  level: 'warning',
  reads: 'the site’s pools, Subnets',
  why: 'Kube-OVN’s own IPAM gives an address of the Subnet to the next OvnEip; one that is a pod’s EIP by then has two owners',
  mend: 'add the pool’s ranges to spec.excludeIps of the Subnet',
  run: async (ctx) => {
    const { pools } = ctx.site
    if (pools.length === 0) return skip('the site has no pool')
    const subnets = await ctx.look().subnets()
    const found = pools.flatMap((pool) =>
      subnets.flatMap((subnet) => notExcluded(pool, subnet).map((range) => ({ pool, subnet: subnet.metadata.name, range }))),
    )
    if (found.length === 0) return pass(pools.length === 1 ? 'the pool is ours alone' : `${pools.length} pools, all ours alone`)
    return found.map(({ pool, subnet, range }) =>
      warn(`Subnet ${subnet} covers ${range} and may give it to somebody`, {
        object: pool.name,
        hint: `kubectl edit subnet ${subnet}   # add ${range.replace('-', '..')} to spec.excludeIps`,
      }),
    )
  },
})
