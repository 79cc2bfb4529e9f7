/** A world of cells, tasks that change it in two halves, a journal in memory, and a way to die at any write to either. */
import { z } from 'zod'
import { type LocalEngineOptions, localEngine } from '../../lib/journal/engine.ts'
import type { Entry, Journal } from '../../lib/journal/file.ts'
import { type Record as JournalRecord, lineOf, next, parseRecords, stateOf } from '../../lib/journal/record.ts'
import type { Check } from '../../lib/kernel/check.ts'
import { fail, pass } from '../../lib/kernel/check.ts'
import type { Engine } from '../../lib/kernel/engine.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { RunEvent } from '../../lib/kernel/events.ts'
import { type Json, sameJson } from '../../lib/kernel/json.ts'
import type { Host, Result } from '../../lib/kernel/run.ts'
import type { Runbook } from '../../lib/kernel/runbook.ts'
import type { FinalTask, ReadTask, Step, WriteTask } from '../../lib/kernel/task.ts'

export class Died extends Error {}

/** Counts every write of a process, to journal or world, and ends the process at the n-th. */
export class Death {
  at: number
  count = 0
  dead = false
  constructor(at = Number.POSITIVE_INFINITY) {
    this.at = at
  }
  /** True once: now. Throws ever after. */
  strikes(): boolean {
    if (this.dead) throw new Died('still dead')
    this.count++
    this.dead = this.count === this.at
    return this.dead
  }
}

export type Cells = Map<string, string>

/** What tasks work in: two cells a key, and what went wrong on purpose. */
export interface Toys {
  readonly signal: AbortSignal
  readonly cells: Cells
  readonly death: Death
  /** `apply a`, `undo b`: throws there; called in the middle of the work. */
  trouble(what: string, signal: AbortSignal): Promise<void> | void
  readonly log: string[]
}

function set(toys: Toys, cell: string, value: string | undefined): void {
  if (toys.death.strikes()) throw new Died(`before ${cell}`)
  if (value === undefined) toys.cells.delete(cell)
  else toys.cells.set(cell, value)
}

type PutInput = { readonly key: string; readonly value: string }
type PutBefore = { readonly left?: string; readonly right?: string }

const read = ({ cells }: Toys, key: string): PutBefore => {
  const [left, right] = [cells.get(`${key}.left`), cells.get(`${key}.right`)]
  return { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) }
}

const put: WriteTask<Toys, PutInput, Record<string, Json>, string, string, PutBefore, null> = {
  name: 'put',
  summary: 'set both cells of a key',
  effect: 'write',
  input: z.object({ key: z.string(), value: z.string() }),
  title: ({ key, value }) => `put ${key}=${value}`,
  before: async (toys, { key }) => {
    await toys.trouble(`before ${key}`, toys.signal)
    return read(toys, key)
  },
  apply: async (toys, { key, value }) => {
    toys.log.push(`apply ${key}`)
    set(toys, `${key}.left`, value)
    await toys.trouble(`apply ${key}`, toys.signal)
    set(toys, `${key}.right`, value)
    return null
  },
  undo: async (toys, { key }, before) => {
    toys.log.push(`undo ${key}`)
    set(toys, `${key}.right`, before.right)
    await toys.trouble(`undo ${key}`, toys.signal)
    set(toys, `${key}.left`, before.left)
  },
  holds: async (toys, { key, value }) => {
    await toys.trouble(`holds ${key}`, toys.signal)
    return sameJson(read(toys, key), { left: value, right: value })
  },
}

const looking: ReadTask<Toys, string, Record<string, Json>, string, string, Json> = {
  name: 'look',
  summary: 'look at a key',
  effect: 'read',
  input: z.string(),
  title: (key) => `look ${key}`,
  run: async (toys, key) => {
    toys.log.push(`look ${key}`)
    await toys.trouble(`look ${key}`, toys.signal)
    return toys.cells.get(key) ?? null
  },
}

const settling: ReadTask<Toys, string, Record<string, Json>, string, string, Json> = { ...looking, name: 'settle', settles: true }

const { undo: _undo, ...rest } = put
const burning: FinalTask<Toys, PutInput, Record<string, Json>, string, string, PutBefore, null> = { ...rest, name: 'burn', pointOfNoReturn: 'ashes' }

export const putStep = (key: string, value: string): Step<Toys> => ({ id: `put-${key}`, task: put, input: { key, value } })
export const burnStep = (key: string, value: string): Step<Toys> => ({ id: `burn-${key}`, task: burning, input: { key, value } })
export const look = (key: string): Step<Toys> => ({ id: `look-${key}`, task: looking, input: key })

export const settle = (key: string): Step<Toys> => ({ id: `settle-${key}`, task: settling, input: key })

type Facts = Readonly<Record<string, string>>
type Asked = Readonly<Record<string, string>>

