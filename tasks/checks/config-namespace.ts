import { defineCheck, pass, warn } from '../../lib/define.ts'
import { CONFIG_NAME } from '../../lib/gateway/names.ts'
import { CONFIG_MAP } from '../../lib/kube/port.ts'

export const configNamespace = defineCheck({
  id: 'config-namespace',
  group: 'config',
  title: 'the ConfigMap is where the controller reads it, and nowhere else',
  level: 'warning',
  reads: 'ConfigMaps named ovn-external-gw-config in all namespaces',
  why: 'a ConfigMap in another namespace than --external-gateway-config-ns is never read: people edit it and wonder',
  mend: 'move the ConfigMap to the namespace the controller reads, or set --external-gateway-config-ns',
  run: async (ctx) => {
    const { configNamespace: read } = await ctx.look().settings()
    const { items } = await ctx.kube.list(CONFIG_MAP, { fieldSelector: `metadata.name=${CONFIG_NAME}`, signal: ctx.signal })
    const strays = items.map((c) => c.metadata.namespace ?? 'default').filter((ns) => ns !== read)
    if (strays.length === 0) return pass(`the controller reads ${read}/${CONFIG_NAME}`)
    return strays.map((ns) =>
      warn(`${ns}/${CONFIG_NAME} is never read; the controller reads namespace ${read}`, {
        object: `${ns}/${CONFIG_NAME}`,
        hint: `kubectl -n ${ns} delete configmap ${CONFIG_NAME}`,
      }),
    )
  },
})
