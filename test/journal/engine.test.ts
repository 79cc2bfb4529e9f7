import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { localEngine } from '../../lib/journal/engine.ts'
import { type Entry, type Journal, openJournal } from '../../lib/journal/file.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Json } from '../../lib/kernel/json.ts'

import { codeOf, now, stateDir } from './dir.ts'

const dir = stateDir()
const { create } = dir

describe('the engine on a journal', () => {
  const engineOf = (journal: Journal, more: Partial<Parameters<typeof localEngine>[0]> = {}) =>
    localEngine({ journal, signal: new AbortController().signal, gate: async () => undefined, pause: () => new Promise((r) => setImmediate(r)), ...more })
  const policy = { timeoutMs: 60_000, retry: false }
  const onDisk = (journal: Journal): string[] =>
    readFileSync(journal.file, 'utf8')
      .split('\n')
      .flatMap((l) => (l === '' ? [] : [`${JSON.parse(l).t} ${JSON.parse(l).id ?? ''}`]))

  it('has `begin` on disk before a step starts, and its value before it is over', async () => {
    const journal = await create()
    let during: string[] = []
    const step = engineOf(journal).step(
      'apply:x',
      async () => {
        during = onDisk(journal)
        return 1
      },
      policy,
    )
    expect(await step).toBe(1)
    expect(during).toEqual(['start ', 'begin apply:x'])
    expect(onDisk(journal)).toEqual(['start ', 'begin apply:x', 'value apply:x'])
    await journal.close()
  })

  it('runs a step once, in whatever process', async () => {
    const first = await create()
    let runs = 0
    const body = async (): Promise<Json> => ({ runs: ++runs, gone: undefined })
    const engine = engineOf(first)
    expect([await engine.step('s', body, policy), await engine.step('s', body, policy)]).toEqual([{ runs: 1 }, { runs: 1 }])
    await first.close()
    const second = await openJournal(first.file, now)
    expect(await engineOf(second).step('s', body, policy)).toEqual({ runs: 1 })
    expect(runs).toBe(1)
    await second.close()
  })

  it('knows what was under way, and runs it again', async () => {
    const journal = await create()
    const engine = engineOf(journal)
    expect(
      await codeOf(
        engine.step(
          's',
          async () => {
            throw new OvngwError('COMMAND', { what: 'no' })
          },
          policy,
        ),
      ),
    ).toBe('COMMAND')
    expect(engine.recorded('s')).toEqual({})
    expect(engine.recorded('t')).toBeUndefined()
    expect(await engine.step('s', async () => null, policy)).toBeNull()
    expect(engine.recorded('s')).toEqual({ value: null })
    await journal.close()
  })

  it('tries reads again after a transport error, writes never', async () => {
    const journal = await create()
    const told: string[] = []
    const engine = engineOf(journal, { retrying: (id, e) => told.push(`${id} ${e.code}`) })
    let left = 3
    const flaky = async (): Promise<Json> => {
      if (left-- > 0) throw new OvngwError('UNREACHABLE', { what: 'no answer' })
      return 'ok'
    }
    expect(await engine.step('facts', flaky, { timeoutMs: 60_000, retry: true })).toBe('ok')
    expect(told).toEqual(['facts UNREACHABLE', 'facts UNREACHABLE', 'facts UNREACHABLE'])
    left = 1
    expect(await codeOf(engine.step('apply:x', flaky, policy))).toBe('UNREACHABLE')
    left = 0
    expect(
      await codeOf(
        engine.step(
          'denied',
          async () => {
            left++
            throw new OvngwError('FORBIDDEN', { what: 'no' })
          },
          { timeoutMs: 60_000, retry: true },
        ),
      ),
    ).toBe('FORBIDDEN')
    expect(left).toBe(1)
    await journal.close()
  })

  it('ends a step at its deadline, but only when it has settled; the last transport error is the reason', async () => {
    const journal = await create()
    let settled = false
    const slow = (signal: AbortSignal): Promise<Json> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            settled = true
            reject(new OvngwError('CANCELLED', { what: 'stopped' }))
          }),
        )
      })
    await expect(engineOf(journal).step('apply:x', slow, { timeoutMs: 20, retry: false })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      what: 'apply:x took longer than 0.02 s',
      why: undefined,
    })
    expect(settled).toBe(true)
    const dead = async (): Promise<Json> => {
      throw new OvngwError('UNREACHABLE', { what: 'connection refused', hint: 'kubectl get --raw /readyz' })
    }
    await expect(engineOf(journal).step('facts', dead, { timeoutMs: 20, retry: true })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      why: 'connection refused',
      hint: 'kubectl get --raw /readyz',
    })
    await journal.close()
  })

  it('does not begin a step once it is cancelled, but still gives what is recorded', async () => {
    const journal = await create()
    const abort = new AbortController()
    const engine = engineOf(journal, { signal: abort.signal })
    await engine.step('old', async () => 7, policy)
    abort.abort()
    expect(await engine.step('old', async () => 8, policy)).toBe(7)
    expect(await codeOf(engine.step('new', async () => 8, policy))).toBe('CANCELLED')
    expect(await codeOf(engine.gate('confirm'))).toBe('CANCELLED')
    expect(onDisk(journal)).toEqual(['start ', 'begin old', 'value old'])
    expect(engine.stop(new OvngwError('CANCELLED', { what: '' }))).toBe('cancelled')
    expect(engine.stop(new Error('x'))).toBe('fatal')
    await engine.beginRollback({ code: 'CANCELLED' })
    expect(await engine.step('undo:new', async (s) => s.aborted, policy)).toBe(false)
    expect(engine.recorded('rollback')).toEqual({ value: { code: 'CANCELLED' } })
    await journal.close()
  })

  it('refuses to keep a secret an undo would need, and keeps others out of the file', async () => {
    const journal = await create()
    const engine = engineOf(journal)
    expect(await codeOf(engine.step('before:x', async () => ({ data: { password: 'hunter2' } }), policy))).toBe('REJECTED')
    expect(await engine.step('facts', async () => ({ user: { token: 'hunter2' }, name: 'x' }), policy)).toEqual({ user: { token: '[redacted]' }, name: 'x' })
    expect(readFileSync(journal.file, 'utf8')).not.toContain('hunter2')
    await journal.close()
  })

  it('stops when its disk does, but an undo goes on', async () => {
    const inner = await create()
    let full = true
    const journal: Journal = {
      ...inner,
      get state() {
        return inner.state
      },
      append: (entry: Entry) => (full ? Promise.reject(new OvngwError('NOT_RUN', { what: 'cannot write the journal' })) : inner.append(entry)),
    }
    const engine = engineOf(journal)
    let ran = false
    const body = async (): Promise<Json> => {
      ran = true
      return null
    }
    expect(await codeOf(engine.step('apply:x', body, policy))).toBe('NOT_RUN')
    expect(ran).toBe(false)
    await engine.beginRollback({})
    await engine.step('undo:x', body, policy)
    expect(ran).toBe(true)
    full = false
    await journal.close()
  })
})
