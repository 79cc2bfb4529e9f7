/** Whom a diagnosis is about: the pod with its rows, and the node its packets leave by. */
import { natDifference, wantedRows } from '../gateway/judge.ts'
import { type PodScene, podScene } from '../gateway/judge-pods.ts'
import { chassisOf, readScene, wantedGateway, wantedNodes } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import { isAnnotated, type PodView, podName } from '../gateway/pods.ts'
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import { activeChassis } from '../ovn/sb.ts'

export interface Subject {
  readonly pod: PodView
  /** Undefined where no gateway is wanted. */
  readonly scene: PodScene | undefined
  /** OVN has every NAT row its annotations ask for. */
  readonly translated: boolean
}

/** @throws OvngwError NOT_FOUND when there is no such pod */
export async function subjectOf(look: Look, ref: PodRef): Promise<Subject> {
  const [pods, scene] = await Promise.all([look.pods(), podScene(look, { pods: [podName(ref)] })])
  const pod = pods.find((p) => podName(p) === podName(ref))
  if (pod === undefined) throw new OvngwError('NOT_FOUND', { what: `there is no pod ${podName(ref)}`, hint: `kubectl -n ${ref.namespace} get pods` })
  const rows = scene === undefined || pod.ip === undefined ? undefined : scene.rows.nats(pod.ip)
  const translated = rows !== undefined && scene !== undefined && isAnnotated(pod) && natDifference(rows, wantedRows(pod, scene.wanted)).missing.length === 0
  return { pod, scene, translated }
}

/** Node that carries outside packets now: where the router port is active; a pod with an EIP of a distributed gateway leaves by its own (R21). */
export async function exitNode(look: Look, pod?: PodView): Promise<string | undefined> {
  const wanted = await wantedGateway(look)
  if (wanted?.type === 'distributed' && pod?.eip !== undefined) return pod.node
  const [{ parts, nodes }, sb] = await Promise.all([readScene(look), look.sb()])
  const active = parts.routerPort === undefined ? undefined : activeChassis(sb, parts.routerPort.name)
  return active === undefined ? undefined : (nodes.find((n) => chassisOf(n) === active.name)?.metadata.name ?? active.hostname)
}

/** The node packets leave by, else every node that should carry the gateway. */
export async function exitNodes(look: Look, pod?: PodView): Promise<readonly string[]> {
  const [exit, wanted] = await Promise.all([exitNode(look, pod), wantedGateway(look)])
  if (exit !== undefined) return [exit]
  return wanted === undefined ? [] : wantedNodes(wanted, await look.nodes())
}
