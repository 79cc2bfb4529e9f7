import { type Ctx, chain, defineRunbook, only, preflight, verify } from '../../lib/define.ts'
import type { Look } from '../../lib/gateway/look.ts'
import { isAnnotated } from '../../lib/gateway/pods.ts'
import { servedBy, sliceFor, unserved } from '../../lib/gateway/rows.ts'
import { isEnabled } from '../../lib/gateway/wanted.ts'
import { controllerChecks, gatewayChecks, podChecks, rightsFor } from '../checks/index.ts'
import { rowsAsBefore } from '../checks/rows-as-before.ts'
import { rebuildPort } from '../rebuild-port.ts'
import { reroute } from '../reroute.ts'
import { waitGateway } from '../wait-gateway.ts'
import { noArgs } from './parts.ts'

/** The gateway is on and its switch has lost the router port: every sync of the controller fails, for good (R28). */
async function isUnlinked(look: Look): Promise<boolean> {
  const [configMap, parts] = await Promise.all([look.configMap(), look.parts()])
  return isEnabled(configMap) && parts.switch !== undefined && parts.routerPort === undefined
}

export default defineRunbook({
  name: 'repair',
  summary: 'Put back what Kube-OVN lost: next hops after a restart of its controller (R31), a deleted router port (R28)',
  args: noArgs,
  facts: async (ctx: Ctx) => {
    const look = ctx.look()
    const [pods, served, unlinked, { configNamespace }] = await Promise.all([look.pods(), servedBy(look), isUnlinked(look), look.settings()])
    const broken = pods.filter((p) => p.ip !== undefined && isAnnotated(p) && !p.deleting && unserved(p, served) !== undefined)
    return {
      broken: broken.map((p) => ({ namespace: p.namespace, name: p.name, ip: p.ip ?? '' })),
      rows: await sliceFor(
        { lookAgain: () => look },
        broken.map((p) => p.ip ?? ''),
        { topology: unlinked },
      ),
      unlinked,
      configNamespace,
    }
  },
  plan: (_args, { broken, rows, unlinked, configNamespace }) => {
    const proof = verify({ checks: [...(unlinked ? gatewayChecks() : []), ...podChecks()] })
    if (broken.length === 0 && !unlinked) return [proof]
    const names = broken.slice(0, 5).map((p) => `${p.namespace}/${p.name}`)
    return {
      steps: chain(
        preflight({ checks: [...controllerChecks(), ...rightsFor('repair')] }),
        only(unlinked, rebuildPort({ namespace: configNamespace, address: null, mac: null })),
        only(unlinked, waitGateway({ part: 'active', nodes: [], nic: '', chassis: [] }, 'wait-active')),
        only(broken.length > 0, reroute({ pods: broken, nextHop: null })),
        proof,
      ),
      effects: [
        ...(unlinked ? [`router port ${rows.names.routerPort} is gone: the switch port that leads to it is removed too, Kube-OVN makes both again (R28)`] : []),
        ...(broken.length === 0
          ? []
          : [
              `${broken.length} pods with an EIP or SNAT have no way out or no NAT row (R31): ${names.join(', ')}${broken.length > 5 ? ', …' : ''}`,
              `their annotation routed is dropped, 20 at a time, and the controller sets them up again; ${rows.nats.length} NAT rows stay as they are`,
            ]),
      ],
    }
  },
  restored: (_args, { rows }) => [rowsAsBefore(rows)],
})
