import { expect, test } from 'vitest'
import { pause } from '../../lib/gateway/pause.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'

const LONG = 60_000

test('a pause ends with its time', async () => {
  await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined()
})

test.each(['CANCELLED', 'TIMED_OUT'] as const)('a pause that is broken off ends with the reason itself: %s', async (code) => {
  const [before, meanwhile] = [new AbortController(), new AbortController()]
  const reason = new OvngwError(code, { what: 'enough' })
  before.abort(reason)
  await expect(pause(LONG, before.signal)).rejects.toBe(reason)
  const pausing = pause(LONG, meanwhile.signal)
  meanwhile.abort(reason)
  await expect(pausing).rejects.toBe(reason)
})
