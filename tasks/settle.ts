import { z } from 'zod'
import { defineTask } from '../lib/define.ts'

/** A line between what is proved and what comes: a later failure undoes only what comes after it (product.md, Defaults that do no harm). */
export const settle = defineTask({
  name: 'settle',
  summary: 'Keep what was done so far, whatever fails later',
  effect: 'read',
  settles: true,
  input: z.object({ what: z.string() }),
  title: ({ what }) => `${what} stays`,
  run: async () => null,
})
