import { defineCheck, fail, pass, skip, warn } from '../../lib/define.ts'
import { wrongKeys } from '../../lib/gateway/judge-config.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { configData } from '../../lib/gateway/wanted.ts'

/** R8: a misspelt key or value is not an error for Kube-OVN, it is another meaning. */
export const configKeys = defineCheck({
  id: 'config-keys',
  group: 'config',
  title: 'ConfigMap keys and values are spelled as Kube-OVN reads them',
  level: 'fatal',
  reads: 'ConfigMap ovn-external-gw-config',
  why: 'Kube-OVN ignores keys it does not know, and takes every value of enable-external-gw but exactly "false" for enabled',
  mend: 'correct the key or the value in the ConfigMap, or let `ovngw change` write it from the inventory',
  run: async (ctx) => {
    const look = ctx.look()
    const configMap = await look.configMap()
    if (configMap === undefined) return skip('there is no ConfigMap ovn-external-gw-config')
    const byHand = hint.config((await look.settings()).configNamespace)
    // A key of its own `change` writes right; one that Kube-OVN does not read it leaves alone.
    const next = (severity: 'fail' | 'warn'): string => (severity === 'fail' && ctx.site.gateway !== undefined ? hint.change(ctx.site) : byHand)
    const wrong = wrongKeys(configData(configMap))
    if (wrong.length === 0) return pass('all keys and values are spelled as Kube-OVN reads them')
    return wrong.map(({ object, why, severity }) => (severity === 'fail' ? fail : warn)(why, { object, hint: next(severity) }))
  },
})
