import { defineCheck, fail, pass } from '../../lib/define.ts'
import { opsBack } from '../../lib/gateway/rows.ts'
import type { NbSlice } from '../../lib/ovn/slice.ts'

export const rowsAsBefore = defineCheck<NbSlice>({
  id: 'rows-as-before',
  group: 'pod',
  title: 'NAT rows, policies and routes are exactly what they were',
  level: 'fatal',
  reads: 'NB',
  why: 'a rollback is over when nothing differs, not when the undo commands returned',
  mend: '`ovngw rollback RUN` again: it is idempotent',
  run: async (ctx, before) => {
    const ops = await opsBack(ctx.lookAgain(), before)
    return ops.length === 0 ? pass('every row is as it was') : fail(ops.map((o) => o.about).join('; '))
  },
})
