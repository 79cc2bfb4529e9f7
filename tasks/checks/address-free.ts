import type { Owner } from '../../lib/addresses/owner.ts'
import { conflicts, showOwners } from '../../lib/addresses/owners.ts'
import { readOwners } from '../../lib/addresses/read.ts'
import { namedByValid } from '../../lib/addresses/stations.ts'
import { defineCheck, fail, pass, skip, unknown } from '../../lib/define.ts'
import { type AddressArgs, wishes } from '../../lib/gateway/judge-external.ts'
import { folded } from '../../lib/gateway/judge-results.ts'
import { tryIp } from '../../lib/gateway/judge-scene.ts'
import { podName } from '../../lib/gateway/pods.ts'

/** Owners that let the address go in the same run, before it is given on. */
function leaving({ leaving: pods = [] }: AddressArgs): (owner: Owner) => boolean {
  const names = new Set(pods.map(podName))
  const ips = new Set(pods.map((p) => p.ip))
  return ({ kind, pod, logicalIp }) =>
    (kind === 'pod' && pod !== undefined && names.has(podName(pod))) || (kind === 'nat' && logicalIp !== undefined && ips.has(logicalIp))
}

/** R9, R14, R15, R19. */
export const addressFree = defineCheck<AddressArgs>({
  id: 'address-free',
  group: 'address',
  title: 'the address belongs to nobody else',
  level: 'fatal',
  reads:
    'annotations of all Pods; NB tables NAT, Load_Balancer; OvnEips, OvnFips, OvnSnatRules, OvnDnatRules, IptablesEIPs, VpcEgressGateways, IPs, Vips, Services; reserved addresses of the site’s pools',
  why: 'a second pod with the same EIP loses all its outside traffic, and deleting it cuts the first one off',
  mend: 'choose another address, or release the one who has it',
  needs: { 'pod-duplicates': 'same', rights: 'unseen' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const asked = wishes(ctx.site, args)
    if (asked.length === 0) return skip('no address is asked for')
    const { owners, pods, unread } = await readOwners(look)
    const [missing] = unread
    const isNamed = await namedByValid(look)
    const byName = new Map(pods.map((p) => [podName(p), p]))
    const leaves = leaving(args)
    const results = asked.map(({ address, kind: how, pod }) => {
      const object = address
      const ip = tryIp(address)
      if (ip === undefined) return skip('it is no address (address-valid)', { object })
      const whose = pod && { ...pod, ip: byName.get(podName(pod))?.ip }
      const taken = conflicts(owners, ip, { pod: whose, how }).filter((o) => !leaves(o) && !isNamed(o, address))
      if (taken[0] !== undefined) {
        const seen = { owners: taken.map(({ kind, object, way }) => ({ kind, object, way })) }
        return fail(`it is ${showOwners(taken)}`, { object, hint: taken[0].way, seen })
      }
      if (missing === undefined) return pass('nobody has it', { object })
      const names = unread.map((u) => u.what).join(', ')
      return unknown(`nobody seen has it, but ${names} could not be read: ${missing.error.message}`, { object, hint: missing.error.hint })
    })
    return folded(results, 'addresses')
  },
})
