/** Run as a process of its own: drives the toy runbook on a real journal and kills itself (SIGKILL) after its n-th record. argv: FOLDER N resume|rollback|fresh */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { localEngine } from '../../lib/journal/engine.ts'
import type { Journal } from '../../lib/journal/file.ts'
import { thisProcess } from '../../lib/journal/process.ts'
import { createRun, endRun, findRun, openRun } from '../../lib/journal/store.ts'
import { drive, rollBack } from '../../lib/kernel/run.ts'
import { Death, toyRunbook } from '../kernel/toys.ts'

const [folder = '', n = '0', mode = 'fresh'] = process.argv.slice(2)
const store = join(folder, 'cells.json')
const asked = { a: '1', b: '2' }

/** Cells on disk: what was written before the kill is there afterwards. */
class DiskCells extends Map<string, string> {
  #keep(): void {
    writeFileSync(store, JSON.stringify([...this]))
  }
  override set(key: string, value: string): this {
    super.set(key, value)
    this.#keep()
    return this
  }
  override delete(key: string): boolean {
    const was = super.delete(key)
    this.#keep()
    return was
  }
}

const cells = new DiskCells()
if (existsSync(store)) for (const [k, v] of JSON.parse(readFileSync(store, 'utf8')) as [string, string][]) cells.set(k, v)

const now = (): Date => new Date()
const me = thisProcess('0')
const header = { runbook: 'toy', source: 'runbook:toy', args: asked, site: {}, cluster: 'c', context: 'x', server: 'y' }
const journal =
  mode === 'fresh' ? await createRun(folder, header, me, now) : await openRun(await findRun(folder, 'last'), mode === 'resume' ? 'resume' : 'rollback', me, now)

let count = 0
const mortal: Journal = {
  ...journal,
  get state() {
    return journal.state
  },
  append: async (entry) => {
    const record = await journal.append(entry)
    if (++count === Number(n)) process.kill(process.pid, 'SIGKILL')
    return record
  },
}
const engine = localEngine({ journal: mortal, signal: new AbortController().signal, gate: async () => undefined })
const host = {
  context: (signal: AbortSignal) => ({ signal, cells, death: new Death(), log: [], trouble: () => undefined }),
  emit: () => undefined,
  accepted: () => undefined,
}
const result = await (mode === 'rollback' ? rollBack(toyRunbook, asked, engine, host) : drive(toyRunbook, asked, engine, host))
await endRun(journal, result)
process.stdout.write(JSON.stringify({ ending: result.ending, exit: result.exit, left: result.left, count, cells: Object.fromEntries(cells) }))
