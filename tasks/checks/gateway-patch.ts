import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { patchOf } from '../../lib/gateway/judge-gateway.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { type NicArgs, perNic } from '../../lib/gateway/judge-nic-view.ts'
import { bridgeName, bridgeOf, enabledGateway, readScene } from '../../lib/gateway/judge-scene.ts'

/** R11. */
export const gatewayPatch = defineCheck<NicArgs>({
  id: 'gateway-patch',
  group: 'gateway',
  title: 'br-int and the external bridge are connected',
  level: 'fatal',
  reads: 'patch ports in OVS of each gateway node',
  why: 'on a userspace datapath Kube-OVN makes the bridge without datapath_type=netdev: the patch has no peer, no packet passes, no log says so',
  mend: 'set the bridge’s datapath_type to that of br-int',
  needs: { 'gateway-mapping': 'same', 'gateway-bridge': 'same' },
  run: async (ctx, args) => {
    const look = ctx.look()
    const gateway = await enabledGateway(look)
    if ('off' in gateway) return skip(gateway.off)
    const scene = await readScene(look)
    const { localnet } = scene.parts
    if (localnet === undefined) return skip('there is no localnet port (gateway-switch)')
    return perNic(look, args, ({ node, ovs }) => {
      if (bridgeOf(scene, ovs) === undefined) return skip('there is no external bridge (gateway-bridge)')
      const patch = patchOf(ovs, localnet.name)
      const name = bridgeName(scene, ovs)
      const type = ovs.bridges.find((b) => b.name === 'br-int')?.datapath_type
      const broken = patch.find((i) => i.error !== null)
      const mend =
        type !== bridgeOf(scene, ovs)?.datapath_type && type !== undefined
          ? `ovs-vsctl set bridge ${name} datapath_type=${type === '' ? 'system' : type}   # on ${node}`
          : hint.check(ctx.site, 'gateway-mapping', 'gateway-bridge')
      if (broken !== undefined) return fail(`${broken.name}: ${broken.error}`, { hint: mend })
      if (patch.length < 2) return fail(`${node} has no patch between br-int and ${name} for ${localnet.name}`, { hint: mend })
      return pass(patch.map((i) => i.name).join(' and '))
    })
  },
})
