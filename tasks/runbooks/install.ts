import { type Ctx, chain, defineRunbook, only, preflight, verify } from '../../lib/define.ts'
import { type Facts, readFacts } from '../../lib/gateway/facts.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { gatewayAsBefore } from '../checks/gateway-as-before.ts'
import { configChecks, gatewayChecks, nicChecks, packetChecks, rightsFor } from '../checks/index.ts'
import { provePackets } from '../prove-packets.ts'
import { rebuildPort } from '../rebuild-port.ts'
import { recoveryCard } from '../recovery-card.ts'
import { takeBaseline } from '../take-baseline.ts'
import { waitGateway } from '../wait-gateway.ts'
import { writeConfig } from '../write-config.ts'
import { chassisOf, compare, isAsWanted, noArgs, nodeNames, wantedOf } from './parts.ts'

/** A running gateway that is not the wanted one is `change`'s business. */
function refuseOther({ current }: Facts, asWanted: boolean): void {
  if (current === null || asWanted) return
  throw new OvngwError('CHECK_FAILED', {
    what: 'the cluster already has a gateway, and it is not the one the site wants',
    why: `ConfigMap: ${current.nodes.map((n) => n.name).join(', ')} ${current.nic} ${current.address}`,
    hint: 'ovngw change shows what would differ and does it; ovngw check says what is wrong with the running one',
  })
}

export default defineRunbook({
  name: 'install',
  summary: 'Create the gateway as the inventory says and prove that it works',
  args: noArgs,
  facts: async (ctx: Ctx) => readFacts(ctx.look(), ctx.kube, ctx.signal, 'pods'),
  plan: (_args, facts) => {
    const gateway = wantedOf(facts)
    const nodes = [...nodeNames(gateway)]
    const { nic } = gateway
    const asWanted = isAsWanted(compare(gateway, facts))
    refuseOther(facts, asWanted)
    const proof = verify({ checks: gatewayChecks() })
    if (facts.current !== null) return [proof, verify({ id: 'packets', checks: packetChecks() })]
    // Leftovers of an earlier gateway with another address or MAC: Kube-OVN would keep them (R4, R7).
    const rebuild = facts.found !== null && compare(gateway, facts).port
    return {
      steps: chain(
        preflight({ checks: [...nicChecks(nodes, nic), ...configChecks(), ...rightsFor('install')] }),
        recoveryCard({ nodes, nic, bridge: facts.bridge, configNamespace: facts.configNamespace }),
        takeBaseline({ targets: gateway.nextHop === undefined ? [] : [gateway.nextHop] }),
        writeConfig({ namespace: facts.configNamespace, data: facts.rendered ?? {}, drop: [...facts.drop], nodes, letGo: [], reach: 'pods' }),
        waitGateway({ part: 'labels', nodes, nic, chassis: [] }, 'wait-labels'),
        only(
          rebuild,
          rebuildPort({ namespace: facts.configNamespace, address: gateway.address === 'auto' ? null : gateway.address, mac: gateway.mac ?? null }),
        ),
        waitGateway({ part: 'port', nodes, nic, chassis: chassisOf(gateway, facts).map((c) => c.name) }, 'wait-port'),
        waitGateway({ part: 'bridge', nodes, nic, chassis: [] }, 'wait-bridge'),
        waitGateway({ part: 'active', nodes, nic, chassis: chassisOf(gateway, facts).map((c) => c.name) }, 'wait-active'),
        proof,
        provePackets({}, 'packets'),
      ),
      changes: facts.write === null ? [] : [facts.write],
      effects: [
        `${nodes.map((n) => `${n}'s ${nic}`).join(', ')} leaves the host and joins ${facts.bridge}; its addresses, if any, stop working`,
        ...(facts.pods.length === 0 ? ['no pod is annotated yet: no traffic changes'] : [`${facts.pods.length} annotated pods start to leave by the gateway`]),
        ...(rebuild ? [`a router port of an earlier gateway (${facts.found?.networks.join(', ')}) is built anew: Kube-OVN would keep it (R4)`] : []),
      ],
    }
  },
  restored: (_args, facts) => [gatewayAsBefore(facts.state)],
})
