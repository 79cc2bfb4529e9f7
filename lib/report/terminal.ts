/**
 * A run on a terminal. Finished blocks are printed once and stay (sections.ts); what is under way is a live board below them, drawn by
 * listr2 and wiped when it is over. listr2 only draws: rows follow our events, its signals, rollback and errors are not used.
 */
import { DefaultRenderer, Listr } from 'listr2'
import type { Finding } from '../kernel/check.ts'
import type { PlannedStep, RunEvent } from '../kernel/events.ts'
import type { Listener } from './listener.ts'
import type { Out } from './out.ts'
import { checksBlock, type DoneStep, endBlock, failedBlock, type Look, leftBlock, noteBlock, planBlock, stepsBlock } from './sections.ts'
import { clip, harmless } from './style.ts'
import { endingText } from './words.ts'

/** listr2 draws on every event; a terminal needs ten frames a second. */
class Calm extends DefaultRenderer {
  #last = 0
  override update(): void {
    const now = performance.now()
    if (now - this.#last < 90) return
    this.#last = now
    super.update()
  }
}

interface Row {
  title: string
  readonly over: Promise<void>
  end(): void
  show?: (title: string, output: string) => void
}

const rowOf = (title: string): Row => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { title, over: promise, end: resolve }
}

/** At most `LIVE` rows; more steps than that share the last one. */
const LIVE = 12

/** The live part: rows in order, each ended by us. */
class Board {
  readonly #rows: readonly Row[]
  readonly #drawn: Promise<unknown>
  readonly #width: number

  constructor(titles: readonly string[], width: number) {
    this.#width = width
    this.#rows = titles.map((t) => rowOf(clip(harmless(t), width - 6)))
    const list = new Listr(
      this.#rows.map((row) => ({
        title: row.title,
        task: (_: unknown, task: { title: string; output: string }): Promise<void> => {
          row.show = (title, output) => Object.assign(task, { title, output })
          return row.over
        },
      })),
      {
        renderer: Calm,
        registerSignalListeners: false,
        exitOnError: false,
        forceTTY: true,
        rendererOptions: { clearOutput: true, formatOutput: 'truncate' },
      },
    )
    this.#drawn = list.run().catch(() => undefined)
  }

  say(row: number, title: string, text: string): void {
    this.#rows[row]?.show?.(clip(harmless(title), this.#width - 6), clip(harmless(text), this.#width - 8))
  }

  end(row: number): void {
    this.#rows[row]?.end()
  }

  async stop(): Promise<void> {
    for (const row of this.#rows) row.end()
    await this.#drawn
  }
}

class Terminal implements Listener {
  readonly #out: Out
  readonly #verbose: boolean
  #board: Board | undefined
  /** Steps on the board, by row. */
  #rows: readonly PlannedStep[] = []
  /** Drawing is asynchronous and in order. */
  #work: Promise<void> = Promise.resolve()
  #plan: Extract<RunEvent, { ev: 'planned' }> | undefined
  #planShown = false
  #mode: 'fresh' | 'resume' | 'rollback' = 'fresh'
  #startedAt = 0
  #undoing = false
  /** A writing step has begun. */
  #applying = false
  readonly #begun = new Map<string, number>()
  #findings: { step: string; list: Finding[] } | undefined
  #done: DoneStep[] = []

  constructor(out: Out, verbose: boolean) {
    this.#out = out
    this.#verbose = verbose
  }

  get #look(): Look {
    return { width: this.#out.columns ?? 80, color: this.#out.color, verbose: this.#verbose }
  }

