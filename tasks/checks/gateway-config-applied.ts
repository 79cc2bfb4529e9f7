import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { notApplied } from '../../lib/gateway/judge-config.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { isEnabled } from '../../lib/gateway/wanted.ts'

export const gatewayConfigApplied = defineCheck({
  id: 'gateway-config-applied',
  group: 'gateway',
  title: 'the ConfigMap says what the inventory says',
  level: 'fatal',
  reads: 'ConfigMap ovn-external-gw-config, the site',
  why: 'what the inventory says is true only once Kube-OVN was told',
  mend: 'install or change by ovngw; edit the inventory, not the ConfigMap',
  needs: { 'config-keys': 'same' },
  run: async (ctx) => {
    const configMap = await ctx.look().configMap()
    const { gateway } = ctx.site
    if (gateway === undefined)
      return configMap === undefined ? skip('the site has no gateway, the cluster no ConfigMap') : pass(isEnabled(configMap) ? 'enabled' : 'disabled')
    if (configMap === undefined) return fail('there is no ConfigMap ovn-external-gw-config', { hint: hint.install(ctx.site) })
    const wrong = notApplied(configMap, gateway)
    if (wrong.length === 0) return pass('every key as the inventory says')
    return wrong.map(({ object, why }) => fail(why, { object, hint: isEnabled(configMap) ? hint.change(ctx.site) : hint.install(ctx.site) }))
  },
})
