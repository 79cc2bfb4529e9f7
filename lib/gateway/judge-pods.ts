/** What the checks of pods begin with: which pods, their rows, and whether the gateway can serve them at all (R20). */
import type { GatewayWanted, PodRef } from '../inventory/site.ts'
import { type CheckResult, skip } from '../kernel/check.ts'
import type { KubeObject } from '../kube/port.ts'
import type { NbTables } from '../ovn/nb.ts'
import type { Nat } from '../ovn/tables.ts'
import { annotatedPods, type ByAddress, type ByInside, byAddress, byInside, type Claims, claims, isAlive, isRowOf, natsOf, wantedRows } from './judge.ts'
import { hint, type Named } from './judge-hints.ts'
import { couldNotLook, folded } from './judge-results.ts'
import { NOTHING_WANTED, nextHopOf, subnetSpec, wantedGateway } from './judge-scene.ts'
import type { Look } from './look.ts'
import { DEFAULT_VPC } from './names.ts'
import { isTwin, type PodView, podName } from './pods.ts'
import type { Settings } from './settings.ts'

/** `namespace/name` of the pods to judge; without it every annotated pod. */
export type PodArgs = { readonly pods?: readonly string[] }

export interface PodScene {
  readonly wanted: GatewayWanted
  readonly settings: Settings
  readonly nb: NbTables
  readonly rows: ByAddress
  /** Every pod of the cluster. */
  readonly all: readonly PodView[]
  readonly inside: ByInside
  /** Those to be judged. */
  readonly pods: readonly PodView[]
  readonly subnets: readonly KubeObject[]
  readonly nextHop: string | undefined
  /** EIPs more than one pod asks for, with the pod that has to give way: giving one again would not help (R14). */
  readonly contested: ReadonlyMap<string, PodView>
}

/** Undefined where no gateway is wanted. */
export async function podScene(look: Look, { pods: names }: PodArgs): Promise<PodScene | undefined> {
  const wanted = await wantedGateway(look)
  if (wanted === undefined) return undefined
  const [settings, nb, all, subnets] = await Promise.all([look.settings(), look.nb(), look.pods(), look.subnets()])
  const pods = names === undefined ? annotatedPods(all) : all.filter((p) => names.includes(podName(p)))
  return {
    wanted,
    settings,
    nb,
    rows: byAddress(nb, settings.router),
    all,
    inside: byInside(all),
    pods,
    subnets,
    nextHop: nextHopOf(wanted, settings, subnets),
    contested: new Map(rivals(all, natsOf(nb, settings.router)).map(({ address, loser }) => [address, loser])),
  }
}

/** Why the gateway never serves the pod; undefined: it can. */
export function outOfReach(pod: PodView, settings: Settings, subnets: readonly KubeObject[]): string | undefined {
  if (pod.hostNetwork) return 'it uses the host’s network, which has no address of its own'
  if (pod.vpc !== settings.router && pod.vpc !== DEFAULT_VPC) return `it is in VPC ${pod.vpc}; only the default VPC ${settings.router} is served`
  const spec = subnetSpec(subnets.find((s) => s.metadata.name === pod.subnet))
  if (spec.vlan !== undefined && spec.vlan !== '') return `Subnet ${pod.subnet} is an underlay (VLAN ${spec.vlan}); only overlay subnets are served`
  if (pod.ip?.includes(',') === true) return `it is dual stack (${pod.ip}): Kube-OVN writes a policy OVN cannot read`
  if (pod.ip?.includes(':') === true) return `its address ${pod.ip} is IPv6; only IPv4 is served`
  return undefined
}

export type Addressed = PodView & { readonly ip: string }

