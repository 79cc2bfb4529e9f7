import { type Ctx, chain, defineRunbook, only, preflight, verify } from '../../lib/define.ts'
import { type Facts, readFacts } from '../../lib/gateway/facts.ts'
import type { GatewayWanted } from '../../lib/inventory/site.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { announce } from '../announce.ts'
import { gatewayAsBefore } from '../checks/gateway-as-before.ts'
import { gatewayMaintenance } from '../checks/gateway-maintenance.ts'
import { configChecks, gatewayChecks, nicChecks, packetChecks, rightsFor } from '../checks/index.ts'
import { labelNodes } from '../label-nodes.ts'
import { provePackets } from '../prove-packets.ts'
import { pruneUplinks } from '../prune-uplinks.ts'
import { rebuildPort } from '../rebuild-port.ts'
import { recoveryCard } from '../recovery-card.ts'
import { reroute } from '../reroute.ts'
import { setChassis } from '../set-chassis.ts'
import { setVlan } from '../set-vlan.ts'
import { takeBaseline } from '../take-baseline.ts'
import { waitGateway } from '../wait-gateway.ts'
import { writeConfig } from '../write-config.ts'
import { chassisOf, compare, type Differences, isAsWanted, noArgs, nodeNames, touchedNodes, wantedOf } from './parts.ts'

function effectsOf(d: Differences, gateway: GatewayWanted, facts: Facts): readonly string[] {
  const pods = `${facts.pods.length} pod${facts.pods.length === 1 ? '' : 's'} with an EIP or SNAT`
  const newMac = facts.found !== null && gateway.mac !== undefined && facts.found.mac !== gateway.mac
  const line = (when: boolean, text: string): readonly string[] => (when ? [text] : [])
  return [
    ...line(
      d.port,
      `Kube-OVN ignores nic-ip and nic-mac while the router port exists (R4): ovngw has it built anew; packets of ${pods} are lost for about a second, NAT rows stay (R37)`,
    ),
    ...line(
      newMac,
      `the MAC changes: the new one is announced by ARP; a neighbour that does not listen keeps the old one until it asks again (R29): \`ip neigh flush to ${facts.found?.networks[0]?.split('/')[0] ?? ''}\` there`,
    ),
    ...line(
      d.nodes || d.chassis,
      `the gateway moves to ${nodeNames(gateway).join(', ')}: established connections reset; Kube-OVN would keep the old chassis at equal priority (R5), ovngw removes it`,
    ),
    ...line(d.nic, `${gateway.nic} joins ${facts.bridge}, the old NIC leaves it: Kube-OVN would keep both, a loop (R9)`),
    ...line(
      d.vlan,
      `the localnet port goes from VLAN ${facts.found?.vlan} to ${facts.vlan} (0: untagged); set the controller's flag --external-gateway-vlanid=${facts.vlan} too, or a rebuild brings the old one back (R36)`,
    ),
    ...line(d.nextHop, `a new next hop reaches no pod that is routed already (R30): ovngw re-routes ${pods} one after the other`),
    ...line(d.type, `the type becomes ${gateway.type}: every pod is re-routed, established connections reset`),
  ]
}

export default defineRunbook({
  name: 'change',
  summary: 'Bring a running gateway to what the inventory says',
  args: noArgs,
  facts: async (ctx: Ctx) => readFacts(ctx.look(), ctx.kube, ctx.signal, 'none'),
  plan: (_args, facts) => {
    const gateway = wantedOf(facts)
    if (facts.current === null) throw new OvngwError('CHECK_FAILED', { what: 'there is no running gateway to change', hint: 'ovngw install' })
    const d = compare(gateway, facts)
    const proof = verify({ checks: gatewayChecks() })
    if (isAsWanted(d)) return [proof, verify({ id: 'packets', checks: packetChecks() })]
    const nodes = [...nodeNames(gateway)]
    const touched = touchedNodes(gateway, facts)
    const namespace = facts.configNamespace
    const chassis = chassisOf(gateway, facts)
    const pods = facts.pods.flatMap((p) => (p.ip === undefined ? [] : [{ namespace: p.namespace, name: p.name, ip: p.ip }]))
    const { nic } = gateway
    const leaving = touched.filter((n) => !nodes.includes(n))
    // A daemon takes its label from a cache and the ConfigMap live: with node and NIC changed in one write, a node that is no longer a
    // gateway could seize the new NIC's name, which may be its tunnel's (R10). So it is let go first.
    const swap = leaving.length > 0 && facts.current.nic !== nic
    return {
      steps: chain(
        preflight({ checks: [...nicChecks(nodes, nic), ...configChecks(), gatewayMaintenance({ forWrites: true }), ...rightsFor('change')] }),
        recoveryCard({ nodes: touched, nic, bridge: facts.bridge, configNamespace: namespace }),
        takeBaseline({ targets: facts.found?.networks.map((n) => n.split('/')[0] ?? '') ?? [] }),
        only(
          d.config,
          writeConfig({
            namespace,
            data: facts.rendered ?? {},
            drop: [...facts.drop],
            nodes: touched,
            letGo: swap ? leaving : [],
            reach: swap ? 'pods' : 'none',
          }),
        ),
        only(d.nodes, labelNodes({ nodes: touched, on: nodes })),
        // At once: from the daemon's next round on the new NIC sits beside the old one, a loop where both lead to the same network.
        only(d.nic, pruneUplinks({ nodes, nic })),
        waitGateway({ part: 'labels', nodes, nic, chassis: [] }, 'wait-labels'),
        only(d.port, rebuildPort({ namespace, address: gateway.address === 'auto' ? null : gateway.address, mac: gateway.mac ?? null })),
        waitGateway({ part: 'port', nodes, nic, chassis: gateway.type === 'centralized' ? chassis.map((c) => c.name) : [] }, 'wait-port'),
        waitGateway({ part: 'bridge', nodes, nic, chassis: [] }, 'wait-bridge'),
        only(chassis.length > 0 && (d.chassis || d.nodes), setChassis({ chassis: chassis.map((c) => ({ ...c })) })),
        only(d.vlan, setVlan({ vlan: facts.vlan })),
        waitGateway({ part: 'active', nodes, nic, chassis: chassis.map((c) => c.name) }, 'wait-active'),
        only((d.nextHop || d.type || swap) && pods.length > 0, reroute({ pods, nextHop: gateway.nextHop ?? null })),
        only(d.nic || d.port || d.type, announce({ addresses: null })),
        proof,
        provePackets({}, 'packets'),
      ),
      changes: facts.write === null ? [] : [facts.write],
      effects: [
        ...effectsOf(d, gateway, facts),
        ...(swap
          ? [
              `node and NIC change together: the gateway is disabled first, so that ${leaving.join(', ')} cannot seize ${nic}; no traffic passes for some seconds`,
            ]
          : []),
      ],
    }
  },
  restored: (_args, facts) => [gatewayAsBefore(facts.state)],
})
