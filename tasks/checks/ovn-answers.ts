import { defineCheck, fail, pass } from '../../lib/define.ts'
import { perObject } from '../../lib/gateway/judge-results.ts'
import { isError } from '../../lib/kernel/errors.ts'

export const ovnAnswers = defineCheck({
  id: 'ovn-answers',
  group: 'gateway',
  title: 'both databases of OVN have a leader that answers',
  level: 'fatal',
  reads: 'NB and SB, by exec in the pod with the label ovn-nb-leader or ovn-sb-leader',
  why: 'while an election does not end nothing is written, and what is read may be old; packets go on by the flows that are there',
  mend: 'look at the ovn-central pods: are most of them running, do they reach each other, is a disk full, does the label ovn-nb-leader stand at the one that leads (ovn-appctl cluster/status)?',
  needs: { 'api-answers': 'all' },
  opens: true,
  run: async (ctx) => {
    const look = ctx.look()
    const databases = [
      { name: 'northbound', read: () => look.nb() },
      { name: 'southbound', read: () => look.sb() },
    ]
    return perObject(
      databases,
      ({ name }) => name,
      async ({ read }) => {
        try {
          await read()
          return pass('it answers')
        } catch (error) {
          if (isError(error, 'NOT_FOUND', 'AMBIGUOUS', 'UNREACHABLE', 'TIMED_OUT', 'COMMAND')) return fail(error.message, { hint: error.hint })
          throw error
        }
      },
    )
  },
})
