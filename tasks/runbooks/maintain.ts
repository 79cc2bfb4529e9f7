import { z } from 'zod'
import { type Ctx, chain, defineRunbook, only, preflight, verify } from '../../lib/define.ts'
import { type Failover, readFailover } from '../../lib/gateway/failover.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { askedPods, hasEip } from '../../lib/gateway/judge-packets.ts'
import { wantedGateway } from '../../lib/gateway/judge-scene.ts'
import { drained, finished, type Marked, markedNodes, prioritiesOf, sameOrder } from '../../lib/gateway/maintenance.ts'
import type { Priority } from '../../lib/gateway/moving.ts'
import { MAINTENANCE } from '../../lib/gateway/names.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { type GatewayState, readState } from '../../lib/gateway/state.ts'
import type { Change } from '../../lib/kernel/events.ts'
import type { Plan } from '../../lib/kernel/runbook.ts'
import { announce } from '../announce.ts'
import { carrierAsBefore } from '../checks/carrier-as-before.ts'
import { gatewayAsBefore } from '../checks/gateway-as-before.ts'
import { gatewayChecks, nicChecks, rightsFor, SENT, samplePackets, versionChecks } from '../checks/index.ts'
import { markMaintenance } from '../mark-maintenance.ts'
import { setChassis } from '../set-chassis.ts'
import { tell } from '../tell.ts'
import { waitGateway } from '../wait-gateway.ts'

const args = z
  .object({
    node: z.string().optional().describe('gateway node (with --done: the one in maintenance)').meta({ positional: true }),
    done: z.boolean().default(false).describe('the node is back: put it where it was, and prove it'),
  })
  .refine(({ node, done }) => done || node !== undefined, { message: 'name the gateway node that is going to be down, or say --done', path: ['node'] })

type MaintainFacts = {
  readonly failover: Failover | null
  readonly marks: readonly Marked[]
  /** `NAMESPACE/POD` of a sample with an EIP. */
  readonly pods: readonly string[]
  readonly nic: string
  readonly site: { readonly name: string; readonly file?: string }
  readonly state: GatewayState
}

async function facts(ctx: Ctx): Promise<MaintainFacts> {
  const look = ctx.look()
  const [failover, nodes, pods, wanted, state] = await Promise.all([
    readFailover(ctx),
    look.nodes(),
    look.pods(),
    wantedGateway(look),
    readState(look, [], 'none'),
  ])
  const { name, file } = ctx.site
  return {
    failover,
    marks: markedNodes(nodes),
    pods: askedPods(pods, undefined, (p) => hasEip(p) && p.phase === 'Running').map(podName),
    nic: wanted?.nic ?? '',
    site: { name, ...(file === undefined ? {} : { file }) },
    state,
  }
}

const shown = (port: string, before: readonly Priority[], after: readonly Priority[]): readonly Change[] => {
  const now = (p: Priority): number | undefined => before.find((b) => b.name === p.name)?.priority
  return after
    .filter((p) => now(p) !== p.priority)
    .map((p) => ({ object: `Gateway_Chassis ${port} ${p.name}`, action: 'update', diff: [`-priority: ${now(p)}`, `+priority: ${p.priority}`] }))
}
const markShown = (node: string, sign: '+' | '-'): Change => ({ object: `Node ${node}`, action: 'update', diff: [`${sign}${MAINTENANCE}: …`] })

const proofs = (pods: readonly string[]) => [verify({ checks: gatewayChecks() }), verify({ id: 'packets', checks: samplePackets(pods), tries: SENT })]

