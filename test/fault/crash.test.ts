/**
 * kill -9 at every record of the journal: in another process `resume` reaches the target, `rollback` the state before. `npm test` takes a
 * fixed sample, `npm run test:crash` every point.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Ended, Journal } from './cli.ts'
import type { Blow } from './die.ts'
import { ALL, LIMIT, tell } from './effort.ts'
import { openTheatre, SCENES, type Stage, type Theatre } from './scenes.ts'
import { changes, type World, worldState } from './state.ts'

let theatre: Theatre
beforeAll(async () => {
  theatre = await openTheatre(inject('lab'))
})
afterAll(() => theatre.close())

type Way = 'resume' | 'rollback'
interface Point {
  readonly blow: Blow
  readonly ways: readonly Way[]
}

const BOTH = ['resume', 'rollback'] as const

/**
 * Where to die: after a record, or with half of the next one on disk, when its effect is done and not yet recorded. The sample: every
 * 7th record and every write that is done with one of the two ways by turns, every write that begins with both.
 */
function pointsOf({ records }: Journal): readonly Point[] {
  const after = (n: number): Blow => ({ after: n, signal: 'SIGKILL' })
  // Half a header is no journal: see the test for it.
  const half = (n: number): readonly Blow[] => (n === 1 ? [] : [{ half: n }])
  return records.flatMap((record, i): readonly Point[] => {
    const n = i + 1
    if (ALL) return [...half(n), after(n)].map((blow) => ({ blow, ways: BOTH }))
    if (/^begin apply:/.test(record)) return [{ blow: after(n), ways: BOTH }]
    const [one] = n % 2 === 0 ? BOTH : ([...BOTH].reverse() as Way[])
    const ways = one === undefined ? [] : [one]
    if (/^value apply:/.test(record)) return [{ blow: { half: n }, ways }]
    return n % 7 === 0 ? [{ blow: after(n), ways }] : []
  })
}

const textOf = (blow: Blow, { records }: Journal): string =>
  'half' in blow ? `half of ${blow.half} ${records[blow.half - 1]}` : 'after' in blow ? `after ${blow.after} ${records[blow.after - 1]}` : JSON.stringify(blow)

/** What must be so after `resume` or `rollback` in another process. */
async function expectWorld({ lab }: Stage, wanted: World, { exit, said }: Ended, at: string): Promise<void> {
  // Soft: one bad point must not hide another.
  expect.soft({ exit, changes: changes(wanted, await worldState(lab)) }, `${at}\n${said}`).toEqual({ exit: 0, changes: [] })
  expect.soft(said, 'a dead holder is not waited for').not.toContain('waiting up to')
}

/** The undisturbed run: its journal and where it leads. */
async function undisturbed(stage: Stage): Promise<{ readonly journal: Journal; readonly target: World }> {
  const { exit, said } = await stage.cli.run(stage.command)
  expect(exit, said).toBe(0)
  const journal = stage.cli.journal()
  if (journal === undefined) throw new Error('no journal')
  return { journal, target: await worldState(stage.lab) }
}

/** Kills a run there and goes on at once, while Kube-OVN may still be acting on what was written. */
async function dieAt(stage: Stage, blow: Blow, way: Way, { journal, target }: { readonly journal: Journal; readonly target: World }): Promise<void> {
  const { cli, command, before } = stage
  const at = `${way}, killed ${textOf(blow, journal)}`
  await stage.reset()
  const { signal, said } = await cli.run(command, { blows: [blow] })
  expect(signal, `${at}\n${said}`).toBe('SIGKILL')
  const ended = await cli.run([way, cli.journal()?.run ?? 'none'])
  const over = 'after' in blow && blow.after === journal.records.length
  // A run that has ended has nothing to resume: a usage error, and the target stays.
  if (over && way === 'resume') expect.soft(ended.exit, ended.said).toBe(2)
  await expectWorld(stage, way === 'resume' ? target : before, over && way === 'resume' ? { ...ended, exit: 0 } : ended, at)
}

describe.each(Object.values(SCENES))('$name', (scene) => {
  it('killed at any record: resume finishes, rollback restores', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(scene)
    const whole = await undisturbed(stage)
    expect(changes(stage.before, whole.target).length).toBeGreaterThan(0)
    const points = pointsOf(whole.journal)
    const began = performance.now()
    for (const { blow, ways } of points) for (const way of ways) await dieAt(stage, blow, way, whole)
    const runs = points.reduce((sum, { ways }) => sum + ways.length, 0)
    const seconds = (performance.now() - began) / 1000
    tell(`kill -9, ${scene.name}: ${whole.journal.records.length} records, ${points.length} points, ${runs} runs killed, ${(seconds / runs).toFixed(1)} s each`)
  })
})

describe('killed while', () => {
  it('the journal begins: half a header is on disk, nothing was changed, the command works', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    const { cli, lab, before, command } = stage
    const { signal, said } = await cli.run(command, { blows: [{ half: 1 }] })
    expect(signal, said).toBe('SIGKILL')
    expect(cli.journal()?.records).toEqual([])
    for (const way of BOTH) expect(await cli.run([way, 'last'])).toMatchObject({ exit: 3, err: expect.stringContaining('cannot read') })
    expect(await cli.run(['history'])).toMatchObject({ exit: 0 })
    expect(changes(before, await worldState(lab))).toEqual([])
    const again = await cli.run(command)
    expect(again.exit, again.said).toBe(0)
  })

  it('it rolls back: another rollback finishes it, resume too', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    const { cli, lab, before, command } = stage
    const { exit, said } = await cli.run(command)
    expect(exit, said).toBe(0)
    const { run = '', records = [] } = cli.journal() ?? {}
    const [done, journals, target] = [await lab.snapshot(), cli.keep(), await worldState(lab)]
    expect(await cli.run(['rollback', run])).toMatchObject({ exit: 0 })
    const later = (cli.journal()?.records ?? []).slice(records.length)
    const dieIn = async (n: number, way: Way): Promise<void> => {
      journals()
      await lab.restore(done)
      const { signal } = await cli.run(['rollback', run], { blows: [{ after: n, signal: 'SIGKILL' }] })
      expect(signal).toBe('SIGKILL')
      const ended = await cli.run([way, run])
      // After its last record it had ended; until the rollback is on record, resume means going on with what was done already.
      const over = n === later.length
      if (over) expect.soft([0, 2], ended.said).toContain(ended.exit)
      const back = way === 'rollback' || later.slice(0, n).includes('rollback')
      await expectWorld(stage, back ? before : target, over ? { ...ended, exit: 0 } : ended, `${way}, its rollback killed after ${later[n - 1]}`)
    }
    const points = later.flatMap((record, i) => (ALL || record.startsWith('begin undo:') ? [i + 1] : []))
    for (const n of points) for (const way of BOTH) await dieIn(n, way)
  })
})
