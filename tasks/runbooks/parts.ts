/** What several runbooks have in common: who may be touched, and the refusals that need facts only. Pure. */
import { z } from 'zod'
import type { Facts } from '../../lib/gateway/facts.ts'
import type { GatewayWanted } from '../../lib/inventory/site.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'

export const noArgs = z.object({})

/** The gateway the site wants; a site without one cannot be installed or changed to. */
export function wantedOf({ wanted }: Facts): GatewayWanted {
  if (wanted !== null) return wanted
  throw new OvngwError('INVENTORY', {
    what: 'the site has no gateway',
    why: 'its inventory has no `gateway:`',
    hint: 'add it (inventory/example.yaml shows how), or `ovngw adopt NAME` to take over a running one',
  })
}

export const nodeNames = (gateway: GatewayWanted): readonly string[] => gateway.nodes.map((n) => n.name)

/** Chassis of the wanted nodes with their priorities: as wanted, else 100, 99, … in the order of the list, as Kube-OVN does (R5). */
export function chassisOf(gateway: GatewayWanted, { chassis }: Pick<Facts, 'chassis'>): readonly { readonly name: string; readonly priority: number }[] {
  return gateway.nodes.flatMap(({ name, priority }, i) => (chassis[name] === undefined ? [] : [{ name: chassis[name], priority: priority ?? 100 - i }]))
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x, i) => b[i] === x)

/** How the running gateway differs from the wanted one, by what has to be done about it. */
export interface Differences {
  readonly config: boolean
  readonly port: boolean
  readonly chassis: boolean
  readonly nodes: boolean
  readonly nic: boolean
  readonly nextHop: boolean
  readonly type: boolean
  readonly vlan: boolean
}

export function compare(gateway: GatewayWanted, facts: Omit<Facts, 'pods' | 'templates'>): Differences {
  const { current, found, write } = facts
  const wanted = chassisOf(gateway, facts)
  const hasChassis = wanted.every((w) => found?.chassis.some((c) => c.name === w.name && (wanted.length === 1 || c.priority === w.priority)))
  const uplinks = gateway.nodes.map((n) => facts.state.nodes[n.name]?.bridge?.uplinks ?? [])
  return {
    config: write !== null,
    port:
      found !== null && ((gateway.address !== 'auto' && !same(found.networks, [gateway.address])) || (gateway.mac !== undefined && found.mac !== gateway.mac)),
    chassis: gateway.nodes.length > 0 && found !== null && (found.chassis.length !== wanted.length || !hasChassis),
    nodes:
      gateway.nodes.some((n) => facts.state.labels[n.name] !== 'true') ||
      Object.entries(facts.state.labels).some(([n, l]) => l === 'true' && !nodeNames(gateway).includes(n)),
    nic: uplinks.some((u) => !same(u, [gateway.nic])),
    nextHop: current !== null && current.nextHop !== gateway.nextHop,
    type: current !== null && current.type !== gateway.type,
    vlan: found !== null && found.vlan !== facts.vlan,
  }
}

export const isAsWanted = (d: Differences): boolean => !Object.values(d).some(Boolean)

/** Nodes whose bridge may change: the wanted ones and those labelled now. */
export const touchedNodes = (gateway: GatewayWanted, { state }: Facts): string[] => [
  ...new Set([...nodeNames(gateway), ...Object.entries(state.labels).flatMap(([n, l]) => (l === 'true' ? [n] : []))]),
]
