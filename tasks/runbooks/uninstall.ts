import { z } from 'zod'
import { type Ctx, chain, defineRunbook, each, only, preflight, verify } from '../../lib/define.ts'
import { type Facts, readFacts } from '../../lib/gateway/facts.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { annotate } from '../annotate.ts'
import { gatewayAsBefore } from '../checks/gateway-as-before.ts'
import { leftoverChecks, rightsFor } from '../checks/index.ts'
import { guardRows } from '../guard-rows.ts'
import { recoveryCard } from '../recovery-card.ts'
import { removeGateway } from '../remove-gateway.ts'

const args = z.object({ releasePods: z.boolean().default(false).describe('take the EIP and SNAT annotations of all pods away first') })

/** Pods that lose their way out are listed, never surprised; a template would annotate the next pod again. */
function refuseAnnotated({ pods, templates }: Facts, releasePods: boolean): void {
  if (templates.length > 0)
    throw new OvngwError('CHECK_FAILED', {
      what: `${templates.length} workload templates carry an EIP or SNAT annotation`,
      why: templates.join(', '),
      hint: 'take the annotation out of the template first: every new pod would ask for the gateway again',
    })
  if (pods.length === 0 || releasePods) return
  throw new OvngwError('CHECK_FAILED', {
    what: `${pods.length} pods still have an EIP or SNAT`,
    why:
      pods
        .slice(0, 10)
        .map((p) => `${podName(p)} (${p.eip ?? p.snat})`)
        .join(', ') + (pods.length > 10 ? ', …' : ''),
    hint: 'ovngw uninstall --release-pods takes them away first, or `ovngw release NS/POD` one by one',
  })
}

export default defineRunbook({
  name: 'uninstall',
  summary: 'Remove the gateway and prove that nothing is left',
  args,
  facts: async (ctx: Ctx) => readFacts(ctx.look(), ctx.kube, ctx.signal, 'pods'),
  plan: ({ releasePods }, facts) => {
    refuseAnnotated(facts, releasePods)
    const nodes = Object.keys(facts.state.nodes)
    const labelled = Object.values(facts.state.labels).some((l) => l !== null)
    const nothing = facts.state.configMap === null && facts.leftovers.length === 0 && !labelled
    const proofs = verify({ checks: leftoverChecks() })
    if (nothing) return [proofs]
    const keepSwitch = facts.shared.length > 0
    const nic = facts.current?.nic ?? nodes.map((n) => facts.state.nodes[n]?.bridge?.uplinks[0]).find((u) => u !== undefined)
    return {
      steps: chain(
        preflight({ checks: rightsFor('uninstall') }),
        only(nic !== undefined, recoveryCard({ nodes, nic: nic ?? '', bridge: facts.bridge, configNamespace: facts.configNamespace })),
        only(
          releasePods && facts.pods.length > 0,
          guardRows({ addresses: facts.state.nb.scope.addresses === 'all' ? [] : [...facts.state.nb.scope.addresses] }),
        ),
        each(releasePods ? facts.pods : [], (p) => annotate({ pod: { namespace: p.namespace, name: p.name }, eip: null, snat: null })),
        removeGateway({ nodes, keepSwitch }),
        proofs,
      ),
      changes: facts.remove === null ? [] : [facts.remove],
      effects: [
        ...(nic === undefined ? [] : [`${nic} leaves ${facts.bridge} and is the host's again, without addresses`]),
        ...(facts.leftovers.length === 0 ? [] : [`Kube-OVN would leave ${facts.leftovers.join(', ')} behind (R7): they are removed too`]),
        ...(keepSwitch ? [`the external switch stays: ${facts.shared.join(', ')} use it (R34)`] : []),
        ...(releasePods ? facts.pods.map((p) => `${podName(p)} loses ${p.eip ?? p.snat}; its established connections reset`) : []),
      ],
    }
  },
  restored: (_args, facts) => [gatewayAsBefore(facts.state)],
})
