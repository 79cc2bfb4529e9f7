/** Two practice clusters brought up at once build a binary once: whoever comes second waits for the first. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { inTurn } from '../../lib/lab/lock.ts'

const path = (): string => join(mkdtempSync(join(tmpdir(), 'in-turn-')), 'lock')

test('the second waits until the first is done, and is told once why', async () => {
  const at = path()
  const order: string[] = []
  const first = await inTurn(at, () => order.push('first was told'))
  const second = inTurn(at, (why) => order.push(why)).then((release) => {
    order.push('second has it')
    return release
  })
  await vi.waitFor(() => expect(order).toEqual([expect.stringContaining(`pid ${process.pid}`)]))
  order.push('first is done')
  await first()
  await (await second)()
  expect(order.slice(1)).toEqual(['first is done', 'second has it'])
})

test('who died does not count; who is cancelled waits no longer', async () => {
  const at = path()
  writeFileSync(at, JSON.stringify({ pid: process.pid, start: 'another process that had this pid' }))
  const release = await inTurn(at, () => undefined)
  await expect(inTurn(at, () => undefined, AbortSignal.abort())).rejects.toThrow()
  await release()
})
