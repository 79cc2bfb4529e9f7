/** The one event stream. The runner emits; terminal, plain lines, JSON lines and reports listen and only draw. No clock here: listeners stamp. */
import type { Finding } from './check.ts'
import type { Json } from './json.ts'

export type Phase = 'run' | 'before' | 'apply' | 'undo'

/** One object a plan creates, updates or deletes, with the lines of a diff (` same`, `-old`, `+new`). */
export type Change = {
  readonly object: string
  readonly action: 'create' | 'update' | 'delete'
  readonly diff: readonly string[]
}

export interface PlannedStep {
  readonly id: string
  readonly task: string
  readonly title: string
  readonly effect: 'read' | 'write'
  /** Set when the step cannot be undone: why. */
  readonly pointOfNoReturn?: string | undefined
}

export type Ending =
  | 'done' // at the target, proved by the runbook's checks
  | 'nothing-to-do'
  | 'planned' // stopped at the gate: dry run or declined
  | 'refused' // a check or an error stopped it before the first write
  | 'restored' // failed or cancelled, put back and proved
  | 'broken' // not put back: see `left`

export interface ErrorView {
  readonly code: string
  readonly what: string
  readonly why?: string | undefined
  readonly hint?: string | undefined
}

export type RunEvent =
  | { readonly ev: 'run-started'; readonly run: string; readonly runbook: string; readonly summary: string; readonly mode: 'fresh' | 'resume' | 'rollback' }
  | { readonly ev: 'planned'; readonly steps: readonly PlannedStep[]; readonly changes: readonly Change[]; readonly effects: readonly string[] }
  | { readonly ev: 'step-started'; readonly step: string; readonly title: string; readonly phase: Phase }
  | { readonly ev: 'step-progress'; readonly step: string; readonly text: string }
  | { readonly ev: 'finding'; readonly step: string; readonly finding: Finding }
  | { readonly ev: 'note'; readonly step: string; readonly title: string; readonly text: string }
  | {
      readonly ev: 'step-done'
      readonly step: string
      readonly title: string
      readonly phase: Phase
      readonly value?: Json | undefined
      readonly replayed?: boolean
    }
  | { readonly ev: 'step-failed'; readonly step: string; readonly title: string; readonly phase: Phase; readonly error: ErrorView }
  | { readonly ev: 'rollback-started'; readonly why: ErrorView; readonly steps: number }
  | {
      readonly ev: 'run-ended'
      readonly run: string
      readonly ending: Ending
      readonly exit: number
      readonly summary: string
      readonly left: readonly string[]
      readonly error?: ErrorView | undefined
    }

export type Emit = (event: RunEvent) => void
