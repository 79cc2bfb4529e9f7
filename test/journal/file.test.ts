import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { openJournal } from '../../lib/journal/file.ts'
import { lifeOf } from '../../lib/journal/process.ts'
import { type Record, stateOf } from '../../lib/journal/record.ts'
import { readRecords } from '../../lib/journal/store.ts'
import type { Json } from '../../lib/kernel/json.ts'
import { cluster, codeOf, header, me, now, stateDir } from './dir.ts'

const dir = stateDir()
const { create } = dir
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('a journal on disk', () => {
  it('is named by time and runbook, and belongs to its owner alone', async () => {
    const [one, two] = [await create(), await create()]
    expect(one.file).toBe(join(dir.root, cluster, '2026-11-22T10-00-03-install.jsonl'))
    expect(two.state.header.run).toBe('2026-11-22T10-00-03-install-2')
    expect([mode(join(dir.root, cluster)), mode(one.file)]).toEqual(['700', '600'])
    const note = await one.note('recovery card', 'Recovery', 'ip link set eth1 up\n')
    expect([mode(note), readFileSync(note, 'utf8')]).toEqual(['600', 'ip link set eth1 up\n'])
    expect(readdirSync(join(dir.root, cluster))).toContain('2026-11-22T10-00-03-install.recovery-card.txt')
    const again = await one.note('recovery card', 'Another', 'x')
    expect([await one.note('recovery card', 'Recovery', 'y'), await one.note('recovery card', 'Another', 'z')]).toEqual([note, again])
    expect([readFileSync(note, 'utf8'), readFileSync(again, 'utf8')]).toEqual(['y', 'z'])
    await Promise.all([one.close(), two.close()])
  })

  it('begins with who runs what where', async () => {
    const journal = await create({ args: { eip: '172.56.0.233' } })
    await journal.close()
    const [first] = await readRecords(journal.file)
    expect(first).toEqual({
      t: 'start',
      v: 1,
      at: '2026-11-22T10:00:03.123Z',
      ...header,
      run: '2026-11-22T10-00-03-install',
      args: { eip: '172.56.0.233' },
      process: me,
    })
    expect(me).toEqual({ pid: process.pid, start: expect.any(Number), by: expect.stringMatching(/^\S+@\S+$/), version: '0.1.0' })
  })

  it('keeps what was appended, in order, whoever appends at once', async () => {
    const entries = fc.array(fc.record({ t: fc.constant('value' as const), id: fc.string(), value: fc.jsonValue() as fc.Arbitrary<Json> }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const journal = await create()
        await Promise.all(list.map((e) => journal.append(e)))
        await journal.close()
        const [, ...kept] = await readRecords(journal.file)
        expect(kept.map(({ at: _at, ...e }) => e)).toEqual(JSON.parse(JSON.stringify(list)))
        const again = await openJournal(journal.file, now)
        expect([...again.state.kept]).toEqual([...journal.state.kept])
        await again.close()
      }),
      { numRuns: 15 },
    )
  })

  it('is synced after every record, before anything goes on', async () => {
    const journal = await create()
    const probe = await open(journal.file, 'r')
    const sync = vi.spyOn(Object.getPrototypeOf(probe) as { datasync(): Promise<void> }, 'datasync')
    const order: string[] = []
    sync.mockImplementation(async () => void order.push(`synced ${readFileSync(journal.file, 'utf8').split('\n').length - 2}`))
    try {
      for (const id of ['a', 'b']) {
        await journal.append({ t: 'begin', id })
        order.push(id)
      }
    } finally {
      sync.mockRestore()
      await probe.close()
      await journal.close()
    }
    expect(order).toEqual(['synced 1', 'a', 'synced 2', 'b'])
  })

  it('of a run over ten thousand pods is read back in no time', () => {
    const at = now().toISOString()
    const start = { t: 'start' as const, v: 1, at, ...header, run: 'r', process: me }
    const many = Array.from({ length: 40_000 }, (_, i): Record => ({ t: 'value', id: `apply:annotate#${i}`, value: null, at }))
    const began = performance.now()
    expect(stateOf([start, ...many], 'x').kept.size).toBe(40_000)
    expect(performance.now() - began).toBeLessThan(2_000) // a copy of the map at each record takes minutes
  })

  it('survives a torn last line, wherever it was torn: the records before it stand, and the next goes on a line of its own', async () => {
    const journal = await create()
    await journal.append({ t: 'value', id: 'é', value: 'ü' })
    const whole = readFileSync(journal.file)
    await journal.append({ t: 'value', id: 'torn', value: { text: 'äöü\n' } })
    await journal.close()
    const full = readFileSync(journal.file)
    for (let cut = whole.length; cut < full.length; cut++) {
      writeFileSync(journal.file, full.subarray(0, cut))
      const again = await openJournal(journal.file, now)
      expect([...again.state.kept.keys()]).toEqual(['é'])
      await again.append({ t: 'begin', id: 'next' })
      await again.close()
      expect((await readRecords(journal.file)).map((r) => ('id' in r ? r.id : r.t))).toEqual(['start', 'é', 'next'])
    }
    writeFileSync(journal.file, Buffer.concat([whole, Buffer.alloc(64)])) // what a file system leaves after a power cut
    expect((await readRecords(journal.file)).length).toBe(2)
  })

  it.each([
    ['a bad line in the middle', (t: string) => t.replace('"t":"begin"', '"t":'), 'PARSE'],
    ['an unknown record', (t: string) => t.replace('"t":"begin"', '"t":"dance"'), 'PARSE'],
    ['a newer version', (t: string) => t.replace('"v":1', '"v":2'), 'PARSE'],
    ['no header', (t: string) => t.slice(t.indexOf('\n') + 1), 'PARSE'],
    ['two headers', (t: string) => t + t, 'PARSE'],
    ['nothing', () => '', 'PARSE'],
    ['no fault', (t: string) => t, undefined],
  ])('with %s', async (_name, spoil, code) => {
    const journal = await create()
    await journal.append({ t: 'begin', id: 'a' })
    await journal.append({ t: 'begin', id: 'b' })
    await journal.close()
    writeFileSync(journal.file, spoil(readFileSync(journal.file, 'utf8')))
    expect(await codeOf(openJournal(journal.file, now).then((j) => j.close()))).toBe(code)
  })
})

describe('a process', () => {
  it('is told apart from the next one with its pid, and from those of other hosts', () => {
    expect(lifeOf(me)).toBe('alive')
    expect(lifeOf({ ...me, start: 1 })).toBe('dead')
    expect(lifeOf({ ...me, pid: 2 ** 22 + 1 })).toBe('dead')
    expect(lifeOf({ ...me, by: 'x@elsewhere.example' })).toBe('elsewhere')
  })
})
