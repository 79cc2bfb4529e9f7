import { defineCheck, fail, pass } from '../../lib/define.ts'
import { INTERCONNECT_NAME } from '../../lib/gateway/names.ts'
import { configData } from '../../lib/gateway/wanted.ts'

/** R24. */
export const noInterconnect = defineCheck({
  id: 'no-interconnect',
  group: 'config',
  title: 'the cluster is not interconnected with others',
  level: 'fatal',
  reads: 'ConfigMap ovn-ic-config',
  why: 'upstream: cluster interconnection and SNAT/EIP cannot work together',
  mend: 'choose one of the two: disable interconnection (enable-ic "false"), or give pods egress another way (VpcEgressGateway)',
  run: async (ctx) => {
    const look = ctx.look()
    const configMap = await look.interconnect()
    if (configData(configMap)['enable-ic'] !== 'true') return pass('cluster interconnection is off')
    const { configNamespace } = await look.settings()
    const object = `${configNamespace}/${INTERCONNECT_NAME}`
    return fail('cluster interconnection is on (enable-ic "true")', {
      object,
      hint: `kubectl -n ${configNamespace} get configmap ${INTERCONNECT_NAME} -o yaml`,
    })
  },
})