function drainPlan(node: string, { failover, marks, pods, nic, site }: MaintainFacts): Plan<Ctx> {
  const { all, fit, after } = drained(failover, marks, node, site)
  const before = prioritiesOf(all)
  const last = before.at(-1)?.name === all.chassis.find((c) => c.node === node)?.chassis && sameOrder(before, after)
  if (marks.length > 0 && last)
    return { steps: [verify({ checks: gatewayChecks() })], effects: [`${node} is in maintenance already; ${hint.done(site, node)}`] }
  const active = all.chassis.find((c) => c.active)?.node === node
  const heir = fit.slice(0, 1).flatMap((c) => c.node ?? [])
  const distributed = all.type === 'distributed' ? ['type distributed: EIPs of pods on this node are dead while it is down, as their pods are'] : []
  return {
    steps: chain(
      preflight({ checks: [...versionChecks(), ...nicChecks(heir, nic), ...rightsFor('maintain')] }),
      markMaintenance({ node, mark: { before: [...before], after: [...after] } }),
      only(!sameOrder(before, after), setChassis({ chassis: [...after] })),
      waitGateway({ part: 'active', nodes: heir, nic: '', chassis: fit.map((c) => c.chassis) }, 'wait-active'),
      announce({ addresses: null }),
      verify({ id: 'packets', checks: samplePackets(pods), tries: SENT }),
      tell(
        {
          title: `${node} is drained`,
          lines: [`Nothing leaves through it any more: reboot it now. When it is back, from any machine:`, `  ${hint.done(site, node)}`],
        },
        'tell-result',
      ),
    ),
    changes: [markShown(node, '+'), ...shown(all.routerPort, before, after)],
    effects: [
      active
        ? `the gateway moves to ${fit[0]?.node}: established connections through ${node} reset`
        : `${node} does not carry the gateway now: no traffic changes; it will not be chosen either`,
      `${node} stays a gateway node, of the lowest priority: ConfigMap and label stay, and Kube-OVN leaves priorities alone (R27); \`ovngw change\` would not`,
      ...distributed,
    ],
  }
}

function donePlan(node: string | undefined, { failover, marks, pods, nic, site }: MaintainFacts): Plan<Ctx> {
  const end = finished(failover, marks, node, site)
  if (end === undefined) return { steps: [], effects: [node === undefined ? 'no node is in maintenance' : `${node} is not in maintenance`] }
  const { all, mark, untouched } = end
  const now = prioritiesOf(all)
  const back = untouched && !sameOrder(now, mark.before)
  const first = mark.before.toSorted((a, b) => b.priority - a.priority)[0]?.name ?? ''
  const home = all.chassis.find((c) => c.chassis === first)?.node ?? end.node
  const moves = back && all.chassis.find((c) => c.active)?.chassis !== first
  return {
    steps: chain(
      preflight({ checks: [...versionChecks(), ...nicChecks([end.node], nic), ...gatewayChecks(), ...rightsFor('maintain')] }),
      only(back, setChassis({ chassis: mark.before.toSorted((a, b) => b.priority - a.priority) })),
      only(back, waitGateway({ part: 'active', nodes: [home], nic: '', chassis: [first] }, 'wait-active')),
      only(back, announce({ addresses: null })),
      markMaintenance({ node: end.node, mark: null }),
      ...proofs(pods),
    ),
    changes: [...(back ? shown(all.routerPort, now, mark.before) : []), markShown(end.node, '-')],
    effects: [
      `${end.node} is in maintenance since ${mark.at}, by ${mark.by}`,
      ...(moves ? [`the gateway moves back to ${home}: established connections reset`] : []),
      ...(untouched ? [] : ['somebody changed the gateway chassis meanwhile: they stay as they are, only the mark goes']),
    ],
  }
}

export default defineRunbook({
  name: 'maintain',
  summary: 'Drain a gateway node before it goes down, and prove it; --done puts it back',
  args,
  facts,
  plan: ({ node, done }, found) => (done || node === undefined ? donePlan(node, found) : drainPlan(node, found)),
  restored: (_args, { failover, state }) => [
    gatewayAsBefore(state),
    ...(failover === null ? [] : [carrierAsBefore({ port: failover.routerPort, chassis: failover.chassis.find((c) => c.active)?.chassis ?? '' })]),
  ],
})
