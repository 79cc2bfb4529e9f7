import { defineCheck, fail, pass, warn } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { readScene } from '../../lib/gateway/judge-scene.ts'
import { namingOf } from '../../lib/ovn/find.ts'

/** R36. The document's naming (switch ovn-external, network external) is one where the two differ and agree all the same. */
export const namesAgree = defineCheck({
  id: 'names-agree',
  group: 'config',
  title: 'the external switch and its network have one name',
  level: 'fatal',
  reads: 'arguments of Deployment kube-ovn-controller; the localnet port in OVN',
  why: 'the daemon maps --external-gateway-switch to the bridge, the localnet port asks for --external-gateway-net: when they differ no packet leaves',
  mend: 'give --external-gateway-switch and --external-gateway-net of the controller and of the daemon the same value',
  run: async (ctx) => {
    const { settings, parts } = await readScene(ctx.look())
    const key = namingOf(settings.switch) === 'document' ? 'external' : settings.switch
    const controller = { object: `${settings.namespace}/kube-ovn-controller`, hint: hint.controllerArgs(settings.namespace) }
    const asks = parts.localnet?.networkName
    if (asks !== undefined && asks !== key)
      return fail(`the localnet port asks for ${asks}, nodes map ${key} (--external-gateway-switch)`, { ...controller, object: parts.localnet?.name })
    const differ = `--external-gateway-net is ${settings.network}, nodes map ${key} (--external-gateway-switch)`
    if (settings.network !== key) return asks === undefined ? fail(differ, controller) : warn(`${differ}: the gateway breaks when it is next built`, controller)
    return pass(`network ${key}, switch ${parts.switch?.name ?? settings.switch}`, { object: parts.localnet?.name })
  },
})
