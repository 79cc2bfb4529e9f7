/** What every part of the stand-in is given. */
import { isError, OvngwError } from '../../kernel/errors.ts'
import { CONFIG_MAP, type Kube, type KubeObject, POD, SUBNET } from '../../kube/port.ts'
import { CONFIG_MAP_NAME, type Settings } from './config.ts'
import type { Log } from './log.ts'
import type { NbClient } from './nb.ts'

/** As much of the port as the stand-in needs. */
export type KubeDoor = Pick<Kube, 'find' | 'list' | 'patch' | 'watch'>

export interface Context {
  readonly kube: KubeDoor
  readonly nb: NbClient
  /** Names of the live chassis in the Southbound database. */
  readonly chassis: () => Promise<readonly string[]>
  readonly settings: Settings
  readonly log: Omit<Log, 'close'>
}

export const EXTERNAL_GW = 'ovn.kubernetes.io/external-gw'
export const CHASSIS = 'ovn.kubernetes.io/chassis'

export type Data = Readonly<Record<string, string>>

/** The gateway ConfigMap's data; undefined when it does not exist. */
export async function readConfig({ kube, settings }: Context): Promise<Data | undefined> {
  const object = await kube.find(CONFIG_MAP, { namespace: settings.configNamespace, name: CONFIG_MAP_NAME })
  return object && dataOf(object)
}

export const dataOf = (object: KubeObject): Data => (object['data'] ?? {}) as Data

export const specOf = (object: KubeObject): Readonly<Record<string, unknown>> => (object['spec'] ?? {}) as Readonly<Record<string, unknown>>

export const statusOf = (object: KubeObject): Readonly<Record<string, unknown>> => (object['status'] ?? {}) as Readonly<Record<string, unknown>>

/**
 * Where EIP and SNAT packets go: `external-gw-addr`, else the gateway of a Subnet named like the external switch (R1).
 * @throws OvngwError NOT_FOUND with Kube-OVN's own words when there is neither
 */
export async function nextHop({ kube, settings }: Context, config: Data): Promise<string> {
  let hop = config['external-gw-addr'] ?? ''
  if (hop === '') {
    const subnet = await kube.find(SUBNET, { name: settings.switch })
    if (!subnet) throw new OvngwError('NOT_FOUND', { what: settings.profile.log.noNextHop.replaceAll('SWITCH', settings.switch) })
    hop = String(specOf(subnet)['gateway'] ?? '')
    if (hop === '') throw new OvngwError('NOT_FOUND', { what: 'no available gateway address' })
  }
  return hop.split('/')[0] ?? ''
}

/** A log line's worth of an error. */
export const words = (error: unknown): string => {
  if (isError(error)) return error.why === undefined ? error.what : `${error.what}: ${error.why}`
  return error instanceof Error ? error.message : String(error)
}

/** The line of a queue whose item goes back in. `item`: its queue and quoted key. */
export const requeued = (item: string, error: unknown): string =>
  `"Unhandled Error" err="error syncing ${item}: ${words(error)}, requeuing" logger="UnhandledError"`

/** Lines of the profile's own, their stand-ins filled in. */
export function say({ log, settings }: Context, lines: readonly (readonly [from: string, text: string])[], own: Readonly<Record<string, string>> = {}): void {
  const all: Readonly<Record<string, string>> = { SWITCH: settings.switch, LRP: settings.routerPort, LSP: settings.switchPort, ...own }
  for (const [from, text] of lines)
    log.info(
      from,
      text.replaceAll(/[A-Z]{3,}/g, (word) => all[word] ?? word),
    )
}

/** external_ids as a profile marks them, its stand-ins filled in. */
export const marks = (pattern: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(pattern).map(([k, v]) => [k, own[v] ?? v]))

/** Annotates pods, a few at a time; answers those that still exist, as they are now. */
export async function annotateAll(
  { kube }: Context,
  wanted: readonly { pod: KubeObject; annotations: Readonly<Record<string, string>> }[],
): Promise<KubeObject[]> {
  const queue = [...wanted]
  const done: KubeObject[] = []
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { name, namespace } = next.pod.metadata
      try {
        done.push(await kube.patch(POD, { name, namespace }, { metadata: { annotations: next.annotations } }))
      } catch (error) {
        if (!isError(error, 'NOT_FOUND')) throw error // gone in between: its deletion is handled on its own
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return done
}