const asBefore: Check<Toys, Facts> = {
  id: 'as-before',
  group: 'gateway',
  title: 'Everything is as before',
  level: 'fatal',
  reads: '',
  why: '',
  mend: '',
  run: async ({ cells }, facts) => [sameJson(Object.fromEntries(cells), facts) ? pass('same') : fail(`is ${JSON.stringify(Object.fromEntries(cells))}`)],
}

/** Puts what is asked, key by key; steps of other kinds by name: `look x`, `settle x`, `burn x`. Plans from facts: keys that hold already are left out. */
export const toyRunbook: Runbook<Toys, Asked, Facts> = {
  name: 'toy',
  summary: 'put values',
  args: z.record(z.string(), z.string()),
  facts: async ({ cells }) => Object.fromEntries(cells),
  plan: (asked, facts) =>
    Object.entries(asked).flatMap(([name, value]): readonly Step<Toys>[] => {
      const [key = '', verb] = name.split(' ').reverse()
      if (verb === 'look') return [look(key)]
      if (verb === 'settle') return [settle(key)]
      if (verb === 'burn') return [burnStep(key, value)]
      return facts[`${key}.left`] === value && facts[`${key}.right`] === value ? [] : [putStep(key, value)]
    }),
  restored: (asked, facts, settled) => {
    const names = Object.keys(asked)
    const until = Math.max(-1, ...settled.map((id) => names.indexOf(`settle ${id.replace('settle-', '')}`)))
    const stay = Object.entries(asked)
      .slice(0, until + 1)
      .filter(([name]) => !name.includes(' '))
    const args = {
      ...facts,
      ...Object.fromEntries(
        stay.flatMap(([key, value]) => [
          [`${key}.left`, value],
          [`${key}.right`, value],
        ]),
      ),
    }
    return [{ check: asBefore as Check<Toys, never>, args }]
  },
}

/** What one process works with: the same cells and the same journal text as the process before it. */
export interface Machine {
  readonly cells: Cells
  journal: string
}

export const machine = (cells: Readonly<Record<string, string>> = {}): Machine => ({ cells: new Map(Object.entries(cells)), journal: '' })

const at = '2026-11-22T10:00:03.000Z'
const me = { pid: 1, by: 'me@here', version: '0' }

/** A journal over `machine.journal`; death leaves the line out, or half of it. */
function memoryJournal(on: Machine, death: Death): Journal {
  if (on.journal === '') {
    const start: JournalRecord = {
      t: 'start',
      v: 1,
      at,
      run: 'r',
      runbook: 'toy',
      source: 's',
      args: {},
      site: {},
      cluster: 'c',
      context: 'x',
      server: 'y',
      process: me,
    }
    on.journal = lineOf(start)
  }
  const { records, length } = parseRecords(on.journal, 'memory')
  on.journal = on.journal.slice(0, length)
  let state = stateOf(records, 'memory')
  return {
    file: 'memory',
    get state() {
      return state
    },
    append: async (entry: Entry) => {
      const record = { at, ...entry } as JournalRecord
      const line = lineOf(record)
      if (death.strikes()) {
        on.journal += line.slice(0, death.at % 2 === 0 ? line.length / 2 : 0)
        throw new Died('at the journal')
      }
      on.journal += line
      state = next(state, JSON.parse(line) as JournalRecord)
      return record
    },
    note: async () => 'memory',
    close: async () => undefined,
  }
}

export interface Life {
  readonly engine: Engine
  readonly host: Host<Toys>
  readonly events: RunEvent[]
  readonly log: string[]
  readonly death: Death
}

export type Trouble = Partial<Record<string, (signal: AbortSignal) => Promise<void> | void>>

/** One process on a machine. */
export function process(on: Machine, { dies, trouble = {}, ...options }: Partial<LocalEngineOptions> & { dies?: number; trouble?: Trouble } = {}): Life {
  const death = new Death(dies)
  const [events, log]: [RunEvent[], string[]] = [[], []]
  const inner = localEngine({
    signal: new AbortController().signal,
    gate: async (id, { resumed }) => {
      log.push(`gate ${id}${resumed ? ' resumed' : ''}`)
    },
    pause: async () => undefined,
    ...options,
    journal: memoryJournal(on, death),
  })
  const isDeath = (e: unknown): boolean => e instanceof Died || (e instanceof OvngwError && e.cause instanceof Died)
  return {
    engine: { ...inner, stop: (e) => (isDeath(e) ? undefined : inner.stop(e)) },
    host: {
      context: (signal) => {
        if (death.dead) throw new Died('still dead')
        return { signal, cells: on.cells, death, log, trouble: (what, s) => trouble[what]?.(s) }
      },
      emit: (event) => events.push(event),
      accepted: () => undefined,
    },
    events,
    log,
    death,
  }
}

/** The result of a run, or 'died'. */
export async function outcome(run: Promise<Result>): Promise<Result | 'died'> {
  try {
    return await run
  } catch (e) {
    if (e instanceof Died || (e instanceof OvngwError && e.cause instanceof Died)) return 'died'
    throw e
  }
}

export const cellsOf = (on: Machine): Readonly<Record<string, string>> => Object.fromEntries(on.cells)
