import { defineCheck, pass, skip, warn } from '../../lib/define.ts'
import { nicExists } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, nicTargets, nicView } from '../../lib/gateway/judge-nic-view.ts'
import { NOTHING_WANTED } from '../../lib/gateway/judge-scene.ts'

export const nicSameName = defineCheck<NicArgs>({
  id: 'nic-same-name',
  group: 'node',
  title: 'the NIC is called the same on all gateway nodes',
  level: 'warning',
  reads: '`ip address` of each gateway node',
  why: 'the ConfigMap has room for one NIC name: on a node where it is called otherwise the gateway has no way out',
  mend: 'rename the NIC on the odd node (systemd.link, udev), or leave that node out',
  run: async (ctx, args) => {
    const look = ctx.look()
    const targets = await nicTargets(look, args)
    if (targets === undefined) return skip(NOTHING_WANTED)
    const known = (await look.nodes()).map((n) => n.metadata.name)
    const nodes = targets.nodes.filter((n) => known.includes(n))
    if (nodes.length < 2) return pass('one gateway node', { object: targets.nic })
    const views = await Promise.all(nodes.map((n) => nicView(look, n, targets.nic)))
    const without = views.filter((v) => !nicExists(v)).map((v) => v.node)
    if (without.length === 0 || without.length === nodes.length)
      return pass(without.length === 0 ? `on ${nodes.join(', ')}` : 'on no node (nic-exists)', { object: targets.nic })
    return warn(`${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} no ${targets.nic}, the other gateway nodes do`, {
      object: targets.nic,
      hint: `ip link   # on ${without[0]}`,
    })
  },
})