/** Judges every pod that has an address and is in reach; the others are skipped with the reason. */
export async function perPod(look: Look, args: PodArgs, judge: (pod: Addressed, scene: PodScene) => CheckResult | Promise<CheckResult>) {
  const scene = await podScene(look, args)
  if (scene === undefined) return [skip(NOTHING_WANTED)]
  const absent = (args.pods ?? []).filter((n) => !scene.pods.some((p) => podName(p) === n))
  const results = await Promise.all(
    scene.pods.map((pod) => couldNotLook(podName(pod), async () => ({ object: podName(pod), ...(await judged(pod, scene, judge)) }))),
  )
  const all = [...absent.map((object) => skip('there is no such pod (pod-reach)', { object })), ...results]
  return all.length === 0 ? [skip('no pod has an EIP or SNAT annotation')] : folded(all, 'pods')
}

async function judged(pod: PodView, scene: PodScene, judge: (pod: Addressed, scene: PodScene) => CheckResult | Promise<CheckResult>): Promise<CheckResult> {
  if (pod.deleting) return skip('it is being deleted')
  if (!isAlive(pod)) return skip(`it is ${pod.phase}`)
  if (outOfReach(pod, scene.settings, scene.subnets) !== undefined) return skip('the gateway does not serve it (pod-reach)')
  if (pod.ip === undefined) return skip('it has no address yet')
  return judge({ ...pod, ip: pod.ip }, scene)
}

/** Who owns NAT rows beside annotations; rejects where the lists are denied: then nothing may be called a stray (R34). */
export const readClaims = async (look: Look): Promise<Claims> => claims(await look.natOwners(), await look.ovnEips())

/** The pod that has this address now. */
export const podWith = (all: readonly PodView[], ip: string): PodView | undefined => all.find((p) => p.ip === ip && isAlive(p) && !p.hostNetwork)

/** Pods that ask for an external address, by address; EIPs and SNATs apart. */
export function askers(all: readonly PodView[], kind: 'eip' | 'snat'): ReadonlyMap<string, readonly PodView[]> {
  const map = new Map<string, PodView[]>()
  for (const pod of all) {
    const address = pod[kind]
    if (address === undefined || !isAlive(pod)) continue
    const list = map.get(address)
    if (list === undefined) map.set(address, [pod])
    else list.push(pod)
  }
  return map
}

export interface Rivals {
  readonly address: string
  /** Those who ask for it as EIP, then those who ask for it as SNAT. */
  readonly pods: readonly PodView[]
  /** Of those who ask for it as EIP, who has to give way: one that has no row, else the last. */
  readonly loser: PodView
}

export const isServed = (pod: PodView, nats: readonly Nat[]): boolean =>
  wantedRows(pod, { type: 'centralized' }).some((w) => nats.some((row) => isRowOf(w, row)))

/** EIPs that more than one machine asks for: two pods with one address inside are one (KubeVirt). */
export function rivals(all: readonly PodView[], nats: readonly Nat[]): readonly Rivals[] {
  const [eips, snats] = [askers(all, 'eip'), askers(all, 'snat')]
  return [...eips].flatMap(([address, asking]): readonly Rivals[] => {
    const pods = [...asking, ...(snats.get(address) ?? []).filter((p) => !asking.includes(p))]
    const [first, ...others] = pods
    const loser = asking.find((p) => !isServed(p, nats)) ?? asking.at(-1)
    return first === undefined || loser === undefined || others.every((p) => isTwin(p, first)) ? [] : [{ address, pods, loser }]
  })
}

/** The command that puts the pod's annotation through again; for a contested address the one that takes it off who has to give way. */
export function again(site: Named, pod: PodView, { contested }: Pick<PodScene, 'contested'>): string {
  const loser = pod.eip === undefined ? undefined : contested.get(pod.eip)
  if (loser !== undefined) return hint.release(site, loser)
  if (pod.eip !== undefined) return hint.assign(site, pod, 'eip', pod.eip)
  return pod.snat === undefined ? hint.release(site, pod) : hint.assign(site, pod, 'snat', pod.snat)
}

export const samePod = (a: PodRef, b: PodRef | undefined): boolean => a.namespace === b?.namespace && a.name === b.name
