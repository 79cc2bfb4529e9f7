import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { annotatedPods } from '../../lib/gateway/judge.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { isEnabled } from '../../lib/gateway/wanted.ts'

/** R33. `required`: somebody is about to annotate a pod; else only pods that are annotated already need a gateway. */
export const gatewayEnabled = defineCheck<{ readonly required?: boolean }>({
  id: 'gateway-enabled',
  group: 'gateway',
  title: 'the gateway is on where pods need it',
  level: 'fatal',
  reads: 'ConfigMap ovn-external-gw-config, Pods',
  why: 'without a gateway annotated pods hang in ContainerCreating, and running ones lose the outside',
  mend: '`ovngw install`, or release the pods first',
  needs: { 'gateway-config-applied': 'all' },
  run: async (ctx, { required = false }) => {
    const look = ctx.look()
    if (isEnabled(await look.configMap())) return pass('enabled')
    const pods = annotatedPods(await look.pods())
    if (!required && pods.length === 0) return skip('no gateway, and no pod needs one')
    const who = pods.length === 0 ? '' : `; ${pods.length} annotated pod${pods.length === 1 ? '' : 's'} cannot be served`
    return fail(`the gateway is off${who}`, { hint: hint.install(ctx.site) })
  },
})
