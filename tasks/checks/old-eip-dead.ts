import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { answers, NO_PROBE, unproved } from '../../lib/gateway/judge-packets.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { hostOf, readScene } from '../../lib/gateway/judge-scene.ts'

/** R12: what should not answer any more, does not. Believed only while the router port answers the same host. */
export const oldEipDead = defineCheck<{ readonly address?: string; readonly baselineDead?: boolean }>({
  id: 'old-eip-dead',
  group: 'packet',
  title: 'an address that was taken away no longer answers',
  level: 'fatal',
  reads: 'pings from the outside hosts to the old address, and to the router port for comparison',
  why: 'Kube-OVN v1.16 leaves the old NAT row when an EIP is changed the documented way: the old address still reaches the pod',
  mend: 'remove the row that is left (nat-strays, pod-nat)',
  run: async (ctx, { address, baselineDead = false }) => {
    if (address === undefined) return skip('no address was taken away')
    if (ctx.outside.length === 0) return skip(NO_PROBE)
    const port = hostOf((await readScene(ctx.look())).parts.routerPort?.networks[0])
    return perObject(
      ctx.outside,
      (o) => `${address} from ${o.where}`,
      async (outside) => {
        const answer = await answers(outside, address, ctx.signal)
        if (answer === true) return fail('it still answers', { hint: hint.check(ctx.site, 'nat-strays', 'pod-nat') })
        if (answer === undefined || baselineDead) return unproved(baselineDead ? 'it did not answer before either' : 'the outside host cannot ping')
        const alive = port === undefined ? undefined : await answers(outside, port, ctx.signal)
        return alive === true
          ? pass(`silent; the router port ${port} answers`)
          : unproved('it is silent, but so is the router port: the probe itself may be dead', { hint: hint.check(ctx.site, 'outside-answers') })
      },
    )
  },
})
