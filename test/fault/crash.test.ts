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

/** Where to die: after a record, and (every point) with half of the next one on disk, when its effect is done and not yet recorded. */
function pointsOf({ records }: Journal): readonly Blow[] {
  const after = (n: number): Blow => ({ after: n, signal: 'SIGKILL' })
  if (ALL) return records.flatMap((_, i) => [{ half: i + 1 }, after(i + 1)])
  const seventh = (n: number): boolean => n % 7 === 0
  return records.flatMap((record, i) => [
    ...(i === 0 || /^value apply:/.test(record) ? [{ half: i + 1 }] : []),
    ...(seventh(i + 1) || /^begin apply:/.test(record) ? [after(i + 1)] : []),
  ])
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

async function dieAt(stage: Stage, blow: Blow, journal: Journal, target: World, backFirst: boolean): Promise<void> {
  const { lab, cli, command, before } = stage
  const at = textOf(blow, journal)
  await stage.reset()
  const { signal, said } = await cli.run(command, { blows: [blow] })
  expect(signal, `${at}\n${said}`).toBe('SIGKILL')
  const run = cli.journal()?.run ?? 'none'
  const [crashed, journals] = [await lab.snapshot(), cli.keep()]
  const done = 'after' in blow && blow.after === journal.records.length
  const forward = async (): Promise<void> => {
    const ended = await cli.run(['resume', run])
    // A run that has ended has nothing to resume: a usage error, and the target stays.
    if (done) expect(ended.exit, ended.said).toBe(2)
    await expectWorld(stage, target, done ? { ...ended, exit: 0 } : ended, `resume, killed ${at}`)
  }
  const back = async (): Promise<void> => expectWorld(stage, before, await cli.run(['rollback', run]), `rollback, killed ${at}`)
  const [one, other] = backFirst ? [back, forward] : [forward, back]
  await one()
  journals()
  await lab.restore(crashed)
  await other()
}

describe.each(Object.values(SCENES))('$name', (scene) => {
  it('killed at any record: resume finishes, rollback restores', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(scene)
    const { journal, target } = await undisturbed(stage)
    expect(changes(stage.before, target).length).toBeGreaterThan(0)
    // Half a header is no journal: see the next test.
    const points = pointsOf(journal).filter((blow) => !('half' in blow && blow.half === 1))
    const began = performance.now()
    for (const [i, blow] of points.entries()) await dieAt(stage, blow, journal, target, i % 2 === 1)
    const seconds = (performance.now() - began) / 1000 / points.length
    tell(`kill -9, ${scene.name}: ${journal.records.length} records, ${points.length} points, resume and rollback at each, ${seconds.toFixed(1)} s a point`)
  })
})
