import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { drillRows, drillText } from '../lib/gateway/drill-table.ts'

/** The table of a drill: shown, kept beside the journal, and in `ovngw show RUN`. */
export const drillResult = defineTask({
  name: 'drill-result',
  summary: 'Show what each address lost while the gateway moved, and what its neighbours believe',
  effect: 'read',
  input: z.object({}),
  needs: ['probes', 'moved', 'returned'],
  title: () => 'what was lost',
  run: async (ctx, _input, { given }) => {
    const rows = drillRows(given.probes, given.moved, given.returned)
    ctx.note('lost while the gateway moved', drillText(rows))
    return { rows }
  },
})
