import { z } from 'zod'
import { readStrays } from '../lib/addresses/read-strays.ts'
import type { Stray } from '../lib/addresses/strays.ts'
import { type Ctx, defineTask } from '../lib/define.ts'
import { putBackRows, rowsBeside } from '../lib/gateway/beside.ts'
import { sliceFor } from '../lib/gateway/rows.ts'
import { commit, removeRef } from '../lib/ovn/transaction.ts'

const input = z.object({
  rows: z.array(z.string()).describe('rows by what is in them, as `ovngw plan sweep` prints them: NAT row dnat_and_snat 172.56.0.221 → 10.16.0.3'),
})
type Input = z.output<typeof input>

const COLUMN = { nat: 'nat', policy: 'policies', route: 'static_routes' } as const

/** Those of the rows that are strays now: what has got an owner since the plan was made is not ours. */
async function still({ lookAgain }: Pick<Ctx, 'lookAgain'>, { rows }: Input): Promise<{ readonly strays: readonly Stray[]; readonly router: string }> {
  const look = lookAgain()
  const [{ strays }, { router }] = await Promise.all([readStrays(look), look.settings()])
  const wanted = new Set(rows)
  return { strays: strays.filter((s) => wanted.has(s.row)), router }
}

/** Remove rows that belong to nobody, each by its UUID: by external address alone another's row would go too (R32). */
export const removeRows = defineTask({
  name: 'remove-rows',
  summary: 'Remove NAT rows, policies and routes that belong to nobody; what has an owner is left alone',
  effect: 'write',
  input,
  title: ({ rows }) => (rows.length === 1 ? `remove ${rows.join('')}` : `remove ${rows.length} rows that belong to nobody`),
  before: async (ctx, i) => {
    const inside = [...new Set((await still(ctx, i)).strays.map((s) => s.inside))]
    const rows = await sliceFor(ctx, inside, { rows: i.rows })
    return { rows, beside: await rowsBeside(ctx.lookAgain(), rows) }
  },
  apply: async (ctx, i) => {
    const { strays, router } = await still(ctx, i)
    const ops = strays.map((s) => removeRef(`remove ${s.row}`, 'Logical_Router', router, COLUMN[s.kind], s.uuid))
    await commit(ctx.nb, ops, { signal: ctx.signal })
    return null
  },
  undo: (ctx, _input, before, { progress }) => putBackRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async (ctx, i) => (await still(ctx, i)).strays.length === 0,
})
