import { defineCheck, fail, pass } from '../../lib/define.ts'
import { DEFAULT_VPC } from '../../lib/gateway/names.ts'

/** R8. */
export const configExtraSubnets = defineCheck({
  id: 'config-extra-subnets',
  group: 'config',
  title: 'the default VPC leaves the gateway to the ConfigMap',
  level: 'fatal',
  reads: 'Vpc ovn-cluster, spec.extraExternalSubnets',
  why: 'with extraExternalSubnets on the default VPC Kube-OVN ignores the ConfigMap',
  mend: 'remove spec.extraExternalSubnets from Vpc ovn-cluster, or do without the ConfigMap gateway',
  run: async (ctx) => {
    const vpc = await ctx.look().vpc()
    const extra = (vpc?.['spec'] as { extraExternalSubnets?: readonly string[] } | undefined)?.extraExternalSubnets ?? []
    if (extra.length === 0) return pass('extraExternalSubnets is not set')
    const hint = `kubectl patch vpc ${DEFAULT_VPC} --type=json -p '[{"op":"remove","path":"/spec/extraExternalSubnets"}]'`
    return fail(`extraExternalSubnets names ${extra.join(', ')}: the ConfigMap is ignored`, { object: `vpc/${DEFAULT_VPC}`, hint })
  },
})
