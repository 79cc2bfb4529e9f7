/** One journal on disk, open for writing: every record is synced before `append` resolves. */
import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OvngwError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'
import { type Header, lineOf, next, type Process, parseRecords, type Record, type RunState, stateOf, VERSION } from './record.ts'
import { redact } from './redact.ts'

type Bare<R> = R extends unknown ? Omit<R, 'at'> : never
/** A record before it is stamped. */
export type Entry = Bare<Record>

export interface Journal {
  readonly file: string
  /** What the records so far amount to, those of earlier processes included. */
  readonly state: RunState
  /** Stamps, redacts, writes and syncs; resolves with what is on disk. @throws OvngwError NOT_RUN when the disk refuses. */
  append(entry: Entry): Promise<Record>
  /** Keeps a text for people as a file beside the journal (mode 0600); its path. */
  note(step: string, title: string, text: string): Promise<string>
  close(): Promise<void>
}

export type Clock = () => Date

const cannotWrite = (file: string, thrown: unknown): OvngwError =>
  new OvngwError('NOT_RUN', {
    what: `cannot write the journal ${file}`,
    why: thrown instanceof Error ? thrown.message : String(thrown),
    hint: `df -h ${dirname(file)}; another place: --state-dir`,
    cause: thrown,
  })

/** A new journal; undefined when a run of that id is there already. Folders 0700, file 0600. */
export async function createJournal(file: string, header: Header, process: Process, now: Clock): Promise<Journal | undefined> {
  const folder = dirname(file)
  let handle: FileHandle
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    handle = await open(file, 'ax', 0o600)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return undefined
    throw cannotWrite(file, thrown)
  }
  try {
    const { value, found } = redact({ t: 'start', v: VERSION, at: now().toISOString(), ...header, process } as unknown as Json)
    const redacted = found.filter((path) => path.startsWith('args'))
    const first = { ...(value as object), ...(redacted.length > 0 ? { redacted } : {}) } as Record
    await handle.appendFile(lineOf(first))
    await handle.sync()
    await syncFolder(folder)
    await syncFolder(dirname(folder))
    return journalOf(file, handle, Buffer.byteLength(lineOf(first)), stateOf([JSON.parse(lineOf(first)) as Record], file), now)
  } catch (thrown) {
    await handle.close()
    throw cannotWrite(file, thrown)
  }
}

/** An existing journal, for appending: a torn last line is cut off first. */
export async function openJournal(file: string, now: Clock): Promise<Journal> {
  const handle = await open(file, 'a+', 0o600).catch((thrown: unknown) => {
    throw cannotWrite(file, thrown)
  })
  try {
    const bytes = await handle.readFile()
    const text = bytes.toString('utf8')
    const { records, length } = parseRecords(text, file)
    const whole = Buffer.byteLength(text.slice(0, length))
    const state = stateOf(records, file)
    if (whole < bytes.length) {
      await handle.truncate(whole)
      await handle.sync()
    }
    return journalOf(file, handle, whole, state, now)
  } catch (thrown) {
    await handle.close()
    throw thrown instanceof OvngwError ? thrown : cannotWrite(file, thrown)
  }
}

function journalOf(file: string, handle: FileHandle, written: number, initial: RunState, now: Clock): Journal {
  let [state, size] = [initial, written]
  let last: Promise<unknown> = Promise.resolve()
  const write = async (entry: Entry): Promise<Record> => {
    const line = lineOf(redact({ at: now().toISOString(), ...entry } as unknown as Json).value as unknown as Record)
    try {
      await handle.appendFile(line)
      await handle.datasync()
    } catch (thrown) {
      await handle.truncate(size).catch(() => undefined) // half a line in the middle would make the file unreadable
      throw cannotWrite(file, thrown)
    }
    size += Buffer.byteLength(line)
    const record = JSON.parse(line) as Record
    state = next(state, record)
    return record
  }
  const append = (entry: Entry): Promise<Record> => {
    const mine = last.then(() => write(entry))
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    file,
    get state() {
      return state
    },
    append,
    note: async (step, title, text) => {
      const path = notePath(dirname(file), state, step, title)
      try {
        await writeFile(path, text, { mode: 0o600, flush: true })
      } catch (thrown) {
        throw cannotWrite(path, thrown)
      }
      await append({ t: 'note', step, title, file: path })
      return path
    },
    close: async () => {
      await last
      await handle.close()
    },
  }
}

/** A file for each note: another title in the same step gets a number. The same note again (a resume) goes over the old one. */
function notePath(folder: string, { header, notes }: RunState, step: string, title: string): string {
  const stem = join(folder, `${header.run}.${step.replaceAll(/[^\w-]+/g, '-')}`)
  const taken = (path: string): boolean => notes.some((n) => n.file === path && !(n.step === step && n.title === title))
  for (let n = 1; ; n++) {
    const path = n === 1 ? `${stem}.txt` : `${stem}-${n}.txt`
    if (!taken(path)) return path
  }
}

/** A new name in a folder is on disk only when the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
