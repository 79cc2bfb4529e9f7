import { describe, expect, it } from 'vitest'
import { type CheckResult, type Finding, fail, pass, unknown, warn } from '../../lib/kernel/check.ts'
import { checkStep } from '../../lib/kernel/checks.ts'
import { type ErrorCode, OvngwError } from '../../lib/kernel/errors.ts'
import { drive, rollBack } from '../../lib/kernel/run.ts'
import type { Runbook } from '../../lib/kernel/runbook.ts'
import type { Step } from '../../lib/kernel/task.ts'
import { burnStep, cellsOf, type Life, look, machine, outcome, process, putStep, type Toys, type Trouble, toyRunbook } from './toys.ts'

const run = (life: Life, asked: Record<string, string>) => drive(toyRunbook, asked, life.engine, life.host)
const error = (code: ErrorCode, what = 'broke'): OvngwError => new OvngwError(code, { what })
const throws = (e: unknown) => () => {
  throw e
}
const runbookOf = (...steps: readonly Step<Toys>[]): typeof toyRunbook => ({ ...toyRunbook, plan: () => steps })
const names = (life: Life): string[] => life.log.filter((l) => /^(apply|undo)/.test(l))
const ABC = { a: '1', b: '2', c: '3' }

describe('a run that goes well', () => {
  it('says what it plans, does it in order, and proves each write', async () => {
    const [on, stages] = [machine(), [] as string[]]
    const life = process(on, { trouble: { 'holds b': () => void stages.push('proved b') } })
    expect(await run(life, ABC)).toEqual({ ending: 'done', exit: 0, left: [] })
    expect(life.log).toEqual(['gate confirm', 'apply a', 'apply b', 'apply c'])
    expect(stages).toEqual(['proved b', 'proved b'])
    const [planned] = life.events
    expect(planned).toMatchObject({ ev: 'planned', steps: [{ id: 'put-a', task: 'put', title: 'put a=1', effect: 'write' }, {}, {}] })
    expect(life.events.flatMap((e) => ('phase' in e && e.ev === 'step-done' ? [`${e.phase}:${e.step}`] : []))).toEqual([
      'before:put-a',
      'apply:put-a',
      'before:put-b',
      'apply:put-b',
      'before:put-c',
      'apply:put-c',
    ])
  })

  it('asks nobody when there is nothing to write', async () => {
    const life = process(machine({ 'a.left': '1', 'a.right': '1' }))
    expect(await run(life, { a: '1', 'look a': '' })).toEqual({ ending: 'nothing-to-do', exit: 0, left: [] })
    expect(life.log).toEqual(['look a'])
  })

  it('does not write what holds already, though a plan said so', async () => {
    const on = machine({ 'a.left': '1', 'a.right': '1' })
    const life = process(on)
    const runbook = runbookOf(putStep('a', '1'), putStep('b', '2'))
    expect(await drive(runbook, {}, life.engine, life.host)).toMatchObject({ ending: 'done' })
    expect(names(life)).toEqual(['apply b'])
  })

  it('gives each step a context under its own id, also where a task comes twice', async () => {
    const life = process(machine())
    const steps: string[] = []
    const host = {
      ...life.host,
      context: (signal: AbortSignal, step: string) => {
        steps.push(step)
        return life.host.context(signal, step)
      },
    }
    await drive(runbookOf(look('a'), look('a')), {}, life.engine, host)
    expect(steps).toEqual(['facts', 'look-a', 'look-a#2'])
  })

  it('reads facts and what comes before the go-ahead at one moment, and looks anew for everything after', async () => {
    const life = process(machine())
    const [moments, asked] = [new Map<object, number>(), [] as (number | undefined)[]]
    const host = {
      ...life.host,
      context: (signal: AbortSignal, step: string, moment?: object) => {
        if (moment !== undefined && !moments.has(moment)) moments.set(moment, moments.size + 1)
        asked.push(moment === undefined ? undefined : moments.get(moment))
        return life.host.context(signal, step)
      },
    }
    await drive(runbookOf(look('a'), putStep('b', '2'), look('c')), {}, life.engine, host)
    // facts, look a | facts again, before b, apply b, look c
    expect(asked).toEqual([1, 1, undefined, undefined, undefined, undefined])
  })

  it('numbers steps of one id, so that each is journaled by itself', async () => {
    const life = process(machine())
    const runbook = runbookOf(look('a'), look('a'), look('a'))
    await drive(runbook, {}, life.engine, life.host)
    expect(life.log).toEqual(['look a', 'look a', 'look a'])
    expect(life.engine.recorded('run:look-a#3')).toEqual({ value: null })
  })
})

