import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { stops } from '../lib/kernel/check.ts'
import { refuse, runChecks } from '../lib/kernel/checks.ts'
import { podChecks } from './checks/index.ts'

const input = z.object({
  pods: z.array(z.string()).describe('NAMESPACE/POD'),
  mayFail: z.int().min(0).optional().describe('so many pods may fail'),
})

/** Prove that pods are served exactly as annotated: the wanted NAT rows, the next hop, no strays (R16). Up to `mayFail` pods may not be. */
export const provePods = defineTask({
  name: 'prove-pods',
  summary: 'Prove that pods have exactly the NAT rows and the next hop their annotations ask for',
  effect: 'read',
  input,
  title: ({ pods }) => (pods.length === 1 ? `proof of ${pods.join('')}` : `proof of ${pods.length} pods`),
  run: async (ctx, { pods, mayFail = 0 }) => {
    const findings = await runChecks(podChecks(pods), ctx, ctx.findings.accepted)
    for (const f of findings) ctx.findings.found(f)
    // What is skipped because of another's failure is a pod that fails, too.
    const failing = new Set(findings.filter((f) => stops(f) || f.because !== undefined).map((f) => f.object))
    if (failing.size > mayFail) refuse(findings)
    return { failing: failing.size }
  },
})
