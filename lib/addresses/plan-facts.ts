/** What `apply` plans from: JSON, journaled first. */
import { z } from 'zod'
import type { Look } from '../gateway/look.ts'
import { podName } from '../gateway/pods.ts'
import { sliceFor } from '../gateway/rows.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { NbSlice } from '../ovn/slice.ts'
import { ACTS, addressesOf, changesOf, type PodChange, type Verdict } from './agreement.ts'
import { readAddresses } from './facts.ts'
import { sameMemory, writeMemory } from './memory.ts'
import { readStrays, unreadOwners } from './read-strays.ts'

export type Left = { readonly pod: string; readonly verdict: Verdict; readonly why: string }

export type ApplyFacts = {
  readonly changes: readonly PodChange[]
  /** What is not as the inventory says and stays so. */
  readonly left: readonly Left[]
  readonly agreeing: number
  /** Rows that seem to be nobody's and stay; null: an owner could not be read. */
  readonly strays: number | null
  /** The memory as it shall be; null: as it is. */
  readonly remember: Record<string, string> | null
  readonly namespace: string
  /** Rows of every address concerned. */
  readonly rows: NbSlice
}

/** `only`: changes of these pods (`namespace/name`), of all when it is empty. */
export async function readApplyFacts(look: Look, { adopt, only }: { readonly adopt: boolean; readonly only: readonly string[] }): Promise<ApplyFacts> {
  const [{ lines, allocation, memory }, settings, unread] = await Promise.all([readAddresses(look, adopt), look.settings(), unreadOwners(look)])
  const chosen = new Set(only)
  const changes = changesOf(lines).filter((c) => chosen.size === 0 || chosen.has(podName(c)))
  const addresses = new Set(changes.flatMap((c) => [...(c.ip === null ? [] : [c.ip]), ...addressesOf(c.from), ...addressesOf(c.to)]))
  const facts: ApplyFacts = {
    changes,
    left: lines.flatMap(({ pod, verdict, act, why }) => (act !== undefined || verdict === 'agrees' ? [] : [{ pod: podName(pod), verdict, why: why ?? '' }])),
    agreeing: lines.filter((l) => l.verdict === 'agrees').length,
    strays: unread.length > 0 ? null : (await readStrays(look)).strays.filter((s) => !addresses.has(s.inside)).length,
    remember: sameMemory(allocation.memory, memory) ? null : { ...writeMemory(allocation.memory) },
    namespace: settings.configNamespace,
    rows: await sliceFor({ lookAgain: () => look }, [...addresses]),
  }
  return JSON.parse(JSON.stringify(facts)) as ApplyFacts
}

/** Still what was planned? A pod that is gone or right by now is no reason to stop; another address for one of these pods, or its address for another, is. */
export function stillFits({ changes }: ApplyFacts, now: ApplyFacts): boolean {
  const planned = new Map(changes.map((c) => [podName(c), c]))
  const given = new Map(changes.flatMap((c) => addressesOf({ eip: c.to.eip, snat: null }).map((ip) => [ip, podName(c)] as const)))
  return now.changes.every((c) => {
    const was = planned.get(podName(c))
    if (was !== undefined) return was.to.eip === c.to.eip && was.to.snat === c.to.snat
    return addressesOf({ eip: c.to.eip, snat: null }).every((ip) => !given.has(ip))
  })
}

/** A YAML reader may leave out what is null. */
const maybe = z
  .string()
  .nullish()
  .transform((text) => text ?? null)
const addresses = z.object({ eip: maybe, snat: maybe })
const change = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  ip: maybe,
  act: z.enum(ACTS),
  from: addresses,
  to: addresses,
})
/** A file of `ovngw plan --out`. */
const planFile = z.object({ ovngw: z.literal('plan/1'), runbook: z.literal('apply'), cluster: z.string(), facts: z.object({ changes: z.array(change) }) })

/**
 * What the file plans, as far as it is still to be done. @throws OvngwError USAGE when it is no plan of this cluster, STALE when it no longer
 * fits what is there
 */
export function plannedFacts(value: unknown, now: ApplyFacts, cluster: string | undefined): ApplyFacts {
  const parsed = planFile.safeParse(value)
  if (!parsed.success)
    throw new OvngwError('USAGE', {
      what: 'the file is no plan of apply',
      why: z.prettifyError(parsed.error).split('\n')[0],
      hint: 'ovngw plan apply --out plan.json writes one',
    })
  if (parsed.data.cluster !== cluster)
    throw new OvngwError('USAGE', {
      what: 'the plan was made for another cluster',
      why: `its kube-system has uid ${parsed.data.cluster}, this one's ${cluster}`,
      hint: 'name the right one with --context or --site',
    })
  const planned = { ...now, changes: parsed.data.facts.changes }
  const open = new Set(now.changes.map(podName))
  const wider = now.changes.filter((c) => !planned.changes.some((p) => podName(p) === podName(c)))
  if (!stillFits(planned, now) || wider.length > 0)
    throw new OvngwError('STALE', {
      what: 'the plan no longer fits',
      why: wider.length > 0 ? `${wider.length} pods are not in it, first ${wider.slice(0, 1).map(podName).join('')}` : 'a pod would get another address by now',
      hint: 'ovngw plan apply --out plan.json makes a new one',
    })
  return { ...planned, changes: planned.changes.filter((c) => open.has(podName(c))) }
}
