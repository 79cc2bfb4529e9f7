import { type Ctx, defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { wayOut } from '../../lib/gateway/exit.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { answers, askedPods, hasEip, NO_PROBE, passesWhole, unproved } from '../../lib/gateway/judge-packets.ts'
import type { PodArgs } from '../../lib/gateway/judge-pods.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { enabledGateway, tryIp } from '../../lib/gateway/judge-scene.ts'
import { type PodView, podName } from '../../lib/gateway/pods.ts'

async function ask(ctx: Ctx, pod: PodView, eip: string) {
  const [outside] = ctx.outside
  if (outside === undefined || tryIp(eip) === undefined || pod.node === undefined) return skip('there is nobody to ask, or no address to ask for')
  const mtu = (await ctx.look().links(pod.node)).find((l) => l.name === 'ovn0')?.mtu
  if (mtu === undefined) return unproved(`MTU of the pods is not to be seen on ${pod.node}`)
  const whole = await passesWhole(outside, eip, mtu, ctx.signal)
  if (whole === true) return pass(`${mtu} bytes pass`) // and so small ones do
  if ((await answers(outside, eip, ctx.signal)) !== true) return skip(`${eip} does not answer small ones either (eip-from-outside)`)
  if (whole === undefined) return unproved('the outside host’s ping cannot send unfragmented packets')
  return fail(`${eip} answers, but not packets of ${mtu} bytes, the pods’ MTU: somebody on the way drops them`, {
    hint: hint.check(ctx.site, 'nic-mtu'),
    via: await wayOut(ctx.look(), pod),
  })
}

export const largePackets = defineCheck<PodArgs>({
  id: 'large-packets',
  group: 'packet',
  title: 'packets as large as pods send pass whole',
  level: 'warning',
  reads: 'pings with DF from an outside host to pods with an EIP; MTU of ovn0 on their nodes',
  why: 'small packets pass, connections open, and then hang: a switch or tunnel with a smaller MTU drops large packets without a word',
  mend: 'raise the MTU of the switch and of the NIC to the pods’ at least',
  needs: { 'nic-mtu': 'same' },
  run: async (ctx, { pods: names }) => {
    if (ctx.outside.length === 0) return skip(NO_PROBE)
    const gateway = await enabledGateway(ctx.look())
    if ('off' in gateway) return skip(gateway.off)
    const chosen = askedPods(await ctx.look().pods(), names, hasEip)
    if (chosen.length === 0) return skip('no pod with an EIP')
    return perObject(chosen, podName, (pod) => ask(ctx, pod, pod.eip ?? ''))
  },
})
