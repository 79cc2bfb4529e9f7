import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startOf } from '../../lib/journal/process.ts'
import { createRun, endRun, findRun, listRuns, openRun, readRecords, stateRoot } from '../../lib/journal/store.ts'
import type { OvngwError } from '../../lib/kernel/errors.ts'

import { cluster, codeOf, header, me, now, stateDir } from './dir.ts'

const dir = stateDir()
const { create } = dir

describe('the store', () => {
  it('lives where XDG says', () => {
    expect(stateRoot({}, '/home/me')).toBe('/home/me/.local/state/ovngw')
    expect(stateRoot({ XDG_STATE_HOME: '/x' }, '/home/me')).toBe('/x/ovngw')
    expect(stateRoot({ XDG_STATE_HOME: 'relative' }, '/home/me')).toBe('/home/me/.local/state/ovngw')
    expect(stateRoot({ XDG_STATE_HOME: '/x' }, '/home/me', '/y')).toBe('/y')
  })

  it('lists runs newest first, with how they ended, and unreadable ones too', async () => {
    const done = await create({ runbook: 'install' })
    await endRun(done, { ending: 'done', exit: 0, left: [] })
    const open = await create({ runbook: 'user: x/../y' })
    await open.close()
    writeFileSync(join(dir.root, cluster, 'zz.jsonl'), 'no journal\n{}\n')
    const runs = await listRuns(dir.root, cluster)
    expect(runs.map((r) => [r.run, r.state?.end?.ending ?? r.problem ?? 'open'])).toEqual([
      ['zz', expect.stringContaining('line 1 is no journal record')],
      ['2026-11-22T10-00-03-user-x-y', 'open'],
      ['2026-11-22T10-00-03-install', 'done'],
    ])
    expect(await listRuns(dir.root)).toEqual(runs)
    expect(await listRuns(join(dir.root, 'nowhere'))).toEqual([])
    expect(await listRuns(dir.root, 'other')).toEqual([])
  })

  it('finds a run by its id or a part that is its own', async () => {
    for (const runbook of ['install', 'install', 'assign']) await (await create({ runbook })).close()
    const found = async (text: string): Promise<string | undefined> =>
      findRun(dir.root, text).then(
        (r) => r.run,
        (e: OvngwError) => `${e.code}: ${e.what}`,
      )
    expect(await found('2026-11-22T10-00-03-install')).toBe('2026-11-22T10-00-03-install')
    expect(await found('assign')).toBe('2026-11-22T10-00-03-assign')
    expect(await found('last')).toBe('2026-11-22T10-00-03-install-2')
    expect(await found('2026-11')).toBe('USAGE: 3 runs are called 2026-11')
    expect(await found('nope')).toBe('USAGE: there is no run nope')
    expect(await codeOf(listRuns(dir.root, '../etc'))).toBe('USAGE')
  })

  it('opens a run whose process is gone, not one that is at work', async () => {
    const journal = await create()
    await journal.close()
    const other = { ...me, pid: process.ppid, start: startOf(process.ppid) }
    writeFileSync(journal.file, readFileSync(journal.file, 'utf8').replace(`"process":${JSON.stringify(me)}`, `"process":${JSON.stringify(other)}`))
    const summary = await findRun(dir.root, 'last')
    expect(await codeOf(openRun(summary, 'resume', me, now))).toBe('LOCKED')
    writeFileSync(journal.file, readFileSync(journal.file, 'utf8').replace(`"start":${other.start}`, `"start":${(other.start ?? 0) + 1}`))
    const again = await openRun(summary, 'resume', me, now)
    expect(again.state.process).toEqual(me)
    expect((await readRecords(again.file)).at(-1)).toMatchObject({ t: 'continue', mode: 'resume' })
    await again.close()
  })

  it('leaves a run open that this process could not go on with', async () => {
    const journal = await create()
    await journal.append({ t: 'begin', id: 'apply:x' })
    await endRun(journal, { ending: 'refused', exit: 6, left: [] })
    expect((await findRun(dir.root, 'last')).state?.end).toBeUndefined()
    const later = await openRun(await findRun(dir.root, 'last'), 'resume', me, now)
    await later.append({ t: 'rollback', why: {} })
    await endRun(later, { ending: 'broken', exit: 5, left: ['x'] })
    expect((await findRun(dir.root, 'last')).state?.end).toMatchObject({ ending: 'broken', left: ['x'] })
  })

  it('leaves a run ended as it was when a rollback of it is declined', async () => {
    const journal = await create()
    await journal.append({ t: 'begin', id: 'apply:x' })
    await endRun(journal, { ending: 'done', exit: 0, left: [] })
    for (const ending of ['planned', 'refused'] as const) {
      const again = await openRun(await findRun(dir.root, 'last'), 'rollback', me, now)
      expect(again.state.end).toBeUndefined()
      await endRun(again, { ending, exit: 0, left: [] })
      expect((await findRun(dir.root, 'last')).state?.end).toMatchObject({ ending: 'done', exit: 0 })
    }
  })

  it.skipIf(process.getuid?.() === 0)('says so when its folder cannot be written (not as dir.root)', async () => {
    mkdirSync(join(dir.root, 'ro'))
    chmodSync(join(dir.root, 'ro'), 0o500)
    expect(await codeOf(createRun(join(dir.root, 'ro'), header, me, now))).toBe('NOT_RUN')
  })

  it('says so when a file stands where its folder should be', async () => {
    writeFileSync(join(dir.root, 'file'), '')
    expect(await codeOf(createRun(join(dir.root, 'file'), header, me, now))).toBe('NOT_RUN')
  })
})
