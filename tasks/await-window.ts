import { z } from 'zod'
import { defineTask } from '../lib/define.ts'
import { pause } from '../lib/gateway/pause.ts'
import { OvngwError } from '../lib/kernel/errors.ts'

const input = z.object({
  pauseMs: z.number().describe('rest between two waves'),
  notBefore: z.string().nullable().describe('RFC 3339: nothing begins before'),
  until: z.string().nullable().describe('RFC 3339: nothing begins after'),
})
type Input = z.output<typeof input>

const leftMs = (at: string | null): number => (at === null ? 0 : Date.parse(at) - Date.now())

function refuseLate({ until }: Input): void {
  if (until === null || leftMs(until) > 0) return
  throw new OvngwError('CHECK_FAILED', { what: `the change window closed at ${until}`, hint: 'what is proved stays; run it again in the next window' })
}

/** Wait for the change window and rest between two waves; refuse to begin once the window has closed. */
export const awaitWindow = defineTask({
  name: 'await-window',
  summary: 'Rest between two waves, and begin none outside the change window',
  effect: 'read',
  input,
  timeoutMs: (i) => 60_000 + i.pauseMs + Math.max(0, leftMs(i.notBefore)),
  title: ({ notBefore }) => (notBefore === null ? 'rest' : `wait until ${notBefore}`),
  run: async ({ signal }, i, { progress }) => {
    refuseLate(i)
    const ms = Math.max(i.pauseMs, leftMs(i.notBefore))
    if (ms > 0) progress(`${Math.ceil(ms / 1000)} s`)
    await pause(ms, signal)
    refuseLate(i)
    return null
  },
})
