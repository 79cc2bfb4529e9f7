import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { type Probe, tune } from '../lib/gateway/loss.ts'
import { readNeighbours } from '../lib/gateway/neighbours.ts'
import { OvngwError } from '../lib/kernel/errors.ts'

const probe = z.object({
  from: z.union([z.int().min(0), z.object({ namespace: z.string(), name: z.string() })]).describe('index of probe.outside, or the pod that asks'),
  to: z.string().describe('address that is asked'),
  about: z.string().describe('whose address it is, or who asks'),
})

const input = z.object({ probes: z.array(probe) })

/** Find out which probes answer, and how quickly each can be sent: one that is silent before the move measures nothing. */
export const pickProbes = defineTask({
  name: 'pick-probes',
  summary: 'Find out which pings answer before the gateway moves, and at which pace',
  effect: 'read',
  input,
  gives: 'probes',
  title: ({ probes }) => `which of ${probes.length} probes answer`,
  run: async (ctx, { probes }, { progress }) => {
    const tuned = await Promise.all(probes.map(async (p: Probe) => ({ p, as: await tune(ctx, p) })))
    const alive = tuned.flatMap(({ as }) => ('why' in as ? [] : [as]))
    const dead = tuned.flatMap(({ p, as }) => ('why' in as ? [{ ...p, why: as.why }] : []))
    for (const d of dead) progress(`${d.to} (${d.about}): ${d.why}`)
    if (alive.length > 0) return { alive, dead, macs: await readNeighbours(ctx) }
    throw new OvngwError('CHECK_FAILED', {
      what: 'nothing answers that could be measured',
      why:
        dead.length === 0 ? 'the site has no probe.outside, and no pod with an EIP or SNAT runs' : dead.map((d) => `${d.to} (${d.about}): ${d.why}`).join('; '),
      hint:
        dead.length === 0 ? 'add probe.outside to the inventory: inventory/example.yaml shows how' : 'ovngw check outside-answers eip-from-outside leaves-as',
    })
  },
})
