import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wayOut } from '../../lib/gateway/exit.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { answers, askedPods, echoOf, markOf, NO_PROBE, seenAs, unproved } from '../../lib/gateway/judge-packets.ts'
import type { PodArgs } from '../../lib/gateway/judge-pods.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { enabledGateway, nextHopOf } from '../../lib/gateway/judge-scene.ts'
import { POD_TO_WIRE } from '../../lib/gateway/packet-needs.ts'
import { podName } from '../../lib/gateway/pods.ts'

export const leavesAs = defineCheck<PodArgs>({
  id: 'leaves-as',
  group: 'packet',
  title: 'the outside sees the pod under its EIP or SNAT',
  level: 'fatal',
  reads: 'the source address an outside host saw of a connection or ping of the pod',
  why: 'a pod can be reached and yet leave with its private address, or another’s; firewalls outside then drop it',
  mend: 'pod-policy says whether its packets go to the next hop, pod-nat whether they are translated',
  needs: POD_TO_WIRE,
  run: async (ctx, { pods: names }) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const echo = echoOf(ctx.site)
    const target = echo?.address ?? ctx.site.probe?.target[0] ?? nextHopOf(gateway.wanted, await look.settings(), await look.subnets())
    if ((ctx.outside.length === 0 && echo === undefined) || target === undefined) return skip(NO_PROBE)
    const chosen = askedPods(await look.pods(), names)
    if (chosen.length === 0) return skip('no pod has an EIP or SNAT')
    return perObject(chosen, podName, async (pod) => {
      // With both on one pod OVN may take either row: they match alike.
      const should = [pod.eip, pod.snat].filter((a) => a !== undefined)
      const { as, answered } = await seenAs(ctx.pod(pod), ctx.outside, echo ?? { address: target }, markOf(pod.ip ?? ''), ctx.signal)
      const next = { hint: `${hint.check(ctx.site, 'pod-nat', 'pod-policy')}   # ${podName(pod)}`, via: await wayOut(look, pod) }
      if (as !== undefined) return should.includes(as) ? pass(`${target} saw ${as}`) : fail(`${target} saw ${as}, should be ${should.join(' or ')}`, next)
      const alive = answered === false && (await Promise.all(ctx.outside.map((o) => answers(o, target, ctx.signal)))).includes(true)
      if (alive) return fail(`${target} does not answer it, but answers others`, next)
      return unproved(`nobody at ${target} could say as whom it came (needs curl, wget or ping in the pod, and an echo or tcpdump outside)`, next)
    })
  },
})
