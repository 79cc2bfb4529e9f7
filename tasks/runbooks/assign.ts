import { z } from 'zod'
import { type Ctx, chain, defineRunbook, only, preflight, verify } from '../../lib/define.ts'
import { tryIp } from '../../lib/gateway/judge-scene.ts'
import { EIP, SNAT } from '../../lib/gateway/names.ts'
import { type PodFacts, readPodFacts } from '../../lib/gateway/pod-facts.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { annotate } from '../annotate.ts'
import { announce } from '../announce.ts'
import { addressChecks, oldAddressDead, podChecks, podPacketChecks, rightsFor, SENT } from '../checks/index.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { createPod } from '../create-pod.ts'
import { guardRows } from '../guard-rows.ts'
import { removeStrays } from '../remove-strays.ts'
import { reroute } from '../reroute.ts'
import { waitRows } from '../wait-rows.ts'
import { podOfManifest, podRefArg } from './pod-args.ts'

const args = z.object({
  pod: podRefArg.describe('NAMESPACE/POD').meta({ positional: true }),
  eip: z.ipv4().optional().describe('external address of this pod alone, reachable from outside'),
  snat: z.ipv4().optional().describe('source address of this pod’s outgoing traffic; may be shared'),
  manifest: z.string().optional().describe('a Pod manifest (YAML): the pod is created with the annotation from the start'),
})
type Args = z.output<typeof args>

function asked({ eip, snat }: Args): { readonly eip?: string; readonly snat?: string } {
  if (eip === undefined && snat === undefined)
    throw new OvngwError('USAGE', { what: 'assign needs an address', why: 'neither --eip nor --snat is given', hint: 'ovngw assign NS/POD --eip ADDRESS' })
  return { ...(eip === undefined ? {} : { eip }), ...(snat === undefined ? {} : { snat }) }
}

/** The annotations are as asked already. */
const asAsked = ({ pod }: PodFacts, { eip, snat }: Args): boolean => (eip === undefined || pod.eip === eip) && (snat === undefined || pod.snat === snat)

const already = (facts: PodFacts, args: Args): boolean => !facts.fresh && facts.served && asAsked(facts, args)

function effects({ pod, fresh }: PodFacts, { eip, snat }: Args): readonly string[] {
  const name = podName(pod)
  const line = (when: boolean, text: string): readonly string[] => (when ? [text] : [])
  return [
    ...line(fresh, `${name} is created with its address from the start`),
    ...line(
      !fresh && eip !== undefined && pod.eip === undefined,
      `${name} leaves the cluster as ${eip} from now on; its established outside connections reset`,
    ),
    ...line(
      eip !== undefined && pod.eip !== undefined && pod.eip !== eip,
      `${name} loses ${pod.eip}: Kube-OVN would leave the old address alive (R12), ovngw removes it; established connections reset`,
    ),
    ...line(snat !== undefined && pod.snat !== snat, `${name}'s outgoing traffic leaves as ${snat}; established connections reset`),
  ]
}

export default defineRunbook({
  name: 'assign',
  summary: 'Give one pod an external address and prove that it works both ways',
  args,
  facts: async (ctx: Ctx, a) => {
    const manifest = a.manifest === undefined ? undefined : podOfManifest(await ctx.readYaml(a.manifest), a.pod, { [EIP]: a.eip, [SNAT]: a.snat })
    return {
      ...(await readPodFacts(ctx.look(), a.pod, Object.values(asked(a)), manifest)),
      manifest: manifest === undefined ? null : (JSON.parse(JSON.stringify(manifest)) as Record<string, never>),
    }
  },
  plan: (a, facts) => {
    const { pod, fresh } = facts
    const ref = { namespace: pod.namespace, name: pod.name }
    const set = asked(a)
    const verified = [verify({ checks: podChecks([podName(ref)]) }), verify({ id: 'packets', checks: podPacketChecks(ref, set), tries: SENT })]
    if (already(facts, a)) return verified
    const ip = pod.ip ?? ''
    const shared = facts.rows.nats.some((n) => n.external_ip === pod.eip && n.logical_ip !== ip)
    const old = [pod.eip !== set.eip && set.eip !== undefined && !shared ? tryIp(pod.eip) : undefined].filter((x) => x !== undefined)
    return {
      steps: chain(
        preflight({ checks: [...addressChecks(ref, set), ...rightsFor('assign')] }),
        guardRows({ addresses: facts.rows.scope.addresses === 'all' ? [] : [...facts.rows.scope.addresses] }),
        only(fresh, createPod({ pod: ref, manifest: facts.manifest ?? {} })),
        only(!fresh && !asAsked(facts, a), annotate({ pod: ref, ...set })),
        // The annotation is there, what it asks for is not (R14, R31, R32): the controller has to look again.
        only(!fresh && asAsked(facts, a), reroute({ pods: [{ ...ref, ip }], nextHop: null })),
        waitRows({ pods: [ref] }),
        only(!fresh, removeStrays({ pods: [{ ...ref, ip }] })),
        announce({ addresses: Object.values(set) }),
        ...verified,
        ...old.map((address) => verify({ id: 'old-address', checks: oldAddressDead(address) })),
      ),
      changes: [
        {
          object: `Pod ${podName(ref)}`,
          action: fresh ? 'create' : 'update',
          diff: [...diffLine(EIP, pod.eip, set.eip, fresh), ...diffLine(SNAT, pod.snat, set.snat, fresh)],
        },
      ],
      effects: effects(facts, a),
    }
  },
  restored: (_args, facts) => [rowsAsBefore(facts.rows)],
})

const diffLine = (key: string, old: string | undefined, now: string | undefined, fresh: boolean): readonly string[] =>
  now === undefined || (old === now && !fresh) ? [] : [...(old === undefined || fresh ? [] : [`-${key}: ${old}`]), `+${key}: ${now}`]
