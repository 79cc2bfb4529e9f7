/** Without a terminal: one line an event, no cursor codes, stable enough to grep. */
import type { Finding } from '../kernel/check.ts'
import type { Phase, RunEvent } from '../kernel/events.ts'
import type { Listener } from './listener.ts'
import type { Out } from './out.ts'
import { duration, harmless } from './style.ts'
import { endingText, findingText, tally } from './words.ts'

const PHASE: Readonly<Record<Phase, string>> = { run: '', before: 'look before', apply: '', undo: 'undo' }
const OUTCOME: Readonly<Record<Finding['outcome'], string>> = { pass: 'pass', warn: 'WARN', fail: 'FAIL', skip: 'skip', unknown: 'UNKNOWN' }

export interface PlainOptions {
  /** Also findings that passed, and the reading half of writing steps. */
  readonly verbose: boolean
}

class Plain implements Listener {
  readonly #out: Out
  readonly #verbose: boolean
  readonly #started = new Map<string, number>()
  readonly #findings = new Map<string, Finding[]>()
  readonly #last = new Map<string, string>()
  #mode: 'fresh' | 'resume' | 'rollback' = 'fresh'

  constructor(out: Out, options: PlainOptions) {
    this.#out = out
    this.#verbose = options.verbose
  }

  on(event: RunEvent, at: Date): void {
    for (const line of this.#lines(event, at.getTime())) this.#out.write(`${harmless(line.replaceAll('\n', ' '))}\n`)
  }

  async settle(): Promise<void> {}
  async close(): Promise<void> {}

  #lines(e: RunEvent, at: number): readonly string[] {
    switch (e.ev) {
      case 'run-started':
        this.#mode = e.mode
        this.#started.set('', at)
        return [`${e.mode === 'fresh' ? 'run' : e.mode} ${e.run}: ${e.runbook}, ${e.summary}`]
      case 'planned':
        return planLines(e)
      case 'step-started':
        this.#started.set(`${e.phase}:${e.step}`, at)
        return e.phase === 'before' && !this.#verbose ? [] : [`${lead(e.phase, e.step)}: ${e.title === e.step ? 'started' : e.title}`]
      case 'step-progress':
        return this.#progress(e.step, e.text)
      case 'finding':
        this.#findings.set(e.step, [...(this.#findings.get(e.step) ?? []), e.finding])
        return this.#finding(e.step, e.finding)
      case 'note':
        return [
          `${e.step}: note ${e.title}`,
          ...e.text
            .trimEnd()
            .split('\n')
            .map((l) => `  ${l}`),
        ]
      case 'step-done':
        return this.#done(e, at)
      case 'step-failed':
        return [`${lead(e.phase, e.step)}: FAILED ${e.error.what}${e.error.why === undefined ? '' : `: ${e.error.why}`}`]
      case 'rollback-started':
        return [`rollback: ${e.steps === 1 ? '1 step' : `${e.steps} steps`} to undo${this.#mode === 'rollback' ? '' : `, because ${e.why.what}`}`]
      case 'run-ended':
        return [...e.left.map((l) => `left: ${l}`), endingText(e, at - (this.#started.get('') ?? at), this.#mode)]
    }
  }

  /** A wait looks several times a second; a reason is said once. */
  #progress(step: string, text: string): readonly string[] {
    if (this.#last.get(step) === text) return []
    this.#last.set(step, text)
    return [`${step}: ... ${text}`]
  }

  #finding(step: string, f: Finding): readonly string[] {
    if (f.outcome === 'pass' && !this.#verbose) return []
    const hint = f.hint === undefined || f.outcome === 'pass' ? '' : ` -> ${f.hint}`
    return [`${step}: ${OUTCOME[f.outcome]} ${findingText(f)}${hint}`]
  }

  #done(e: Extract<RunEvent, { ev: 'step-done' }>, at: number): readonly string[] {
    if (e.phase === 'before' && !this.#verbose) return []
    const findings = this.#findings.get(e.step)
    const since = this.#started.get(`${e.phase}:${e.step}`)
    const took = e.replayed === true ? 'already done' : since === undefined ? 'done' : `done (${duration(at - since)})`
    const value = this.#verbose && e.phase === 'run' && findings === undefined && e.value !== null ? ` = ${JSON.stringify(e.value)}` : ''
    return [`${lead(e.phase, e.step)}: ${findings === undefined ? took : `${took}, ${tally(findings)}`}${value}`]
  }
}

const lead = (phase: Phase, step: string): string => (PHASE[phase] === '' ? step : `${PHASE[phase]} ${step}`)

function planLines(e: Extract<RunEvent, { ev: 'planned' }>): readonly string[] {
  const writing = e.steps.filter((s) => s.effect === 'write')
  return [
    ...(writing.length === 0 ? ['plan: nothing to change'] : []),
    ...e.changes.flatMap((c) => [`plan: ${c.action} ${c.object}`, ...c.diff.map((d) => `plan:   ${d}`)]),
    ...writing.map((s) => `plan: will do: ${s.title}${s.pointOfNoReturn === undefined ? '' : ` (CANNOT BE UNDONE: ${s.pointOfNoReturn})`}`),
    ...e.effects.map((t) => `plan: effect: ${t}`),
  ]
}

export const plainListener = (out: Out, options: PlainOptions): Listener => new Plain(out, options)
