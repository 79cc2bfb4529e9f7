/**
 * A run told on a terminal: finished blocks are printed once and stay (sections.ts), the steps under way are rows of a live board below
 * them. Knows nothing of how the board is drawn.
 */
import type { Finding } from '../kernel/check.ts'
import type { PlannedStep, RunEvent } from '../kernel/events.ts'
import { nameOfStep } from '../kernel/runbook.ts'
import type { Listener } from './listener.ts'
import { checksBlock, type DoneStep, endBlock, failedBlock, type Look, leftBlock, noteBlock, planBlock, stepsBlock } from './sections.ts'
import { endingText } from './words.ts'

/** What the story is told on. Everything is drawn in the order of the calls. */
export interface Screen {
  width(): number
  readonly color: boolean
  /** A new live board with these rows beside a label; the old one is wiped. */
  open(label: string, titles: readonly string[]): void
  /** What the row waits for. */
  say(row: number, text: string): void
  end(row: number): void
  wipe(): void
  /** Text that stays; the board must be wiped. */
  print(text: string): void
  /** Resolves when everything asked for is drawn. */
  idle(): Promise<void>
}

/** At most this many rows are live: more steps than that move up as those before them end. */
const LIVE = 12

/** The proof at the end of a rollback is told by its findings alone. */
const RESTORED = 'restored'

class Story implements Listener {
  readonly #screen: Screen
  readonly #verbose: boolean
  /** Steps on the board, by row. */
  #rows: readonly PlannedStep[] = []
  #plan: Extract<RunEvent, { ev: 'planned' }> | undefined
  #planShown = false
  #mode: 'fresh' | 'resume' | 'rollback' = 'fresh'
  /** Moved by the time a person took to answer: that is no part of the run. */
  #startedAt = 0
  #last = 0
  #asked = false
  #undoing = false
  /** A writing step has begun. */
  #applying = false
  readonly #begun = new Map<string, number>()
  #findings: { step: string; list: Finding[] } | undefined
  #done: DoneStep[] = []

  constructor(screen: Screen, verbose: boolean) {
    this.#screen = screen
    this.#verbose = verbose
  }

  get #look(): Look {
    return { width: this.#screen.width(), color: this.#screen.color, verbose: this.#verbose }
  }

  get #label(): string {
    return this.#undoing ? 'undo' : this.#applying ? 'apply' : 'look'
  }

  on(e: RunEvent, at: Date): void {
    const now = at.getTime()
    if (this.#asked) this.#startedAt += now - this.#last
    this.#asked = false
    this.#last = now
    switch (e.ev) {
      case 'run-started':
        this.#mode = e.mode
        this.#startedAt = now
        this.#screen.open('look', [e.mode === 'rollback' ? 'reading the journal' : 'looking at the cluster'])
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
    this.#asked = true
    this.#flush()
    this.#showPlan()
    this.#wipe()
    await this.#screen.idle()
  }

  async close(): Promise<void> {
    this.#flush()
    this.#wipe()
    await this.#screen.idle()
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
    this.#rows = rest.length > 0 ? rest : [{ id: step, task: '', title, effect: 'write' }]
    this.#screen.open(
      this.#label,
      this.#rows.map((s) => s.title),
    )
  }

  #say(step: string, text: string): void {
    this.#screen.say(
      this.#rows.findIndex((s) => s.id === step),
      text,
    )
  }

  #finish(step: string, done: DoneStep): void {
    this.#screen.end(this.#rows.findIndex((s) => s.id === step))
    if (this.#findings?.step === step) this.#flush()
    else if (step !== RESTORED) this.#done.push(done)
    this.#begun.delete(step)
  }

  /** Prints the block that is complete: the steps done so far, then the findings of a checks step. */
  #flush(): void {
    if (this.#done.length > 0) this.#print(stepsBlock(this.#label, this.#done, this.#look))
    if (this.#findings !== undefined) this.#print(checksBlock(nameOfStep(this.#findings.step), this.#findings.list, this.#look))
    this.#done = []
    this.#findings = undefined
  }

  #showPlan(): void {
    if (this.#plan === undefined || this.#planShown) return
    this.#planShown = true
    this.#print(planBlock(this.#plan, this.#look))
  }

  #wipe(): void {
    this.#rows = []
    this.#screen.wipe()
  }

  /** Text that stays: the board goes, the text is printed, and the next step opens a new board. */
  #print(text: string): void {
    if (text === '') return
    this.#wipe()
    this.#screen.print(text)
  }
}

export const storyListener = (screen: Screen, options: { readonly verbose: boolean }): Listener => new Story(screen, options.verbose)
