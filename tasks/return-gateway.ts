import { defineTask } from '../lib/define.ts'
import { announce } from '../lib/gateway/announce.ts'
import { lossWhile } from '../lib/gateway/loss.ts'
import { isMoved, moveTo } from '../lib/gateway/moving.ts'
import { readNeighbours } from '../lib/gateway/neighbours.ts'
import { moveInput } from './move-gateway.ts'

/** The way back of move-gateway, measured too. Its own undo is nothing: that of move-gateway leads to the same place. */
export const returnGateway = defineTask({
  name: 'return-gateway',
  summary: 'Bring the gateway back to its chassis, and measure what is lost meanwhile',
  effect: 'write',
  input: moveInput,
  needs: ['probes'],
  gives: 'returned',
  timeoutMs: ({ windowMs }) => 60_000 + windowMs * 2,
  title: ({ to }) => `bring it back to ${to}`,
  before: async () => null,
  apply: async (ctx, i, _before, { given, progress }) => {
    if (await isMoved(ctx, i)) return { losses: null, macs: await readNeighbours(ctx) }
    const move = (): Promise<void> => moveTo(ctx, i, { signal: ctx.signal, progress })
    const losses = await lossWhile(ctx, given.probes.alive, i.windowMs, move)
    const macs = await readNeighbours(ctx)
    await announce(ctx, 'all', progress)
    return { losses, macs }
  },
  undo: async () => undefined,
  holds: (ctx, i) => isMoved(ctx, i),
})
