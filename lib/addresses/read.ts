/** Reading everything in which owners of external addresses are found. */
import { readNextHop } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import { DEFAULT_VPC } from '../gateway/names.ts'
import type { PodView } from '../gateway/pods.ts'
import { asError, type OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from '../kube/port.ts'
import type { Owners, Sources } from './owner.ts'
import { indexOwners } from './owners.ts'

/** A source that could not be read, and why. */
export interface Unread {
  readonly what: string
  readonly error: OvngwError
}

export interface Found {
  readonly owners: Owners
  readonly pods: readonly PodView[]
  /** Owners may be missing from `owners`: while this is not empty no address may be called free. */
  readonly unread: readonly Unread[]
}

type Lists = { readonly [K in keyof Sources as Sources[K] extends readonly KubeObject[] ? K : never]: Sources[K] }

const LISTS: { readonly [K in keyof Lists]: readonly [what: string, read: (look: Look) => Promise<readonly KubeObject[]>] } = {
  nodes: ['Nodes', (look) => look.nodes()],
  services: ['Services', (look) => look.services()],
  ovnEips: ['OvnEips', (look) => look.ovnEips()],
  ovnFips: ['OvnFips', (look) => look.ovnFips()],
  ovnSnatRules: ['OvnSnatRules', (look) => look.ovnSnatRules()],
  ovnDnatRules: ['OvnDnatRules', (look) => look.ovnDnatRules()],
  iptablesEips: ['IptablesEIPs', (look) => look.iptablesEips()],
  egressGateways: ['VpcEgressGateways', (look) => look.egressGateways()],
  ips: ['IPs', (look) => look.ips()],
  vips: ['Vips', (look) => look.vips()],
}

/** Once a look. @throws CANCELLED, and our own bugs; what else keeps a source from being read is told in `unread` */
export const readOwners = (look: Look): Promise<Found> => look.once('owners', () => readAll(look))

async function readAll(look: Look): Promise<Found> {
  const unread: Unread[] = []
  const kept = async <T>(what: string, reading: Promise<T>): Promise<T | undefined> => {
    try {
      return await reading
    } catch (thrown) {
      const error = asError(thrown)
      if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
      unread.push({ what, error })
      return undefined
    }
  }
  const lists = Object.entries(LISTS).map(async ([key, [what, read]]) => [key, (await kept(what, read(look))) ?? []] as const)
  const [objects, pods, nb, settings, nextHop, otherSites] = await Promise.all([
    Promise.all(lists),
    kept('Pods', look.pods()),
    kept('the northbound database', look.nb()),
    kept('the controller’s flags', look.settings()),
    kept('the next hop', readNextHop(look)),
    kept('the other site files', look.otherSites()),
  ])
  // Whose a NAT row is, is known with the pods and the gateway's router only: without them it is not judged.
  const known = pods !== undefined && settings !== undefined
  const owners = indexOwners({
    // LISTS has every key.
    ...(Object.fromEntries(objects) as Lists),
    site: look.site,
    pods: pods ?? [],
    nb: nb === undefined ? { routers: [], routerPorts: [], nats: [], loadBalancers: [] } : { ...nb, nats: known ? nb.nats : [] },
    router: settings?.router ?? DEFAULT_VPC,
    nextHop,
    otherSites: otherSites ?? [],
  })
  return { owners, pods: pods ?? [], unread: unread.toSorted((a, b) => (a.what < b.what ? -1 : 1)) }
}
