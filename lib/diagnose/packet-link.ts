/** The link that is walked with `--probe`, also behind a broken one: where packets were seen last is evidence of its own. */
import type { Ctx } from '../define.ts'
import { exitNode } from '../gateway/exit.ts'
import type { PodRef } from '../inventory/site.ts'
import { podFlows } from './ask-flows.ts'
import type { Link } from './link.ts'
import { packetHops } from './probe.ts'
import { subjectOf } from './subject.ts'

export const packetLink = (ctx: Ctx, { namespace, name }: PodRef): Link => ({
  id: 'packets',
  title: 'a packet of the pod is seen at every hop, and so is its answer',
  tells: ['packet-hops', 'ofproto-trace'],
  checks: async () => {
    const { pod } = await subjectOf(ctx.look(), { namespace, name })
    const args = { namespace, name, exit: (await exitNode(ctx.look(), pod)) ?? null }
    return [packetHops(args), podFlows(args)]
  },
})
