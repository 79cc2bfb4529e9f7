import { type Ctx, chain, defineRunbook, preflight, verify } from '../../lib/define.ts'
import { isAnnotated } from '../../lib/gateway/pods.ts'
import { servedBy, sliceFor, unserved } from '../../lib/gateway/rows.ts'
import { controllerChecks, podChecks, rightsFor } from '../checks/index.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { reroute } from '../reroute.ts'
import { noArgs } from './parts.ts'

export default defineRunbook({
  name: 'repair',
  summary: 'Put back the next hops a restart of Kube-OVN’s controller takes from EIP and SNAT pods (R31)',
  args: noArgs,
  facts: async (ctx: Ctx) => {
    const look = ctx.look()
    const [pods, served, gateway] = await Promise.all([look.pods(), servedBy(look), look.gateway()])
    const broken = pods.filter((p) => p.ip !== undefined && isAnnotated(p) && !p.deleting && unserved(p, served) !== undefined)
    return {
      broken: broken.map((p) => ({ namespace: p.namespace, name: p.name, ip: p.ip ?? '' })),
      rows: await sliceFor(
        { lookAgain: () => look },
        broken.map((p) => p.ip ?? ''),
      ),
      gateway: gateway !== undefined,
    }
  },
  plan: (_args, { broken, rows }) => {
    const proof = verify({ checks: podChecks() })
    if (broken.length === 0) return [proof]
    return {
      steps: chain(preflight({ checks: [...controllerChecks(), ...rightsFor('repair')] }), reroute({ pods: broken, nextHop: null }), proof),
      effects: [
        `${broken.length} pods with an EIP or SNAT have no way out or no NAT row (R31): ${broken
          .slice(0, 5)
          .map((p) => `${p.namespace}/${p.name}`)
          .join(', ')}${broken.length > 5 ? ', …' : ''}`,
        `their annotation routed is dropped, 20 at a time, and the controller sets them up again; ${rows.nats.length} NAT rows stay as they are`,
      ],
    }
  },
  restored: (_args, { rows }) => [rowsAsBefore(rows)],
})
