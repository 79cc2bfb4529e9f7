import { defineCheck, fail, pass } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'

/** R20. */
export const configEipSnat = defineCheck({
  id: 'config-eip-snat',
  group: 'config',
  title: 'the controller serves EIP and SNAT annotations',
  level: 'fatal',
  reads: 'arguments of Deployment kube-ovn-controller (--enable-eip-snat)',
  why: 'with --enable-eip-snat=false the annotations of pods are ignored without a word',
  mend: 'set --enable-eip-snat=true in the controller’s arguments; it restarts, so run `ovngw check pod-policy` afterwards (R31)',
  run: async (ctx) => {
    const { eipSnat, namespace } = await ctx.look().settings()
    if (eipSnat) return pass('--enable-eip-snat is on')
    return fail('the controller runs with --enable-eip-snat=false', { object: `${namespace}/kube-ovn-controller`, hint: hint.controllerArgs(namespace) })
  },
})
