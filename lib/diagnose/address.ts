/** Everything about one external address: may it be given, who has it, and who answers for it. */

import type { Owner } from '../addresses/owner.ts'
import { showOwners } from '../addresses/owners.ts'
import { type Found, readOwners } from '../addresses/read.ts'
import { type Ctx, defineCheck, fail, pass, skip, unknown, warn } from '../define.ts'
import { exitNodes } from '../gateway/exit.ts'
import { judgeExternal } from '../gateway/judge-address.ts'
import { readExternal } from '../gateway/judge-external.ts'
import { hint } from '../gateway/judge-hints.ts'
import { podWith } from '../gateway/judge-pods.ts'
import { readScene } from '../gateway/judge-scene.ts'
import { podName } from '../gateway/pods.ts'
import type { CheckResult } from '../kernel/check.ts'
import type { Ipv4 } from '../net/ip.ts'
import { hear } from './ask-wire.ts'
import { type Link, once } from './link.ts'

export function addressLinks(ctx: Ctx, ip: Ipv4): readonly Link[] {
  const look = ctx.look()
  const listen = once(async () => hear(ctx, (await exitNodes(look))[0] ?? '', [ip]))
  const mac = async (): Promise<string | undefined> => (await readScene(look)).parts.routerPort?.mac.toLowerCase()
  return [
    { id: 'value', title: 'it is an address a pod can have', tells: ['address-value'], checks: () => [value(ip)] },
    { id: 'owners', title: 'everybody who has it can be read, and is one', tells: ['address-owners'], checks: () => [owners(ip)] },
    {
      id: 'wire',
      title: 'who answers for it outside is known',
      tells: ['address-wire'],
      checks: async () => [answering(ip, listen, { router: await mac(), isOwned: (await readOwners(look)).owners.of(ip).length > 0 })],
    },
  ]
}

const value = (ip: Ipv4) =>
  defineCheck({
    id: 'address-value',
    group: 'address',
    title: 'the address is one a pod can have',
    level: 'warning',
    reads: 'the site’s pools, NB table Logical_Router_Port, Nodes, OvnEips',
    why: 'Kube-OVN checks nothing (R15)',
    mend: 'choose a host address of the external network',
    run: async (run) => {
      const why = judgeExternal(await readExternal(run.look()))(ip)
      return why === undefined ? pass('a host address of ours, no one’s of the network', { object: ip }) : warn(why, { object: ip, hint: 'ovngw pods' })
    },
  })({})

/** Rows of pods and their annotations are one owner said twice; an EIP of two pods is a conflict (R14, R18). */
const owners = (ip: Ipv4) =>
  defineCheck({
    id: 'address-owners',
    group: 'address',
    title: 'at most one has the address',
    level: 'fatal',
    reads: 'annotations, NAT rows, load balancers, and every object of Kube-OVN and Kubernetes that has addresses',
    why: 'Kube-OVN gives an address to whoever asks; the second takes the first one’s packets or gets none',
    mend: 'release it from whoever should not have it',
    run: async (run): Promise<readonly CheckResult[]> => {
      const found = await readOwners(run.look())
      const list = found.owners.of(ip)
      const rivals = list.filter((o) => o.kind === 'pod')
      const contested = new Set(rivals.map((o) => o.object)).size > 1 && rivals.some((o) => o.how === 'eip')
      const unread = found.unread.map((u) => unknown(`${u.what} could not be read: ${u.error.message}`, { object: u.what, hint: u.error.hint }))
      const each = list.map((o) => ownerOf(run, found, o))
      const clash = contested ? [fail(`asked for by ${showOwners(rivals)}`, { object: ip, hint: rivals.at(-1)?.way })] : []
      const nobody = list.length === 0 && unread.length === 0 ? [pass('nobody has it', { object: ip })] : []
      return [...clash, ...nobody, ...each, ...unread]
    },
  })({})

/** A NAT row is told with the pod it leads to now; one that outlived its pod is waiting for the next with that address (R18). */
function ownerOf(run: Ctx, { pods }: Found, owner: Owner): CheckResult {
  const { object, way, logicalIp } = owner
  const pod = owner.kind !== 'nat' || logicalIp === undefined ? undefined : podWith(pods, logicalIp)
  const who = `${showOwners([owner])}${pod === undefined ? '' : `, now of pod ${podName(pod)}`}`
  if (owner.kind === 'nat' && logicalIp !== undefined && pod === undefined)
    return warn(`${who}: no pod has ${logicalIp}, the next that gets it is reached under this address (R18)`, { object, hint: hint.sweep(run.site) })
  return pass(`${who}; free it: ${way}`, { object })
}

const answering = (ip: Ipv4, listen: () => ReturnType<typeof hear>, known: { readonly router: string | undefined; readonly isOwned: boolean }) =>
  defineCheck({
    id: 'address-wire',
    group: 'address',
    title: 'who answers for the address outside is who has it',
    level: 'fatal',
    reads: 'ARP probes from the external bridge',
    why: 'a station nobody wrote down takes the packets of whoever gets its address',
    mend: 'find the station by its MAC, or choose another address',
    run: async (run): Promise<CheckResult> => {
      const { node, dev, hop, macs } = await listen()
      const found = macs.get(ip) ?? []
      const next = { object: ip, hint: `arping -I ${dev} -c 3 ${ip}   # on ${node}` }
      if (hop === undefined) return skip('there is no next hop to compare with', { object: ip })
      if ((macs.get(hop) ?? []).length === 0)
        return unknown(`not even the next hop ${hop} answers at ${node}`, { object: ip, hint: hint.check(run.site, 'nic-up') })
      if (found.length === 0) return pass(`no station outside OVN answers for it; the next hop ${hop} answered`, { object: ip })
      const strange = found.filter((m) => m !== known.router)
      const who = found.map((m) =>
        m === known.router ? `OVN’s router port (${m})` : (macs.get(hop) ?? []).includes(m) && ip !== hop ? `the next hop, by proxy ARP (${m})` : m,
      )
      if (strange.length === 0) return pass(`answered by ${who.join(' and ')}`, { object: ip })
      if (found.length > 1) return fail(`answered by ${who.join(' and ')}: two stations have it`, next)
      return known.isOwned ? pass(`answered by ${who.join(', ')}`, next) : warn(`answered by ${who.join(', ')}: a station nobody wrote down`, next)
    },
  })({})
