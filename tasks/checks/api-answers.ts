import { defineCheck, fail, pass } from '../../lib/define.ts'
import { isError } from '../../lib/kernel/errors.ts'

export const apiAnswers = defineCheck({
  id: 'api-answers',
  group: 'rights',
  title: 'the API server answers, and knows you',
  level: 'fatal',
  reads: 'Nodes, whether or not you may list them',
  why: 'everything is read through it: while it does not answer nothing can be said, neither good nor bad',
  mend: 'network, VPN, the server’s address in the kubeconfig; a certificate or token that has expired is renewed by who gave it',
  opens: true,
  run: async (ctx) => {
    try {
      await ctx.look().nodes()
      return pass(`${ctx.kube.where.server} as ${ctx.kube.where.user}`)
    } catch (error) {
      if (isError(error, 'UNREACHABLE', 'UNAUTHORIZED', 'CERTIFICATE', 'TIMED_OUT')) return fail(error.message, { hint: error.hint })
      if (isError(error, 'FORBIDDEN')) return pass(`${ctx.kube.where.server} as ${ctx.kube.where.user}`)
      throw error
    }
  },
})