  on(e: RunEvent, at: Date): void {
    const now = at.getTime()
    switch (e.ev) {
      case 'run-started':
        this.#mode = e.mode
        this.#startedAt = now
        this.#open([e.mode === 'rollback' ? 'reading the journal' : 'looking at the cluster'])
        return
      case 'planned':
        this.#plan = e
        return
      case 'step-started':
        this.#begun.set(e.step, this.#begun.get(e.step) ?? now)
        if (e.phase !== 'run' && !this.#applying) this.#flush()
        this.#applying ||= e.phase !== 'run'
        this.#start(e.step, e.title)
        return
      case 'step-progress':
        this.#say(e.step, e.text)
        return
      case 'finding':
        this.#find(e.step, e.finding)
        return
      case 'note':
        this.#print(noteBlock(e.title, e.text, this.#look))
        return
      case 'step-done':
        if (this.#verbose && e.phase === 'run' && this.#findings?.step !== e.step && e.value !== null)
          this.#print(noteBlock(e.title, JSON.stringify(e.value, null, 2), this.#look))
        if (e.phase !== 'before') this.#finish(e.step, { title: e.title, ok: true, ms: now - (this.#begun.get(e.step) ?? now), replayed: e.replayed === true })
        return
      case 'step-failed':
        this.#finish(e.step, { title: e.title, ok: false, ms: now - (this.#begun.get(e.step) ?? now), replayed: false })
        return
      case 'rollback-started':
        this.#flush()
        this.#undoing = true
        this.#applying = true
        this.#begun.clear()
        if (this.#mode !== 'rollback') this.#print(failedBlock(e.why, this.#look))
        return
      case 'run-ended':
        this.#flush()
        this.#print(leftBlock(e.left, this.#look))
        this.#print(endBlock(e, endingText(e, now - this.#startedAt, this.#mode), this.#look))
    }
  }

  async settle(): Promise<void> {
    this.#flush()
    this.#showPlan()
    this.#close()
    await this.#work
  }

  async close(): Promise<void> {
    this.#flush()
    this.#close()
    await this.#work
  }

  /** A finding opens the block of its step; another step's closes it. */
  #find(step: string, finding: Finding): void {
    if (this.#findings?.step !== step) this.#flush()
    this.#findings ??= { step, list: [] }
    this.#findings.list.push(finding)
  }

  #start(step: string, title: string): void {
    if (this.#findings !== undefined) this.#flush()
    if (this.#rows.some((s) => s.id === step)) return
    const steps = this.#plan?.steps ?? []
    const from = Math.max(
      0,
      steps.findIndex((s) => s.id === step),
    )
    const until = steps.findIndex((s, i) => i > from && s.effect === 'write')
    const end = this.#applying || until < 0 ? steps.length : until
    const rest = this.#undoing ? [] : steps.slice(from, Math.min(end, from + LIVE))
    this.#close()
    this.#rows = rest.length > 0 ? rest : [{ id: step, task: '', title, effect: 'write' }]
    this.#open(this.#rows.map((s) => s.title))
  }

  #say(step: string, text: string): void {
    const row = this.#rows.findIndex((s) => s.id === step)
    const title = this.#rows[row]?.title ?? ''
    this.#queue(async () => this.#board?.say(row, title, text))
  }

  #finish(step: string, done: DoneStep): void {
    const row = this.#rows.findIndex((s) => s.id === step)
    this.#queue(async () => this.#board?.end(row))
    if (this.#findings?.step === step) this.#flush()
    else if (!this.#isChecks(step)) this.#done.push(done)
    this.#begun.delete(step)
  }

  #isChecks(step: string): boolean {
    return step === 'restored'
  }

  /** Prints the block that is complete: the steps done so far, then the findings of a checks step. */
  #flush(): void {
    if (this.#done.length > 0) this.#print(stepsBlock(this.#undoing ? 'undo' : this.#applying ? 'apply' : 'look', this.#done, this.#look))
    if (this.#findings !== undefined) this.#print(checksBlock(this.#findings.step, this.#findings.list, this.#look))
    this.#done = []
    this.#findings = undefined
  }

  #showPlan(): void {
    if (this.#plan === undefined || this.#planShown) return
    this.#planShown = true
    this.#print(planBlock(this.#plan, this.#look))
  }

  #open(titles: readonly string[]): void {
    this.#queue(async () => {
      this.#board = new Board(titles, this.#look.width)
    })
  }

  #close(): void {
    this.#rows = []
    this.#queue(async () => {
      await this.#board?.stop()
      this.#board = undefined
    })
  }

  /** Text that stays: the board goes, the text is printed, and the next step opens a new board. */
  #print(text: string): void {
    if (text === '') return
    this.#close()
    this.#queue(async () => this.#out.write(text))
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined)
  }
}

export const terminalListener = (out: Out, options: { readonly verbose: boolean }): Listener => new Terminal(out, options.verbose)
