import { z } from 'zod'
import { type Ctx, chain, defineRunbook, preflight, verify } from '../../lib/define.ts'
import { type Failover, readFailover, takeover } from '../../lib/gateway/failover.ts'
import { annotatedPods } from '../../lib/gateway/judge.ts'
import { hostOf, readNextHop, wantedGateway } from '../../lib/gateway/judge-scene.ts'
import type { Probe } from '../../lib/gateway/loss.ts'
import { type Marked, markedNodes, refuseMarked } from '../../lib/gateway/maintenance.ts'
import { first } from '../../lib/gateway/moving.ts'
import { podName } from '../../lib/gateway/pods.ts'
import { type GatewayState, readState } from '../../lib/gateway/state.ts'
import { carrierAsBefore } from '../checks/carrier-as-before.ts'
import { gatewayAsBefore } from '../checks/gateway-as-before.ts'
import { gatewayChecks, nicChecks, rightsFor, SENT, samplePackets, versionChecks } from '../checks/index.ts'
import { drillResult } from '../drill-result.ts'
import { moveGateway } from '../move-gateway.ts'
import { pickProbes } from '../pick-probes.ts'
import { returnGateway } from '../return-gateway.ts'

const args = z.object({
  to: z.string().optional().describe('gateway node that takes over (default: the next one by priority)'),
  window: z.coerce.number().min(3).max(120).default(5).describe('seconds that are measured, each way'),
})

/** So many trains of pings at once. */
const PROBES = 20
/** So many of them from pods. */
const PODS = 2

type DrillFacts = {
  readonly failover: Failover | null
  readonly marks: readonly Marked[]
  readonly probes: readonly Probe[]
  readonly nic: string
  /** `NAMESPACE/POD` of those whose EIP is asked. */
  readonly pods: readonly string[]
  readonly site: { readonly name: string; readonly file?: string }
  readonly state: GatewayState
}

/** The router port, EIPs from each outside host, and pods outwards: a bounded sample. */
async function readProbes(ctx: Ctx): Promise<Pick<DrillFacts, 'probes' | 'pods'>> {
  const look = ctx.look()
  const [gateway, all, nextHop] = await Promise.all([look.gateway(), look.pods(), readNextHop(look)])
  const running = annotatedPods(all).filter((p) => !p.deleting && p.phase === 'Running')
  const port = hostOf(gateway?.routerPort.networks[0])
  const target = ctx.site.probe?.target[0] ?? nextHop
  // A pod that has only a SNAT is asked about first: nothing reaches it from outside.
  const asking = target === undefined ? [] : running.toSorted((a, b) => Number(a.eip !== undefined) - Number(b.eip !== undefined)).slice(0, PODS)
  const reached = running.filter((p) => p.eip !== undefined).slice(0, Math.max(0, Math.floor((PROBES - asking.length) / Math.max(1, ctx.outside.length)) - 1))
  const asked = [...(port === undefined ? [] : [{ to: port, about: 'router port' }]), ...reached.map((p) => ({ to: p.eip ?? '', about: podName(p) }))]
  return {
    probes: [
      ...ctx.outside.flatMap((_, from) => asked.map((a): Probe => ({ from, ...a }))),
      ...asking.map(({ namespace, name }): Probe => ({ from: { namespace, name }, to: target ?? '', about: `from ${namespace}/${name}` })),
    ],
    pods: reached.map(podName),
  }
}

async function facts(ctx: Ctx): Promise<DrillFacts> {
  const look = ctx.look()
  const [failover, nodes, wanted, probes, state] = await Promise.all([
    readFailover(ctx),
    look.nodes(),
    wantedGateway(look),
    readProbes(ctx),
    readState(look, [], 'none'),
  ])
  const { name, file } = ctx.site
  return { failover, marks: markedNodes(nodes), nic: wanted?.nic ?? '', ...probes, state, site: { name, ...(file === undefined ? {} : { file }) } }
}

export default defineRunbook({
  name: 'drill',
  summary: 'Fail-over drill: move the active chassis, measure what is lost, put it back',
  args,
  facts,
  plan: ({ to: wanted, window }, { failover, marks, nic, probes, pods, site }) => {
    refuseMarked(marks, site)
    const { from, to, all } = takeover(failover, site, wanted)
    const now = all.chassis.map((c) => ({ name: c.chassis, priority: c.priority }))
    const then = first(now, to.chassis)
    const way = { port: all.routerPort, windowMs: window * 1000 }
    const proof = (id: string) => verify({ id, checks: samplePackets(pods), tries: SENT })
    const [there, home] = [to.node ?? to.chassis, from.node ?? from.chassis]
    return {
      steps: chain(
        preflight({
          checks: [...versionChecks(), ...nicChecks(to.node === null ? [] : [to.node], nic), ...gatewayChecks(), ...samplePackets(pods), ...rightsFor('drill')],
        }),
        pickProbes({ probes: [...probes] }),
        moveGateway({ ...way, from: from.chassis, to: to.chassis, chassis: [...then] }),
        proof('away'),
        returnGateway({ ...way, from: to.chassis, to: from.chassis, chassis: now }),
        verify({ checks: gatewayChecks() }),
        proof('packets'),
        drillResult({}),
      ),
      changes: [
        {
          object: `Gateway_Chassis ${all.routerPort} ${to.chassis}`,
          action: 'update',
          diff: [`-priority: ${to.priority}`, `+priority: ${then.find((c) => c.name === to.chassis)?.priority}   (for some seconds)`],
        },
      ],
      effects: [
        `the gateway moves from ${home} to ${there} and back: established connections through it may reset, both times`,
        ...(all.type === 'distributed'
          ? ['type distributed: an EIP is on the node of its pod and does not move; what moves is the router port and every SNAT']
          : []),
        `${probes.length} trains of pings measure it, up to 50 a second each, ${window} s each way`,
      ],
    }
  },
  restored: (_args, { failover, state }) => [
    gatewayAsBefore(state),
    carrierAsBefore({ port: failover?.routerPort ?? '', chassis: failover?.chassis.find((c) => c.active)?.chassis ?? '' }),
  ],
})
