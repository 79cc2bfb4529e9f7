import { type Ctx, defineCheck, pass, skip, warn } from '../../lib/define.ts'
import { CONFIG_NAME } from '../../lib/gateway/names.ts'
import { isError } from '../../lib/kernel/errors.ts'
import { CONFIG_MAP } from '../../lib/kube/port.ts'

async function whereItIs({ kube, signal }: Ctx): Promise<readonly string[] | 'denied'> {
  try {
    const { items } = await kube.list(CONFIG_MAP, { fieldSelector: `metadata.name=${CONFIG_NAME}`, signal })
    return items.map((c) => c.metadata.namespace ?? 'default')
  } catch (error) {
    if (isError(error, 'FORBIDDEN')) return 'denied'
    throw error
  }
}

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
    const namespaces = await whereItIs(ctx)
    if (namespaces === 'denied') return skip('you may not list ConfigMaps of all namespaces, which no run needs')
    const strays = namespaces.filter((ns) => ns !== read)
    if (strays.length === 0) return pass(`the controller reads ${read}/${CONFIG_NAME}`)
    return strays.map((ns) =>
      warn(`never read; the controller reads namespace ${read}`, { object: `${ns}/${CONFIG_NAME}`, hint: `kubectl -n ${ns} delete configmap ${CONFIG_NAME}` }),
    )
  },
})