describe('a run that stops before its first write', () => {
  it.each<[ErrorCode, string, number]>([
    ['CHECK_FAILED', 'refused', 3],
    ['CERTIFICATE', 'refused', 3],
    ['TIMED_OUT', 'refused', 3],
    ['CANCELLED', 'refused', 130],
    ['USAGE', 'refused', 2],
    ['LOCKED', 'refused', 6],
    ['BUG', 'refused', 1],
    ['DECLINED', 'planned', 0],
  ])('%s: %s, exit %i', async (code, ending, exit) => {
    for (const where of ['look', 'gate'] as const) {
      const on = machine({ x: '1' })
      const trouble = where === 'look' ? { 'look a': throws(error(code)) } : {}
      const gate = async (): Promise<void> => (where === 'gate' ? throws(error(code))() : undefined)
      const life = process(on, { trouble, gate })
      expect(await run(life, { 'look a': '', b: '2' })).toMatchObject({ ending, exit, left: [] })
      expect(names(life)).toEqual([])
      expect(cellsOf(on)).toEqual({ x: '1' })
    }
  })

  it('because the cluster changed between the plan and the go-ahead', async () => {
    const on = machine()
    const gate = async (): Promise<void> => void on.cells.set('a.left', '1').set('a.right', '1')
    const result = await run(process(on, { gate }), ABC)
    expect(result).toMatchObject({ ending: 'refused', exit: 3, error: { code: 'STALE' } })
    expect(cellsOf(on)).toEqual({ 'a.left': '1', 'a.right': '1' })
  })

  it('not where the runbook itself says that its plan still fits', async () => {
    const on = machine()
    const gate = async (): Promise<void> => void on.cells.set('a.left', '1').set('a.right', '1')
    const life = process(on, { gate })
    expect(await drive({ ...toyRunbook, fits: (_asked, planned, now) => planned !== now }, ABC, life.engine, life.host)).toMatchObject({ ending: 'done' })
  })

  it('not because something changed that the plan does not depend on', async () => {
    const on = machine()
    const gate = async (): Promise<void> => void on.cells.set('other', '1')
    const result = await drive({ ...toyRunbook, restored: () => [] }, ABC, process(on, { gate }).engine, process(on).host)
    expect(result.ending).toBe('done')
  })

  it('because its definition changed since an earlier process began it', async () => {
    const on = machine()
    await drive(runbookOf(look('a')), {}, process(on).engine, process(on).host)
    const other = process(on)
    expect(await drive(runbookOf(look('b')), {}, other.engine, other.host)).toMatchObject({ ending: 'refused', error: { code: 'STALE' } })
    expect(await rollBack(runbookOf(look('b')), {}, other.engine, other.host)).toMatchObject({ ending: 'refused', error: { code: 'STALE' } })
    expect(other.log).toEqual([])
  })
})

