import { type Ctx, defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { claims } from '../../lib/gateway/judge.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type Leftover, leftInOvn, leftOnNode, nodesToLookAt } from '../../lib/gateway/judge-leftovers.ts'
import { networkOf, readScene, type Scene } from '../../lib/gateway/judge-scene.ts'
import { isEnabled } from '../../lib/gateway/wanted.ts'
import { PROVIDER_NETWORK } from '../../lib/kube/port.ts'

/** A provider network of that name owns bridge and mapping. */
async function onNodes(ctx: Ctx, scene: Scene): Promise<readonly Leftover[]> {
  const look = ctx.look()
  const nodes = nodesToLookAt(scene, await look.sb())
  const found = (await Promise.all(nodes.map(async (n) => leftOnNode(scene, n, await look.ovs(n))))).flat()
  if (!found.some((l) => l.object.includes('/'))) return found
  const { items } = await ctx.kube.list(PROVIDER_NETWORK, { signal: ctx.signal })
  const provided = items.some((p) => p.metadata.name === networkOf(scene))
  return provided ? found.filter((l) => !l.object.includes('/')) : found
}

/** R7. */
export const gatewayLeftovers = defineCheck({
  id: 'gateway-leftovers',
  group: 'gateway',
  title: 'nothing is left of a gateway that is off',
  level: 'fatal',
  reads: 'ConfigMap, NB, Node labels, OVS of nodes that had the gateway',
  why: 'Kube-OVN v1.16 leaves switch, port, chassis, NAT rows and policies when the gateway is disabled: pods stay reachable from outside',
  mend: '`ovngw uninstall` removes what is left and proves it',
  needs: { 'gateway-config-applied': 'all' },
  run: async (ctx) => {
    const look = ctx.look()
    if (isEnabled(await look.configMap())) return skip('the gateway is enabled')
    const [scene, subnets, owners, eips] = await Promise.all([readScene(look), look.subnets(), look.natOwners(), look.ovnEips()])
    const left = [...leftInOvn(scene, subnets, claims(owners, eips)), ...(await onNodes(ctx, scene))]
    if (left.length === 0) return pass('nothing')
    return left.map(({ object, what }) => fail(`${what} is still there though the gateway is off`, { object, hint: hint.uninstall(ctx.site) }))
  },
})
