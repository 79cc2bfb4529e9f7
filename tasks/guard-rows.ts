import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { restoreRows, sliceFor } from '../lib/gateway/rows.ts'

const input = z.object({ addresses: z.array(z.string()).describe('pod addresses and external addresses') })

/**
 * Remember the NAT rows, policies and routes of some addresses before a pod is annotated; changes nothing itself. Undo puts exactly
 * these back: taking an annotation back leaves rows behind that only this removes (R12, R17).
 */
export const guardRows = defineTask({
  name: 'guard-rows',
  summary: 'Remember the NAT rows, policies and routes of addresses, so that an undo can put exactly these back',
  effect: 'write',
  input,
  title: ({ addresses }) => `remember the rows of ${addresses.length > 4 ? `${addresses.length} addresses` : addresses.join(', ')}`,
  before: (ctx, { addresses }) => sliceFor(ctx, addresses),
  apply: async () => null,
  undo: (ctx, _input, before, { progress }) => restoreRows(ctx, before, { signal: ctx.signal, progress }),
  holds: async () => true,
})
