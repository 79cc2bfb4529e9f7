import { defineCheck, fail, pass } from '../../lib/define.ts'
import { nicExists as exists } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, perNic } from '../../lib/gateway/judge-nic-view.ts'

/** R9. */
export const nicExists = defineCheck<NicArgs>({
  id: 'nic-exists',
  group: 'node',
  title: 'the NIC exists on every gateway node',
  level: 'fatal',
  reads: '`ip address` and OVS of each gateway node',
  why: 'Kube-OVN adds any name to the bridge; OVS cannot open it, and Kubernetes shows nothing',
  mend: 'name a NIC that every gateway node has',
  run: (ctx, args) =>
    perNic(ctx.look(), args, (view) => {
      if (exists(view))
        return pass(view.link === undefined ? `${view.interface?.type} device in OVS` : `${view.link.kind}, MAC ${view.link.mac}, MTU ${view.link.mtu}`)
      const free = view.links.filter((l) => l.kind === 'physical' || l.kind === 'bond' || l.kind === 'vlan' || l.kind === 'veth').map((l) => l.name)
      const why = view.interface?.error === undefined || view.interface.error === null ? '' : `; OVS says: ${view.interface.error}`
      return fail(`${view.node} has no device ${view.nic}${why}`, { hint: 'ovngw install', seen: { devices: free } })
    }),
})
