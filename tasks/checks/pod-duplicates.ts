import { defineCheck, fail, pass } from '../../lib/define.ts'
import { natsOf } from '../../lib/gateway/judge.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { askers, isServed, type PodArgs, rivals } from '../../lib/gateway/judge-pods.ts'
import { podName } from '../../lib/gateway/pods.ts'

/** R14, R19, R32. One SNAT for several pods is normal. */
export const podDuplicates = defineCheck<PodArgs>({
  id: 'pod-duplicates',
  group: 'pod',
  title: 'no EIP is asked for twice',
  level: 'fatal',
  reads: 'Pods, NB table NAT',
  why: 'the second pod gets no NAT but loses all outside traffic, with routed=true; deleting it deletes the owner’s NAT row',
  mend: 'take the annotation off the pod that has no NAT row (do not delete the pod), then look at the owner',
  run: async (ctx, { pods: names }) => {
    const look = ctx.look()
    const [all, nb, { router }] = await Promise.all([look.pods(), look.nb(), look.settings()])
    const nats = natsOf(nb, router)
    const found = rivals(all, nats).flatMap(({ address, pods, loser }) => {
      if (names !== undefined && !pods.some((p) => names.includes(podName(p)))) return []
      const list = pods.map((p) => `${podName(p)} (${p.eip === address ? 'EIP' : 'SNAT'}${isServed(p, nats) ? ', served' : ''})`).join(' and ')
      return [fail(`asked for by ${list}`, { object: address, via: pods.map(podName), hint: hint.release(ctx.site, loser) })]
    })
    const eips = askers(all, 'eip').size
    return found.length === 0 ? pass(eips === 1 ? '1 EIP, asked for once' : `${eips} EIPs, each asked for once`) : found
  },
})