describe('a run that fails', () => {
  it.each<[string, string[]]>([
    ['before c', ['apply a', 'apply b', 'undo b', 'undo a']],
    ['apply c', ['apply a', 'apply b', 'apply c', 'undo c', 'undo b', 'undo a']],
    ['apply a', ['apply a', 'undo a']],
  ])('at %s undoes what was begun, last first, the failing step too: exit 4', async (where, order) => {
    const on = machine({ 'a.left': '0' })
    const life = process(on, { trouble: { [where]: throws(error('COMMAND')) } })
    expect(await run(life, ABC)).toMatchObject({ ending: 'restored', exit: 4, left: [], error: { code: 'COMMAND' } })
    expect(names(life)).toEqual(order)
    expect(cellsOf(on)).toEqual({ 'a.left': '0' })
    expect(life.events.find((e) => e.ev === 'rollback-started')).toMatchObject({ why: { code: 'COMMAND' } })
  })

  it('because what was done does not hold afterwards', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply b': () => void queueMicrotask(() => on.cells.set('b.left', 'thief')) } })
    expect(await run(life, { a: '1', b: '2' })).toMatchObject({ ending: 'restored', exit: 4, error: { code: 'STALE' } })
  })

  it('because an answer was lost does not do it again: the effect may be there', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply b': throws(error('UNREACHABLE', 'connection reset')) } })
    expect(await run(life, ABC)).toMatchObject({ ending: 'restored', exit: 4, error: { code: 'UNREACHABLE' } })
    expect(names(life)).toEqual(['apply a', 'apply b', 'undo b', 'undo a'])
  })

  it('attempts every undo, and names what is left: exit 5', async () => {
    const on = machine()
    const life = process(on, {
      trouble: { 'apply c': throws(error('COMMAND')), 'undo b': throws(error('FORBIDDEN', 'not allowed')), 'undo c': throws(new Error('bug')) },
    })
    const result = await run(life, ABC)
    expect(result).toMatchObject({ ending: 'broken', exit: 5 })
    expect(names(life)).toEqual(['apply a', 'apply b', 'apply c', 'undo c', 'undo b', 'undo a'])
    expect(result.left).toEqual(['put c=3: bug', 'put b=2: not allowed', expect.stringMatching(/^Everything is as before: is .*b.left/)])
    expect(cellsOf(on)).toEqual({ 'b.left': '2', 'c.left': '3' })
  })

  it('is not restored because undo says so, but because the checks do', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply b': throws(error('COMMAND')), 'undo a': () => void on.cells.set('left over', '1') } })
    expect(await run(life, ABC)).toMatchObject({ ending: 'broken', exit: 5, left: ['Everything is as before: is {"left over":"1"}' + ''] })
  })

  it('with a step that cannot be undone says what is left', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply c': throws(error('COMMAND')) } })
    const runbook = { ...runbookOf(putStep('a', '1'), burnStep('b', '2'), putStep('c', '3')), restored: () => [] }
    expect(await drive(runbook, {}, life.engine, life.host)).toMatchObject({ ending: 'broken', exit: 5, left: ['put b=2: cannot be undone, ashes'] })
    expect(cellsOf(on)).toEqual({ 'b.left': '2', 'b.right': '2' })
  })

  it('before a step that cannot be undone was begun leaves nothing', async () => {
    const abort = new AbortController()
    const on = machine()
    const life = process(on, { signal: abort.signal, trouble: { 'before b': () => abort.abort() } })
    const runbook = runbookOf(putStep('a', '1'), burnStep('b', '2'))
    expect(await drive(runbook, {}, life.engine, life.host)).toMatchObject({ ending: 'restored', exit: 4 })
    expect(cellsOf(on)).toEqual({})
  })

  it('when an earlier process wrote and this one may not go on: says what is half done', async () => {
    for (const [code, exit] of [['LOCKED', 6] as const, ['UNREACHABLE', 5] as const]) {
      const on = machine()
      await outcome(run(process(on, { dies: 15 }), ABC))
      expect(cellsOf(on)).toEqual({ 'a.left': '1', 'a.right': '1' })
      const life = process(on, { gate: throws(error(code)) })
      expect(await run(life, ABC)).toMatchObject({ ending: 'broken', exit, left: ['put a=1: begun by an earlier process, neither finished nor undone'] })
      expect(names(life)).toEqual([])
    }
  })

  it('and cannot get its lock back undoes nothing, and a resume undoes it all', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply b': throws(error('COMMAND')) }, forRollback: throws(error('LOCKED', 'held by another')) })
    const result = await run(life, ABC)
    expect(result).toMatchObject({ ending: 'broken', exit: 5, left: ['put a=1: not undone, held by another', 'put b=2: not undone, held by another'] })
    expect(names(life)).toEqual(['apply a', 'apply b'])
    const later = process(on)
    expect(await run(later, ABC)).toMatchObject({ ending: 'restored', exit: 4 })
    expect(names(later)).toEqual(['undo b', 'undo a'])
    expect(cellsOf(on)).toEqual({})
  })
})

