import { type Ctx, defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wayOut } from '../../lib/gateway/exit.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { answers, askedPods, connects, hasEip, NO_PROBE, provedOn, unproved } from '../../lib/gateway/judge-packets.ts'
import type { PodArgs } from '../../lib/gateway/judge-pods.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { enabledGateway, tryIp } from '../../lib/gateway/judge-scene.ts'
import { POD_TO_WIRE } from '../../lib/gateway/packet-needs.ts'
import { type PodView, podName } from '../../lib/gateway/pods.ts'

async function ask(ctx: Ctx, pod: PodView, eip: string) {
  if (tryIp(eip) === undefined) return fail(`its EIP ${JSON.stringify(eip)} is no address`, { hint: hint.release(ctx.site, pod) })
  const prove = provedOn(ctx.site, pod)
  const next = { hint: `${hint.check(ctx.site, 'pod-nat', 'pod-policy', 'outside-answers')}   # ${podName(pod)}`, via: await wayOut(ctx.look(), pod) }
  const asked = await Promise.all(ctx.outside.map((o) => (prove?.protocol === 'tcp' ? connects(o, eip, prove.port, ctx.signal) : answers(o, eip, ctx.signal))))
  if (asked.includes(true)) return pass(`${eip} answers${prove?.protocol === 'tcp' ? ` on tcp/${prove.port}` : ''}`)
  if (!asked.includes(false)) return unproved('no outside host could ask', next)
  const how = prove?.protocol === 'tcp' ? `tcp/${prove.port} of ${eip}` : eip
  const inside = pod.node === undefined || pod.ip === undefined || prove?.protocol === 'tcp' ? undefined : await answers(ctx.node(pod.node), pod.ip, ctx.signal)
  if (inside === true || prove?.protocol === 'tcp') return fail(`${how} does not answer from outside`, next)
  return unproved(`${eip} does not answer, nor does the pod itself from its node: declare what it answers on (prove: tcp/PORT)`, next)
}

export const eipFromOutside = defineCheck<PodArgs>({
  id: 'eip-from-outside',
  group: 'packet',
  title: 'the pod is reached from outside under its EIP',
  level: 'fatal',
  reads: 'ping (or the declared TCP port) from the outside hosts; ping from the pod’s node for comparison',
  why: 'NAT rows can be right and nothing arrive: only a packet proves the whole way',
  mend: 'look from the inside out: pod-nat, pod-policy, gateway-active-chassis, gateway-bridge, outside-answers',
  needs: POD_TO_WIRE,
  run: async (ctx, { pods: names }) => {
    if (ctx.outside.length === 0) return skip(NO_PROBE)
    const gateway = await enabledGateway(ctx.look())
    if ('off' in gateway) return skip(gateway.off)
    const chosen = askedPods(await ctx.look().pods(), names, hasEip)
    if (chosen.length === 0) return skip('no pod with an EIP')
    return perObject(chosen, podName, (pod) => ask(ctx, pod, pod.eip ?? ''))
  },
})
