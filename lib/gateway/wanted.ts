/** What the gateway should be: the site says it, else the ConfigMap on the cluster does. */
import type { GatewayWanted } from '../inventory/site.ts'
import type { KubeObject } from '../kube/port.ts'
import { addressOf, parseCidr } from '../net/cidr.ts'
import { KEY } from './names.ts'

export const configData = (configMap: KubeObject | undefined): Readonly<Record<string, string>> =>
  (configMap?.['data'] ?? {}) as Readonly<Record<string, string>>

/** Only the exact string "false" disables; a missing or misspelt value means enabled (R8). */
export const isEnabled = (configMap: KubeObject | undefined): boolean => configMap !== undefined && configData(configMap)[KEY.enable] !== 'false'

/** A ConfigMap as the controller reads it; undefined where nothing is enabled. Values that do not parse are kept out: config checks name them. */
export function wantedFromConfig(configMap: KubeObject | undefined): GatewayWanted | undefined {
  if (!isEnabled(configMap)) return undefined
  const data = configData(configMap)
  const address = data[KEY.address]
  const nextHop = data[KEY.nextHop]
  const distributed = data[KEY.type] === 'distributed'
  return {
    type: distributed ? 'distributed' : 'centralized',
    // A distributed gateway goes by node labels, whatever the list says (R21).
    nodes: (distributed ? '' : (data[KEY.nodes] ?? ''))
      .split(',')
      .map((n) => n.trim())
      .filter((n) => n !== '')
      .map((name) => ({ name })),
    nic: data[KEY.nic] ?? '',
    address: address === undefined || address === '' ? 'auto' : address,
    mac: data[KEY.mac]?.toLowerCase() || undefined,
    nextHop: nextHop === undefined || nextHop === '' ? undefined : hostPart(nextHop),
  }
}

/** external-gw-addr is written with or without a prefix length. */
function hostPart(text: string): string {
  try {
    return addressOf(parseCidr(text))
  } catch {
    return text.split('/')[0] ?? text
  }
}

/**
 * `wanted` with the values of `current` wherever they mean the same to the controller (a next hop with or without its prefix length, blanks
 * in the list of nodes, upper case in a MAC, no `type` for centralized): a difference in spelling alone is no reason to write.
 */
export function keepSpelling(current: KubeObject | undefined, wanted: KubeObject): KubeObject {
  if (!isEnabled(current)) return wanted
  const [is, shall] = [configData(current), configData(wanted)]
  const same: Readonly<Record<string, (a: string) => string>> = {
    [KEY.nextHop]: hostPart,
    [KEY.nodes]: (a) => a.replaceAll(/\s/g, ''),
    [KEY.mac]: (a) => a.toLowerCase(),
  }
  const spelled = Object.entries(shall).flatMap(([key, value]): readonly (readonly [string, string])[] => {
    const now = is[key]
    if (key === KEY.type && value === 'centralized' && now === undefined) return []
    const read = same[key] ?? ((a: string) => a)
    return [[key, now !== undefined && read(now) === read(value) ? now : value]]
  })
  // A list that changes makes the controller take all labels away, and a distributed gateway has nothing but its labels: leave the list.
  const kept = shall[KEY.type] === 'distributed' && is[KEY.nodes] !== undefined ? { [KEY.nodes]: is[KEY.nodes] } : {}
  return { ...wanted, data: { ...Object.fromEntries(spelled), ...kept } }
}