describe('a run that settles what it did on the way', () => {
  const WAVES = { a: '1', 'settle one': '', b: '2', 'settle two': '', c: '3', d: '4' }
  const whole = (...keys: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      keys.flatMap((k) => [
        [`${k}.left`, WAVES[k as 'a']],
        [`${k}.right`, WAVES[k as 'a']],
      ]),
    )

  it('undoes only what came after when it fails: exit 4', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'apply d': throws(error('COMMAND')) } })
    expect(await run(life, WAVES)).toMatchObject({ ending: 'restored', exit: 4, left: [] })
    expect(names(life)).toEqual(['apply a', 'apply b', 'apply c', 'apply d', 'undo d', 'undo c'])
    expect(cellsOf(on)).toEqual(whole('a', 'b'))
  })

  it('is no run that changed nothing when it fails right after', async () => {
    const on = machine()
    const life = process(on, { trouble: { 'before c': throws(error('COMMAND')) } })
    expect(await run(life, WAVES)).toMatchObject({ ending: 'restored', exit: 4, left: [] })
    expect(cellsOf(on)).toEqual(whole('a', 'b'))
  })

  it('is undone as a whole by a rollback that is asked for, after a failure too', async () => {
    for (const trouble of [{}, { 'apply d': throws(error('COMMAND')) }]) {
      const on = machine()
      await run(process(on, { trouble }), WAVES)
      expect(await rollBack(toyRunbook, WAVES, process(on).engine, process(on).host)).toMatchObject({ exit: 0, left: [] })
      expect(cellsOf(on)).toEqual({})
    }
  })

  it('and dies anywhere in the rollback after a failure: the next process ends at what was settled', async () => {
    const trouble = { 'apply d': throws(error('COMMAND')) }
    const undisturbed = process(machine(), { trouble })
    await run(undisturbed, WAVES)
    for (let n = undisturbed.death.count; undisturbed.death.count - n < 12; n--) {
      const on = machine()
      await outcome(run(process(on, { trouble, dies: n }), WAVES))
      expect(await run(process(on, { trouble }), WAVES), `died at ${n}`).toMatchObject({ ending: 'restored', exit: 4, left: [] })
      expect(cellsOf(on), `died at ${n}`).toEqual(whole('a', 'b'))
    }
  })
})

describe('a rollback', () => {
  const asked = { a: '1', b: '2' }
  it('of a run that is done puts everything back: exit 0, and again: still 0', async () => {
    const on = machine({ 'b.left': 'old' })
    await run(process(on), asked)
    for (const _ of [1, 2]) {
      const life = process(on)
      expect(await rollBack(toyRunbook, asked, life.engine, life.host)).toMatchObject({ ending: 'restored', exit: 0 })
      expect(cellsOf(on)).toEqual({ 'b.left': 'old' })
      expect(life.log[0]).toMatch(/^gate confirm-rollback/)
    }
  })
  it('that is declined, or locked out, changes nothing', async () => {
    for (const [code, exit] of [['DECLINED', 0] as const, ['LOCKED', 6] as const]) {
      const on = machine()
      await run(process(on), asked)
      const life = process(on, { gate: throws(error(code)) })
      expect(await rollBack(toyRunbook, asked, life.engine, life.host)).toMatchObject({ exit })
      expect(names(life)).toEqual([])
    }
  })
  it('tries again what it could not undo, and looks again', async () => {
    const on = machine()
    await run(process(on), asked)
    const first = process(on, { trouble: { 'undo a': throws(error('COMMAND')) } })
    expect(await rollBack(toyRunbook, asked, first.engine, first.host)).toMatchObject({ ending: 'broken', exit: 5 })
    const second = process(on)
    expect(await rollBack(toyRunbook, asked, second.engine, second.host)).toMatchObject({ ending: 'restored', exit: 0 })
    expect(names(second)).toEqual(['undo a'])
    expect(cellsOf(on)).toEqual({})
  })
  it('of a run that never wrote has nothing to do', async () => {
    const on = machine()
    expect(await rollBack(toyRunbook, asked, process(on).engine, process(on).host)).toEqual({ ending: 'nothing-to-do', exit: 0, left: [] })
    await run(process(on, { gate: throws(error('DECLINED')) }), asked)
    expect(await rollBack(toyRunbook, asked, process(on).engine, process(on).host)).toMatchObject({ ending: 'nothing-to-do' })
  })
})

