import { z } from 'zod'
import { type Ctx, defineTask } from '../lib/define.ts'
import { CONFIG_NAME } from '../lib/gateway/names.ts'
import { restoreRows } from '../lib/gateway/rows.ts'
import { topologySlice } from '../lib/gateway/topology.ts'
import { until } from '../lib/gateway/until.ts'
import { CONFIG_MAP } from '../lib/kube/port.ts'
import type { NbSlice } from '../lib/ovn/slice.ts'
import { commit, lrpDel, lspDel, together } from '../lib/ovn/transaction.ts'

const input = z.object({
  namespace: z.string().describe('namespace of the ConfigMap'),
  address: z.string().nullable().describe('address the new port must have; null: whatever Kube-OVN takes'),
  mac: z.string().nullable().describe('MAC the new port must have; null: whatever Kube-OVN takes'),
})
type Input = z.output<typeof input>

/** A key Kube-OVN does not know: its controller compares the data of the ConfigMap and looks again only when that changed (R37). */
const TOUCH = 'ovngw-touch'

const touch = (ctx: Ctx, namespace: string, value: string | null): Promise<unknown> =>
  ctx.kube.patch(CONFIG_MAP, { namespace, name: CONFIG_NAME }, { data: { [TOUCH]: value } }, { signal: ctx.signal })

async function asWanted(ctx: Ctx, { address, mac }: Input): Promise<string | undefined> {
  const found = await ctx.lookAgain().gateway()
  if (found === undefined) return 'the router port is not there yet'
  const { networks, mac: is, name } = found.routerPort
  if (address !== null && !(networks.length === 1 && networks[0] === address)) return `router port ${name} has ${networks.join(', ')}, not ${address}`
  return mac === null || is === mac ? undefined : `router port ${name} has MAC ${is}, not ${mac}`
}

/** Removes the router port and its peer on the switch in one transaction: the port alone would break the gateway for good (R28). */
async function removePort(ctx: Ctx, { names, switchPorts }: NbSlice): Promise<void> {
  const peers = switchPorts.filter((p) => p.options['router-port'] === names.routerPort).map((p) => lspDel(p.name))
  await commit(ctx.nb, [together('remove the router port and its peer', [lrpDel(names.routerPort), ...peers])], { signal: ctx.signal })
}

/**
 * ovn-controller goes on announcing the MAC a port had when it was bound, for half a minute, also after the row has another one (seen with OVN
 * 23.03): neighbours would be told the wrong MAC. Only a binding that goes and comes is announced anew.
 */
async function forgetMac(ctx: Ctx, before: NbSlice, progress: (text: string) => void): Promise<void> {
  const now = await topologySlice(ctx)
  if (now.routerPort === null || before.routerPort === null || now.routerPort.mac === before.routerPort.mac) return
  await removePort(ctx, now)
  await until({ signal: ctx.signal, progress }, async () => {
    const { portBindings } = await ctx.lookAgain().sb()
    return portBindings.some((b) => b.logical_port === `cr-${now.names.routerPort}`) ? 'the removed router port is still bound' : undefined
  })
}

/**
 * Make Kube-OVN build the router port anew, since it ignores nic-ip and nic-mac while the port exists (R4): port and its peer on the switch
 * go, then the ConfigMap is touched. NAT rows and policies stay.
 */
export const rebuildPort = defineTask({
  name: 'rebuild-port',
  summary: 'Let Kube-OVN build the router port anew with the address and MAC of the ConfigMap',
  effect: 'write',
  input,
  timeoutMs: 60_000,
  title: ({ address, mac }) => `rebuild the router port${address === null ? '' : ` with ${address}`}${mac === null ? '' : `, MAC ${mac}`}`,
  before: (ctx) => topologySlice(ctx),
  apply: async (ctx, i, before, { progress }) => {
    if ((await asWanted(ctx, i)) !== undefined) {
      await removePort(ctx, before)
      await touch(ctx, i.namespace, 'rebuild')
    }
    await until({ signal: ctx.signal, progress }, () => asWanted(ctx, i))
    await touch(ctx, i.namespace, null)
    return null
  },
  undo: async (ctx, i, before, { progress }) => {
    await touch(ctx, i.namespace, null)
    await forgetMac(ctx, before, progress)
    await restoreRows(ctx, before, { signal: ctx.signal, progress })
  },
  holds: async (ctx, i) => (await asWanted(ctx, i)) === undefined && !(TOUCH in (((await ctx.lookAgain().configMap())?.['data'] ?? {}) as object)),
})
