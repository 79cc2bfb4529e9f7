import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { announce } from '../lib/gateway/announce.ts'
import { type Loss, lossWhile } from '../lib/gateway/loss.ts'
import { awaitCarrier, carrier, isMoved, moveTo } from '../lib/gateway/moving.ts'
import { readNeighbours } from '../lib/gateway/neighbours.ts'
import { restoreRows } from '../lib/gateway/rows.ts'
import { topologySlice } from '../lib/gateway/topology.ts'
import { OvngwError } from '../lib/kernel/errors.ts'

export const moveInput = z.object({
  port: z.string().describe('router port of the gateway'),
  from: z.string().describe('chassis that carries it'),
  to: z.string().describe('chassis that shall carry it'),
  chassis: z.array(z.object({ name: z.string(), priority: z.int().min(0).max(32_767) })).describe('priorities as they shall be'),
  windowMs: z.number().describe('how long is measured'),
})
type Input = z.output<typeof moveInput>

/** Everything is still silent: back at once, without asking again what the pings have told. */
function refuseSilent(losses: readonly Loss[], { to, windowMs }: Input): void {
  if (!losses.every((l) => l.ms !== null && !l.back)) return
  throw new OvngwError('CHECK_FAILED', {
    what: `nothing answered any more once ${to} carried the gateway`,
    why: `${losses.length} of ${losses.length} probes were silent to the end of ${windowMs / 1000} s, all of them answered before`,
    hint: 'look at that node’s NIC, its cable, VLAN and port security: ovngw check nic-up gateway-bridge gateway-mapping',
  })
}

/** Make another chassis the active one and measure what is lost meanwhile; undo puts the priorities back and waits until the first one has the port again. */
export const moveGateway = defineTask({
  name: 'move-gateway',
  summary: 'Move the gateway to another chassis by priority, and measure what is lost meanwhile',
  effect: 'write',
  input: moveInput,
  needs: ['probes'],
  gives: 'moved',
  timeoutMs: ({ windowMs }) => 60_000 + windowMs * 2,
  title: ({ from, to }) => `move the gateway from ${from} to ${to}`,
  before: async (ctx, { port }) => ({ slice: await topologySlice(ctx), carrier: (await carrier(ctx, port)) ?? null }),
  apply: async (ctx, i, _before, { given, progress }) => {
    // A resume may find it done: what it cost is gone with the process that did it.
    if (await isMoved(ctx, i)) return { losses: null, macs: await readNeighbours(ctx) }
    const move = (): Promise<void> => moveTo(ctx, i, { signal: ctx.signal, progress })
    const losses = await lossWhile(ctx, given.probes.alive, i.windowMs, move)
    refuseSilent(losses, i)
    return { losses, macs: await readNeighbours(ctx) }
  },
  undo: async (ctx, { port, from }, { slice, carrier: first }, { progress }) => {
    await restoreRows(ctx, slice, { signal: ctx.signal, progress })
    await awaitCarrier(ctx, port, first ?? from, { signal: ctx.signal, progress })
    await announce(ctx, 'all', progress)
  },
  holds: (ctx, i) => isMoved(ctx, i),
})
