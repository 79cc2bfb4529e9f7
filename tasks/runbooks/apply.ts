import { z } from 'zod'
import { addressesOf, type PodChange } from '../../lib/addresses/agreement.ts'
import { type ApplyFacts, plannedFacts, readApplyFacts, stillFits } from '../../lib/addresses/plan-facts.ts'
import { parseWaves, wavesOf } from '../../lib/addresses/waves.ts'
import { type Ctx, chain, defineRunbook, only, preflight } from '../../lib/define.ts'
import { podName } from '../../lib/gateway/pods.ts'
import type { Change } from '../../lib/kernel/events.ts'
import type { Step } from '../../lib/kernel/task.ts'
import { NAMESPACE } from '../../lib/kube/port.ts'
import { sliceOfAddresses } from '../../lib/ovn/slice.ts'
import { annotatePods } from '../annotate-pods.ts'
import { announce } from '../announce.ts'
import { awaitWindow } from '../await-window.ts'
import { assignmentChecks, rightsFor, wavePackets } from '../checks/index.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { guardRows } from '../guard-rows.ts'
import { provePods } from '../prove-pods.ts'
import { rememberAddresses } from '../remember-addresses.ts'
import { removeStrays } from '../remove-strays.ts'
import { reroute } from '../reroute.ts'
import { settle } from '../settle.ts'
import { waitRows } from '../wait-rows.ts'

const waves = z.string().transform((text, context) => {
  try {
    parseWaves(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as RangeError).message })
  }
  return text
})

const args = z.object({
  plan: z.string().optional().describe('a file of `ovngw plan apply --out`: exactly this, if it still fits').meta({ positional: true }),
  pod: z.array(z.string()).default([]).describe('only this pod, NAMESPACE/POD (repeatable; default: all)'),
  wave: waves.default('1,25%,100%').describe('pods a wave, or percent of all; the last one repeats'),
  maxFail: z.coerce.number().int().min(0).default(0).describe('so many pods of a wave may fail before the wave is put back'),
  pause: z.coerce.number().min(0).default(0).describe('seconds of rest between waves'),
  notBefore: z.iso.datetime({ offset: true }).optional().describe('begin no wave before (2027-03-01T22:00:00Z)'),
  until: z.iso.datetime({ offset: true }).optional().describe('begin no wave after'),
  only: z.enum(['gateway', 'pods']).optional().describe('one half alone (default: first the gateway, when it is not as the inventory says, then the pods)'),
  adopt: z.boolean().default(false).describe('take over annotations that somebody else wrote'),
})
type Args = z.output<typeof args>

const orderOf = ({ changes }: ApplyFacts, { wave }: Args) => wavesOf(changes, parseWaves(wave))

const addressesIn = (wave: readonly PodChange[]): string[] => [
  ...new Set(wave.flatMap((c) => [...(c.ip === null ? [] : [c.ip]), ...addressesOf(c.from), ...addressesOf(c.to)])),
]

/** One wave: annotated, there, the old gone, proved both ways, and settled. */
function stepsOf(wave: readonly PodChange[], n: number, of: number, a: Args): readonly Step<Ctx>[] {
  const set = wave.filter((c) => c.act !== 'again' && c.act !== 'stray')
  const again = wave.flatMap((c) => (c.act === 'again' && c.ip !== null ? [{ namespace: c.namespace, name: c.name, ip: c.ip }] : []))
  const ref = ({ namespace, name }: PodChange) => ({ namespace, name })
  const there = wave.filter((c) => c.ip !== null)
  const named = wave.flatMap((c) => addressesOf(c.to))
  const rest = { pauseMs: n > 1 ? a.pause * 1000 : 0, notBefore: a.notBefore ?? null, until: a.until ?? null }
  return chain(
    only(rest.pauseMs > 0 || rest.notBefore !== null || rest.until !== null, awaitWindow(rest)),
    guardRows({ addresses: addressesIn(wave) }),
    only(set.length > 0, annotatePods({ pods: set.map((c) => ({ ...ref(c), eip: c.to.eip, snat: c.to.snat })) })),
    only(again.length > 0, reroute({ pods: again, nextHop: null })),
    waitRows({ pods: there.map(ref), mayFail: a.maxFail }),
    only(named.length > 0, announce({ addresses: named })),
    removeStrays({ pods: there.map((c) => ({ ...ref(c), ip: c.ip ?? '' })) }),
    provePods({ pods: there.map(podName), mayFail: a.maxFail }),
    only(named.length > 0, wavePackets(there.map(podName))),
    settle({ what: of === 1 ? 'what was proved' : `wave ${n} of ${of}, ${wave.length} ${wave.length === 1 ? 'pod' : 'pods'},` }),
  )
}

