import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { refuse, runChecks } from '../lib/kernel/checks.ts'
import { packetChecks } from './checks/index.ts'

/** Prove with packets that outside and router port reach each other. A probe that was dead in the baseline proves nothing and stops nothing. */
export const provePackets = defineTask({
  name: 'prove-packets',
  summary: 'Prove with packets that the outside and the router port reach each other',
  effect: 'read',
  input: z.object({}),
  needs: ['baseline'],
  title: () => 'packets',
  run: async (ctx, _input, { given }) => {
    const { alive, dead } = given.baseline
    const findings = await runChecks(packetChecks({ baselineDead: alive.length === 0 && dead.length > 0 }), ctx, ctx.findings.accepted)
    for (const f of findings) ctx.findings.found(f)
    refuse(findings)
    return findings.map((f) => ({ id: f.id, outcome: f.outcome }))
  },
})
