import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OvngwError } from '../../lib/kernel/errors.ts'
import { drive, rollBack } from '../../lib/kernel/run.ts'
import { cellsOf, type Machine, machine, outcome, process, type Trouble, toyRunbook } from './toys.ts'

const START = { 'a.left': '0', 'a.right': '0', 'z.left': '9', 'z.right': '9' }
const ASKED = { a: '1', 'look a': '', b: '2', c: '3' }
const TARGET = { ...START, 'a.left': '1', 'a.right': '1', 'b.left': '2', 'b.right': '2', 'c.left': '3', 'c.right': '3' }
const breaks = (what: string): Trouble => ({
  [what]: () => {
    throw new OvngwError('COMMAND', { what: `${what} broke` })
  },
})

/** How many writes an undisturbed run makes: the places to die at. */
async function writesOf(run: (life: ReturnType<typeof process>) => Promise<unknown>, on: Machine = machine(START)): Promise<number> {
  const life = process(on)
  await run(life)
  return life.death.count
}
const install = (life: ReturnType<typeof process>, asked: Record<string, string> = ASKED) => drive(toyRunbook, asked, life.engine, life.host)
const undo = (life: ReturnType<typeof process>, asked: Record<string, string> = ASKED) => rollBack(toyRunbook, asked, life.engine, life.host)

describe('a process that dies at any write', () => {
  it('is finished by resume, wherever it died', async () => {
    const points = await writesOf(install)
    expect(points).toBeGreaterThan(20)
    for (let n = 1; n <= points; n++) {
      const on = machine(START)
      expect(await outcome(install(process(on, { dies: n })))).toBe('died')
      const life = process(on)
      expect(await install(life), `died at ${n}`).toMatchObject({ ending: 'done', exit: 0 })
      expect(cellsOf(on)).toEqual(TARGET)
    }
  })

  it('is undone by rollback, wherever it died', async () => {
    const points = await writesOf(install)
    for (let n = 1; n <= points; n++) {
      const on = machine(START)
      await outcome(install(process(on, { dies: n })))
      const result = await undo(process(on))
      expect(result, `died at ${n}`).toMatchObject({ exit: 0, left: [] })
      expect(['restored', 'nothing-to-do']).toContain(result.ending)
      expect(cellsOf(on), `died at ${n}`).toEqual(START)
    }
  })

  it('while it rolls back a failure: resume finishes the rollback and says 4, rollback says 0', async () => {
    const trouble = breaks('apply c')
    const whole = process(machine(START), { trouble })
    expect(await install(whole)).toMatchObject({ ending: 'restored', exit: 4 })
    expect(whole.log).toEqual(['gate confirm', 'apply a', 'look a', 'apply b', 'apply c', 'undo c', 'undo b', 'undo a'])
    for (let n = 1; n <= whole.death.count; n++) {
      for (const [again, exit] of [
        [install, 4],
        [undo, 0],
      ] as const) {
        const on = machine(START)
        // Of its very last record an undo takes no notice: the work is done.
        const first = await outcome(install(process(on, { trouble, dies: n })))
        if (n < whole.death.count) expect(first).toBe('died')
        const result = await again(process(on, { trouble }))
        expect(cellsOf(on), `died at ${n}`).toEqual(START)
        if (result.ending !== 'nothing-to-do') expect(result, `died at ${n}`).toMatchObject({ ending: 'restored', exit, left: [] })
      }
    }
  })

  it('never asks again after the go-ahead, always locks again, and never goes forward once a rollback began', async () => {
    const trouble = breaks('apply c')
    const points = process(machine(START), { trouble })
    await install(points)
    for (let n = 1; n <= points.death.count; n++) {
      const on = machine(START)
      const first = process(on, { trouble, dies: n })
      await outcome(install(first))
      const back = on.journal.includes('"t":"rollback"')
      const gated = on.journal.includes('"t":"gate"')
      const second = process(on) // the trouble is gone
      const result = await install(second)
      expect(
        second.log.filter((l) => l.startsWith('gate')),
        `died at ${n}`,
      ).toEqual([gated ? 'gate confirm resumed' : 'gate confirm'])
      expect(result.ending).toBe(back ? 'restored' : 'done')
      if (back) expect(second.log.filter((l) => l.startsWith('apply'))).toEqual([])
    }
  })

  it('again and again, in any plan, with any step failing: the end is the target or the start', async () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'z', 'look a', 'look d'), { minLength: 1, maxLength: 5 })
    const deaths = fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 })
    const failing = fc.option(fc.constantFrom('before b', 'apply a', 'apply d', 'holds c', 'look d'))
    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom('0', '1', '9'), deaths, failing, fc.boolean(), async (names, value, when, what, back) => {
        const asked = Object.fromEntries(names.map((n) => [n, value]))
        const trouble = what === null ? {} : breaks(what)
        const on = machine(START)
        for (const dies of when) await outcome(install(process(on, { dies, trouble }), asked))
        const life = process(on, { trouble })
        const result = await (back ? undo(life, asked) : install(life, asked))
        const puts = names.filter((n) => !n.includes(' ')).flatMap((k) => [`${k}.left`, `${k}.right`])
        const target = { ...START, ...Object.fromEntries(puts.map((c) => [c, value])) }
        const reached = result.ending === 'done' || (result.ending === 'nothing-to-do' && !back)
        expect(cellsOf(on)).toEqual(reached ? target : START)
        expect(result.left).toEqual([])
        expect(back ? [0] : [0, 3, 4]).toContain(result.exit)
      }),
      { numRuns: 300 },
    )
  })
})
