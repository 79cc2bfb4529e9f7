import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { notLetGo } from '../lib/gateway/let-go.ts'
import { CONFIG_NAME, KEY } from '../lib/gateway/names.ts'
import { restoreState } from '../lib/gateway/restore.ts'
import { readState } from '../lib/gateway/state.ts'
import { until } from '../lib/gateway/until.ts'
import { configData } from '../lib/gateway/wanted.ts'
import { CONFIG_MAP } from '../lib/kube/port.ts'

const input = z.object({
  namespace: z.string().describe('namespace the controller reads the ConfigMap in'),
  data: z.record(z.string(), z.string()).describe('keys and values as they shall be; other keys stay'),
  drop: z.array(z.string()).default([]).describe('keys to remove'),
  nodes: z.array(z.string()).describe('nodes whose bridges may change'),
  letGo: z.array(z.string()).default([]).describe('nodes that must give their NIC back first: the gateway is disabled until they have'),
  reach: z.enum(['none', 'pods']).describe('whether NAT rows of pods belong to what an undo restores'),
})
type Input = z.output<typeof input>

const isAsWanted = async (ctx: Ctx, { data, drop }: Input): Promise<boolean> => {
  const configMap = await ctx.lookAgain().configMap()
  const now = configData(configMap)
  return configMap !== undefined && Object.entries(data).every(([k, v]) => now[k] === v) && drop.every((k) => !(k in now))
}

/**
 * Write the ConfigMap ovn-external-gw-config. Kube-OVN acts on it at once, so the undo is the whole gateway as it was: ConfigMap,
 * labels, OVN, bridges (R4, R7: putting the ConfigMap back alone would leave what was built).
 */
export const writeConfig = defineTask({
  name: 'write-config',
  summary: 'Write the ConfigMap ovn-external-gw-config; undo puts the whole gateway back',
  effect: 'write',
  input,
  timeoutMs: 90_000,
  title: ({ namespace }) => `write ConfigMap ${namespace}/${CONFIG_NAME}`,
  before: (ctx, { nodes, reach }) => readState(ctx.look(), nodes, reach),
  apply: async (ctx, { namespace, data, drop, letGo }, _before, { progress }) => {
    const { kube, signal } = ctx
    const ref = { namespace, name: CONFIG_NAME }
    if (letGo.length > 0) {
      await kube.patch(CONFIG_MAP, ref, { data: { [KEY.enable]: 'false' } }, { signal })
      await until({ signal, progress }, () => notLetGo(ctx.lookAgain(), letGo))
    }
    await kube.apply(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref, data }, { signal, force: true })
    if (drop.length > 0) await kube.patch(CONFIG_MAP, ref, { data: Object.fromEntries(drop.map((k) => [k, null])) }, { signal })
    return null
  },
  undo: (ctx, _input, before, call) => restoreState(ctx, before, { signal: ctx.signal, progress: call.progress }),
  holds: (ctx, wanted) => isAsWanted(ctx, wanted),
})
