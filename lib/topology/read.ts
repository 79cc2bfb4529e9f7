/** What the picture shows, from one look. NB and Kubernetes must answer; what a node or SB does not say is named, not guessed. */
import type { Claims } from '../gateway/judge.ts'
import { chassisOf, externalNetwork, isLabelled, nextHopOf, readScene, type Scene, wantedGateway, wantedNodes } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import type { PodView } from '../gateway/pods.ts'
import { servedBy } from '../gateway/rows.ts'
import { isEnabled } from '../gateway/wanted.ts'
import type { GatewayWanted } from '../inventory/site.ts'
import { asError } from '../kernel/errors.ts'
import type { Cidr } from '../net/cidr.ts'
import { activeChassis } from '../ovn/sb.ts'
import type { Link } from '../ovs/node.ts'
import type { OvsTables } from '../ovs/vsctl.ts'

/** A node the gateway is on, was on or should be on. */
export interface Host {
  readonly name: string
  readonly ovs?: OvsTables | undefined
  readonly links?: readonly Link[] | undefined
  readonly labelled: boolean
  readonly wanted: boolean
  /** Priority of its chassis at the router port. */
  readonly priority?: number | undefined
  readonly active: boolean
}

export interface TopologyFacts {
  readonly scene: Scene
  readonly wanted?: GatewayWanted | undefined
  readonly enabled: boolean
  readonly nextHop?: string | undefined
  readonly network?: Cidr | undefined
  readonly hosts: readonly Host[]
  readonly pods: readonly PodView[]
  readonly claims: Claims
  readonly unread: readonly string[]
}

export async function readTopology(look: Look): Promise<TopologyFacts> {
  const [scene, wanted, configMap, pods, { claims }, subnets] = await Promise.all([
    readScene(look),
    wantedGateway(look),
    look.configMap(),
    look.pods(),
    servedBy(look),
    look.subnets(),
  ])
  const unread: string[] = []
  const orUnread = <T>(what: string, reading: Promise<T>): Promise<T | undefined> =>
    reading.catch((thrown: unknown) => {
      const error = asError(thrown)
      if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
      unread.push(`${what}: ${error.message}`)
      return undefined
    })
  const sb = await orUnread('SB', look.sb())
  const { parts, nodes } = scene
  const port = parts.routerPort?.name
  const active = sb === undefined || port === undefined ? undefined : activeChassis(sb, port)?.name
  const listed = wanted === undefined ? [] : wantedNodes(wanted, nodes)
  const isOn = (chassis: string | undefined): boolean => chassis !== undefined && (chassis === active || parts.chassis.some((c) => c.chassis_name === chassis))
  const concerned = nodes.filter((n) => listed.includes(n.metadata.name) || isLabelled(n) || isOn(chassisOf(n)))
  const hosts = await Promise.all(
    concerned.map(async (node): Promise<Host> => {
      const { name } = node.metadata
      const chassis = chassisOf(node)
      return {
        name,
        ovs: await orUnread(`OVS of ${name}`, look.ovs(name)),
        links: await orUnread(`NICs of ${name}`, look.links(name)),
        labelled: isLabelled(node),
        wanted: listed.includes(name),
        priority: parts.chassis.find((c) => c.chassis_name === chassis)?.priority,
        active: chassis !== undefined && chassis === active,
      }
    }),
  )
  return {
    scene,
    wanted,
    enabled: isEnabled(configMap),
    nextHop: wanted === undefined ? undefined : nextHopOf(wanted, scene.settings, subnets),
    network: wanted === undefined ? undefined : externalNetwork(wanted, scene, subnets),
    hosts,
    pods,
    claims,
    unread,
  }
}
