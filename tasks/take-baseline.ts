import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { pings } from '../lib/gateway/wire.ts'

const input = z.object({ targets: z.array(z.string()).describe('addresses the outside hosts shall reach') })

/** Ask every outside host for every target before anything is changed: a probe that was dead then proves nothing later (product.md, Defaults that do no harm). */
export const takeBaseline = defineTask({
  name: 'take-baseline',
  summary: 'Find out which probes answer before anything is changed',
  effect: 'read',
  input,
  gives: 'baseline',
  title: () => 'baseline of the probes',
  run: async (ctx, { targets }) => {
    const asked = await Promise.all(
      targets.flatMap((t) => ctx.outside.map(async (from) => ({ id: `${from.where} → ${t}`, ok: await pings(from, t, ctx.signal) }))),
    )
    return { alive: asked.filter((a) => a.ok).map((a) => a.id), dead: asked.filter((a) => !a.ok).map((a) => a.id) }
  },
})
