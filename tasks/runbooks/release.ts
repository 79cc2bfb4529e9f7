import { z } from 'zod'
import { type Ctx, chain, defineRunbook, preflight, verify } from '../../lib/define.ts'
import { tryIp } from '../../lib/gateway/judge-scene.ts'
import { EIP, SNAT } from '../../lib/gateway/names.ts'
import { type PodFacts, readPodFacts } from '../../lib/gateway/pod-facts.ts'
import { isAnnotated, podName } from '../../lib/gateway/pods.ts'
import { annotate } from '../annotate.ts'
import { controllerChecks, oldAddressDead, podChecks, rightsFor } from '../checks/index.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { guardRows } from '../guard-rows.ts'
import { removeStrays } from '../remove-strays.ts'
import { podRefArg } from './pod-args.ts'

const args = z.object({
  pod: podRefArg.describe('NAMESPACE/POD').meta({ positional: true }),
  only: z.enum(['eip', 'snat']).optional().describe('release only this one (default: both)'),
})

const releases = ({ pod }: PodFacts, which: 'eip' | 'snat' | undefined) => ({
  ...(which !== 'snat' && pod.eip !== undefined ? { eip: null } : {}),
  ...(which !== 'eip' && pod.snat !== undefined ? { snat: null } : {}),
})

export default defineRunbook({
  name: 'release',
  summary: 'Take a pod’s external address away and prove that nothing of it is left',
  args,
  facts: async (ctx: Ctx, { pod }) => readPodFacts(ctx.look(), pod, []),
  plan: ({ only }, facts) => {
    const { pod } = facts
    const ref = { namespace: pod.namespace, name: pod.name }
    const set = releases(facts, only)
    const proof = verify({ checks: podChecks([podName(ref)]) })
    if (facts.served && (!isAnnotated(pod) || Object.keys(set).length === 0)) return [proof]
    // An EIP that another pod has too goes on answering, for that pod (R14).
    const shared = facts.rows.nats.some((n) => n.external_ip === pod.eip && n.logical_ip !== pod.ip)
    const gone = [set.eip === null && !shared ? tryIp(pod.eip) : undefined].filter((x) => x !== undefined)
    return {
      steps: chain(
        preflight({ checks: [...controllerChecks(), ...rightsFor('release')] }),
        guardRows({ addresses: [pod.ip, pod.eip, pod.snat].filter((x) => x !== undefined) }),
        annotate({ pod: ref, ...set }),
        removeStrays({ pods: [{ ...ref, ip: pod.ip ?? '' }] }),
        proof,
        ...gone.map((address) => verify({ id: 'old-address', checks: oldAddressDead(address) })),
      ),
      changes: [
        {
          object: `Pod ${podName(ref)}`,
          action: 'update',
          diff: [...(set.eip === null ? [`-${EIP}: ${pod.eip}`] : []), ...(set.snat === null ? [`-${SNAT}: ${pod.snat}`] : [])],
        },
      ],
      effects: [
        `${podName(ref)} is no longer reachable from outside at ${pod.eip ?? '(no EIP)'} and leaves the cluster like any other pod; established connections reset`,
        ...(shared ? [`${pod.eip} goes on answering: another pod has it too (R14)`] : []),
      ],
    }
  },
  restored: (_args, facts) => [rowsAsBefore(facts.rows)],
})
