/**
 * A journal that is in memory until `keep()`: a plan that is declined, refused or has nothing to do leaves nothing on disk. What stood
 * in memory is written and synced first, so from `keep()` on it is an ordinary journal.
 */
import { join } from 'node:path'
import { type Clock, createJournal, type Entry, type Journal } from '../journal/file.ts'
import { type Header, lineOf, next, type Process, type Record, type RunState, stateOf, VERSION } from '../journal/record.ts'
import { OvngwError } from '../kernel/errors.ts'

export interface LazyJournal extends Journal {
  /** Writes what was kept in memory so far; from now on every record is on disk before `append` resolves. */
  keep(): Promise<void>
  readonly kept: boolean
}

interface Note {
  readonly step: string
  readonly title: string
  readonly text: string
}

export function lazyJournal(root: string, header: Header, process: Process, now: Clock): LazyJournal {
  const file = join(root, header.cluster, `${header.run}.jsonl`)
  const first: Record = { t: 'start', v: VERSION, at: now().toISOString(), ...header, process }
  const pending: (Entry | Note)[] = []
  let memory: RunState = stateOf([JSON.parse(lineOf(first)) as Record], file)
  let disk: Journal | undefined
  return {
    file,
    get state() {
      return disk?.state ?? memory
    },
    get kept() {
      return disk !== undefined
    },
    append: async (entry) => {
      if (disk !== undefined) return disk.append(entry)
      const record = { at: now().toISOString(), ...entry } as Record
      pending.push(entry)
      memory = next(memory, record)
      return record
    },
    note: async (step, title, text) => {
      if (disk !== undefined) return disk.note(step, title, text)
      pending.push({ step, title, text })
      return file
    },
    keep: async () => {
      if (disk !== undefined) return
      const made = await createJournal(file, header, process, now)
      if (made === undefined)
        throw new OvngwError('LOCKED', {
          what: `run ${header.run} is there already`,
          why: 'another run began in the same second',
          hint: 'run the command again',
        })
      for (const p of pending) await ('text' in p ? made.note(p.step, p.title, p.text) : made.append(p))
      disk = made
    },
    close: async () => disk?.close(),
  }
}