describe('Ctrl-C', () => {
  it('waits until the step has settled, keeps its effect in mind, and undoes on a signal of its own', async () => {
    const abort = new AbortController()
    const on = machine()
    const order: string[] = []
    const trouble: Trouble = {
      'apply b': async (signal) => {
        abort.abort()
        expect(signal.aborted).toBe(true)
        await new Promise((r) => setImmediate(r))
        order.push('still mutating')
      },
      'undo b': (signal) => {
        order.push('undo')
        expect(signal.aborted).toBe(false)
      },
    }
    const life = process(on, { signal: abort.signal, trouble })
    expect(await run(life, ABC)).toMatchObject({ ending: 'restored', exit: 4, error: { code: 'CANCELLED' } })
    expect(order).toEqual(['still mutating', 'undo'])
    expect(names(life)).toEqual(['apply a', 'apply b', 'undo b', 'undo a'])
    expect(cellsOf(on)).toEqual({})
  })
  it('gives the reason of the signal when it has one of ours', async () => {
    const abort = new AbortController()
    const on = machine()
    const life = process(on, { signal: abort.signal, trouble: { 'apply a': () => abort.abort(error('LOCKED', 'the lock was lost')) } })
    expect(await run(life, ABC)).toMatchObject({ ending: 'restored', error: { code: 'LOCKED', what: 'the lock was lost' } })
  })
})

describe('checks in a run', () => {
  const found: Finding[] = []
  const step = checkStep<Toys>({ accepted: (_c, f) => (f.object === 'known' ? 'it is' : undefined), found: (_c, f) => void found.push(f) })
  const check = (id: string, level: 'fatal' | 'warning', results: () => Promise<readonly CheckResult[]>) => ({
    check: { id, group: 'node', title: id, level, reads: '', why: '', mend: '', run: results } as const,
    args: null,
  })
  const ends = (...bound: Parameters<typeof step>[2]) => endsIn(1, ...bound)
  const endsIn = async (tries: number, ...bound: Parameters<typeof step>[2]): Promise<readonly [number, string | undefined]> => {
    found.length = 0
    const life = process(machine())
    const runbook: Runbook<Toys> = {
      ...toyRunbook,
      args: { parse: () => null },
      facts: async () => null,
      plan: () => [step('preflight', 'preflight', bound, tries)],
      restored: () => [],
    }
    const { exit, error } = await drive(runbook, null, life.engine, life.host)
    return [exit, error?.why]
  }
  it('look again at what would stop the run, as often as they are told, and show what was seen last', async () => {
    let n = 0
    const third = check('third', 'fatal', async () => [++n < 3 ? fail('not yet', { object: 'a' }) : pass('now')])
    expect(await endsIn(3, third)).toEqual([0, undefined])
    expect(found.map((f) => f.detail)).toEqual(['now'])
    n = 0
    expect(await endsIn(2, third)).toEqual([3, 'third (a)'])
    expect(n).toBe(2)
  })

  it('all run, all are shown, and all that stop are named', async () => {
    const one = check('one', 'fatal', async () => [fail('x', { object: 'a' }), pass('y'), unknown('z', { object: 'b' })])
    const two = check('two', 'fatal', async () => throws(error('UNREACHABLE', 'no answer'))())
    const three = check('three', 'warning', async () => [fail('x'), warn('y')])
    expect(await ends(one, two, three)).toEqual([3, 'one (a), one (b), two'])
    expect(found.map((f) => `${f.id} ${f.outcome}`)).toEqual(['one fail', 'one pass', 'one unknown', 'two unknown', 'three fail', 'three warn'])
  })
  it('that are accepted or only warn do not stop', async () => {
    expect(await ends(check('a', 'fatal', async () => [fail('x', { object: 'known' }), warn('y')]))).toEqual([0, undefined])
    expect(found).toEqual([expect.objectContaining({ accepted: 'it is' }), expect.not.objectContaining({ accepted: expect.anything() })])
  })
  it('that crash are a bug, but none is left running', async () => {
    let late = false
    const slow = check('slow', 'fatal', async () => {
      await new Promise((r) => setImmediate(r))
      late = true
      return []
    })
    expect(
      await ends(
        check('bad', 'fatal', async () => throws(new TypeError('oops'))()),
        slow,
      ),
    ).toEqual([1, undefined])
    expect(late).toBe(true)
  })
})
