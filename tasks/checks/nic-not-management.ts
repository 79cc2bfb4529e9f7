import { defineCheck, fail, pass } from '../../lib/define.ts'
import { carries } from '../../lib/gateway/judge-nic.ts'
import { type NicArgs, perPresentNic } from '../../lib/gateway/judge-nic-view.ts'
import { tryIp } from '../../lib/gateway/judge-scene.ts'

/** The API server's address, where the kubeconfig names an address and not a loopback tunnel to one. */
function serverAddress(url: string): string | undefined {
  const host = /^[a-z]+:\/\/(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1]?.replace(/^\[|\]$/g, '')
  return host?.startsWith('127.') === true ? undefined : tryIp(host)
}

/** R10: a node whose management NIC is taken cannot be reached, nor repaired through the API. */
export const nicNotManagement = defineCheck<NicArgs>({
  id: 'nic-not-management',
  group: 'node',
  title: 'the node can do without the NIC',
  level: 'fatal',
  reads: 'addresses, routes and OVS of each gateway node; its InternalIP',
  why: 'the NIC leaves the host: a node that loses its address, its tunnel or its way to the API within seconds cannot be repaired through the API',
  mend: 'choose another NIC; move the node’s address, route and tunnel elsewhere before giving this one away',
  run: (ctx, args) =>
    perPresentNic(ctx.look(), args, (view) => {
      const lost = carries(view, serverAddress(ctx.kube.where.server))
      if (lost.length === 0) return pass('it carries nothing of the node')
      return fail(`${view.nic} carries ${lost.join(', ')}: ${view.node} would be lost`, {
        hint: 'ovngw install   # without --site: lists the NICs that are safe',
        seen: { carries: [...lost] },
      })
    }),
})
