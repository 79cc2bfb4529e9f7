/**
 * Making a gateway state true: the one way back of every undo, and the way down of an uninstall. Kube-OVN is let do its part first, then
 * what it leaves (R4, R5, R7, R9) is done here, and the end is a state that stayed equal over a resync of the controller (R35).
 */
import { asError, isTransport } from '../kernel/errors.ts'
import { CONFIG_MAP, type Kube, NODE, VPC } from '../kube/port.ts'
import { answer } from '../ovn/call.ts'
import { restoreOps } from '../ovn/restore.ts'
import { commit } from '../ovn/transaction.ts'
import { addPort, clearBridgeMappings, delBridge, delPort, setBridgeMappings } from '../ovs/commands.ts'
import type { Command, Runner } from '../proc/command.ts'
import { announce } from './announce.ts'
import type { Look } from './look.ts'
import { CONFIG_NAME, DEFAULT_VPC, GATEWAY_LABEL } from './names.ts'
import { pause } from './pause.ts'
import { configState, differences, type GatewayState, readState } from './state.ts'
import { until, type Waiting } from './until.ts'
import { isEnabled } from './wanted.ts'

/** What a restore needs of the world: a part of Ctx. */
export interface Hands {
  readonly signal: AbortSignal
  readonly kube: Kube
  readonly nb: Runner
  node(name: string): Runner
  lookAgain(): Look
}

/** One resync of the controller is 1 s, one round of the daemon 3 s (reality.md): equal before and after one resync is equal. */
const SETTLE_MS = 1_200
/** How long Kube-OVN gets to follow the ConfigMap before its part is done for it. */
const FOLLOW_MS = 8_000

/** Makes the cluster equal `wanted`. Idempotent; works from any state between. Rejects at the step's deadline with what still differs. */
export async function restoreState(hands: Hands, wanted: GatewayState, waiting: Waiting): Promise<void> {
  await restoreConfigMap(hands, wanted)
  await letFollow(hands, wanted, waiting)
  const read = (): Promise<GatewayState> => readState(hands.lookAgain(), Object.keys(wanted.nodes), reach(wanted), addresses(wanted))
  let equalSince = 0
  let rewired = false
  await until(waiting, async () => {
    const now = await read()
    const differ = differences(wanted, now)
    if (differ.length === 0 && ++equalSince >= 2) return undefined
    if (differ.length === 0) {
      await pause(SETTLE_MS, hands.signal)
      return 'as it was; waiting one resync to see that it stays so'
    }
    equalSince = 0
    rewired ||= isRewired(wanted, now)
    await correct(hands, wanted, now).catch((error: unknown) => {
      // The controller may write the same row in the same moment: look again and do what is left.
      if (isTransport(error) || ['COMMAND', 'CONFLICT', 'NOT_FOUND'].includes(asError(error).code)) waiting.progress(asError(error).message)
      else throw error
    })
    return differ.slice(0, 3).join('; ')
  })
  if (rewired) await announce(hands, 'all', waiting.progress)
}

/** Another NIC or another router port: the outside knows the gateway by one that goes. */
const isRewired = (wanted: GatewayState, now: GatewayState): boolean =>
  wanted.nb.routerPort !== null &&
  (wanted.nb.routerPort.mac !== now.nb.routerPort?.mac ||
    Object.entries(wanted.nodes).some(([node, { bridge }]) => JSON.stringify(bridge?.uplinks) !== JSON.stringify(now.nodes[node]?.bridge?.uplinks)))

export const reach = (state: GatewayState): 'none' | 'pods' => (state.nb.scope.addresses === 'all' || state.nb.scope.addresses.length > 0 ? 'pods' : 'none')
export const addresses = (state: GatewayState): readonly string[] => (state.nb.scope.addresses === 'all' ? [] : state.nb.scope.addresses)

async function restoreConfigMap({ kube, lookAgain, signal }: Hands, wanted: GatewayState): Promise<void> {
  const look = lookAgain()
  const [current, { configNamespace: namespace }] = await Promise.all([look.configMap(), look.settings()])
  const ref = { namespace, name: CONFIG_NAME }
  if (wanted.configMap === null) {
    if (current !== undefined) await kube.delete(CONFIG_MAP, ref, { signal })
    return
  }
  const { data, labels, annotations } = wanted.configMap
  const metadata = { ...ref, ...(labels === null ? {} : { labels }), ...(annotations === null ? {} : { annotations }) }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
  if (current === undefined) await kube.create(CONFIG_MAP, object, { signal })
  else if (JSON.stringify(configState(current)) !== JSON.stringify(wanted.configMap)) await kube.replace(CONFIG_MAP, object, { signal })
}

/** Until the labels say what the ConfigMap says, at most FOLLOW_MS: a controller that is dead or stuck (R6, R28) does not stop an undo. */
async function letFollow(hands: Hands, wanted: GatewayState, waiting: Waiting): Promise<void> {
  const enabled = wanted.configMap !== null && isEnabled({ metadata: { name: CONFIG_NAME }, data: wanted.configMap.data })
  const deadline = AbortSignal.timeout(FOLLOW_MS)
  const signal = AbortSignal.any([hands.signal, deadline])
  try {
    await until({ signal, progress: waiting.progress }, async () => {
      const nodes = await hands.lookAgain().nodes()
      const off = nodes.filter((n) => {
        const is = n.metadata.labels?.[GATEWAY_LABEL] === 'true'
        return is !== (enabled && wanted.labels[n.metadata.name] === 'true')
      })
      return off.length === 0 ? undefined : `Kube-OVN has not followed yet on ${off.map((n) => n.metadata.name).join(', ')}`
    })
  } catch (error) {
    if (hands.signal.aborted || !deadline.aborted) throw error
  }
}

/** One round: everything that differs now is written once. */
async function correct(hands: Hands, wanted: GatewayState, now: GatewayState): Promise<void> {
  const { kube, nb, signal } = hands
  await commit(nb, restoreOps(wanted.nb, now.nb), { signal })
  for (const [name, label] of Object.entries(wanted.labels)) {
    if (name in now.labels && now.labels[name] !== label) await kube.patch(NODE, { name }, { metadata: { labels: { [GATEWAY_LABEL]: label } } }, { signal })
  }
  if (now.vpcExternal !== wanted.vpcExternal) await kube.patch(VPC, { name: DEFAULT_VPC }, { spec: { enableExternal: wanted.vpcExternal } }, { signal })
  for (const [name, state] of Object.entries(wanted.nodes)) {
    const is = now.nodes[name]
    if (is !== undefined) for (const command of nodeCommands(state, is)) await answer(hands.node(name), command, { signal })
  }
}

/** A missing bridge or uplink is the daemon's to make while the node is labelled; an uplink that is missing on a node that is not, ours. */
function nodeCommands(wanted: GatewayState['nodes'][string], is: GatewayState['nodes'][string]): readonly Command[] {
  const bridge =
    wanted.bridge === null
      ? is.bridge === null
        ? []
        : [delBridge(is.bridge.name)]
      : (is.bridge?.uplinks ?? []).filter((u) => wanted.bridge?.uplinks.includes(u) !== true).map((u) => delPort(is.bridge?.name ?? '', u))
  const missing =
    is.bridge === null ? [] : (wanted.bridge?.uplinks ?? []).filter((u) => !is.bridge?.uplinks.includes(u)).map((u) => addPort(is.bridge?.name ?? '', u))
  const mappings = wanted.mappings === is.mappings ? [] : [wanted.mappings === null ? clearBridgeMappings() : setBridgeMappings(wanted.mappings)]
  return [...bridge, ...missing, ...mappings]
}
