/** Whom a diagnosis is about: the pod with its rows. */
import { natDifference, wantedRows } from '../gateway/judge.ts'
import { type PodScene, podScene } from '../gateway/judge-pods.ts'
import type { Look } from '../gateway/look.ts'
import { isAnnotated, type PodView, podName } from '../gateway/pods.ts'
import type { PodRef } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'

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