/** One pod, several pods. */
const WORDS: Readonly<Record<PodChange['act'], readonly [string, string]>> = {
  new: ['gets an address', 'get an address'],
  change: ['changes its address', 'change their address'],
  release: ['gives its address back', 'give theirs back'],
  adopt: ['is taken over as it is', 'are taken over as they are'],
  again: ['is put through again: OVN does not do what is annotated', 'are put through again: OVN does not do what is annotated'],
  stray: ['loses rows in OVN that nobody asks for', 'lose rows in OVN that nobody asks for'],
}

function effectsOf({ changes, left, agreeing, strays }: ApplyFacts, circle: readonly PodChange[], count: number): readonly string[] {
  const acts = Object.entries(WORDS).flatMap(([act, words]) => {
    const n = changes.filter((c) => c.act === act).length
    return n === 0 ? [] : [`${n} ${words[n === 1 ? 0 : 1]}`]
  })
  const cut = changes.filter((c) => c.act === 'new' || c.act === 'change' || c.act === 'release').length
  return [
    [...acts, agreeing === 1 ? '1 pod is as it should be' : `${agreeing} pods are as they should be`].join(', '),
    ...(count > 1 ? [`${count} waves, each proved before the next begins; one that fails is put back, those before it stay`] : []),
    ...(cut > 0 ? [`established outside connections of ${cut} ${cut === 1 ? 'pod' : 'pods'} reset`] : []),
    ...(strays === null ? ['whether rows in OVN are nobody’s cannot be told: ovngw sweep says why'] : []),
    ...(strays === null || strays === 0
      ? []
      : [`${strays} row${strays === 1 ? '' : 's'} in OVN seem${strays === 1 ? 's' : ''} to be nobody’s and stay${strays === 1 ? 's' : ''}: ovngw sweep`]),
    ...circle.map((c) => `${podName(c)} is left alone: it and others wait for each other’s address; release one of them first`),
    ...left.map((l) => `${l.pod} is left alone (${l.verdict}): ${l.why}`),
  ]
}

const shown = (c: PodChange): Change => ({
  object: `Pod ${podName(c)}`,
  action: 'update',
  diff: (['eip', 'snat'] as const).flatMap((k) =>
    c.from[k] === c.to[k] ? [] : [...(c.from[k] === null ? [] : [`-${k}: ${c.from[k]}`]), ...(c.to[k] === null ? [] : [`+${k}: ${c.to[k]}`])],
  ),
})

const clusterOf = async ({ kube, signal }: Ctx): Promise<string | undefined> => (await kube.get(NAMESPACE, { name: 'kube-system' }, { signal })).metadata.uid

/** So many pods are shown one by one. */
const SHOWN = 20

export default defineRunbook({
  name: 'apply',
  summary: 'Make the gateway, then the addresses of all pods what the inventory says, in waves, each proved',
  args,
  facts: async (ctx: Ctx, { adopt, pod, plan: file }) => {
    const now = await readApplyFacts(ctx.look(), { adopt, only: pod })
    return file === undefined ? now : plannedFacts(await ctx.readYaml(file), now, await clusterOf(ctx))
  },
  plan: (a, facts) => {
    const { waves: order, circle } = orderOf(facts, a)
    const asks = order
      .flat()
      .flatMap((c) =>
        (['eip', 'snat'] as const).flatMap((kind) =>
          c.to[kind] === null || c.to[kind] === c.from[kind] ? [] : [{ address: c.to[kind], kind, pod: { namespace: c.namespace, name: c.name } }],
        ),
      )
    const leaving = order.flat().map(({ namespace, name, ip }) => ({ namespace, name, ip }))
    if (order.length === 0) return { steps: [], effects: effectsOf(facts, circle, 0) }
    return {
      steps: [
        preflight({ checks: [...assignmentChecks(asks, leaving), ...rightsFor('apply')] }),
        ...(facts.remember === null ? [] : [rememberAddresses({ namespace: facts.namespace, data: facts.remember })]),
        ...order.flatMap((wave, i) => stepsOf(wave, i + 1, order.length, a)),
      ],
      changes: facts.changes.slice(0, SHOWN).map(shown),
      effects: [
        ...(facts.changes.length > SHOWN ? [`${facts.changes.length - SHOWN} more: ovngw pods shows them all`] : []),
        ...effectsOf(facts, circle, order.length),
      ],
    }
  },
  fits: (_args, planned, now) => stillFits(planned, now),
  restored: (a, facts, settled) => [rowsAsBefore(sliceOfAddresses(facts.rows, orderOf(facts, a).waves.slice(settled.length).flatMap(addressesIn)))],
})
