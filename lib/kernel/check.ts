/** A check only reads, and answers one of five outcomes. `unknown` means "could not look": it is neither pass nor fail. */
import type { Json } from './json.ts'

export type Outcome = 'pass' | 'warn' | 'fail' | 'skip' | 'unknown'

export interface CheckResult {
  readonly outcome: Outcome
  /** What was looked at: `gw-1/eth1`, `172.56.0.233`. Used by `--accept ID` and by `accept:` in the inventory. */
  readonly object?: string | undefined
  readonly detail: string
  /** The next command to type. */
  readonly hint?: string | undefined
  /** Evidence, as JSON. */
  readonly seen?: Json | undefined
  /** Weighs less than its check does: a probe that cannot speak is no reason to stop. */
  readonly level?: 'warning' | undefined
  /** Beside the object, what it goes by: nodes, pods, addresses. Says which failures of the same thing can be its cause. */
  readonly via?: readonly string[] | undefined
  /** No other check's failure explains it, whatever its check needs. */
  readonly own?: boolean | undefined
}

/** `all`: any failure of that check; `same`: one about the same object, or about something it goes by; `unseen`: only for what could not be looked at. */
export type Need = 'all' | 'same' | 'unseen'

export interface Check<Ctx, Args extends Json = Json> {
  /** Stable; a heading of docs/checks.md. */
  readonly id: string
  readonly group: 'node' | 'config' | 'gateway' | 'address' | 'pod' | 'packet' | 'rights'
  /** A capability in the affirmative, so that red text reads as the broken promise. */
  readonly title: string
  /** fatal: later work cannot succeed; warning: reported, does not fail. */
  readonly level: 'fatal' | 'warning'
  readonly reads: string
  readonly why: string
  readonly mend: string
  /** Ids of checks whose failure makes this one fail too: then it is skipped with their name (causes.ts). */
  readonly needs?: Readonly<Record<string, Need>>
  /** A door: while it fails, whatever could not be looked at is put down to it. */
  readonly opens?: true
  run(ctx: Ctx, args: Args): Promise<readonly CheckResult[]>
}

/** A check with its arguments: the value a plan holds. JSON but for `check`, which the registry gives back by id. */
export interface BoundCheck<Ctx> {
  readonly check: Check<Ctx, never>
  readonly args: Json
}

/** What a listener, report or exit code sees of one result. */
export interface Finding extends Omit<CheckResult, 'level' | 'via' | 'own'> {
  readonly id: string
  readonly title: string
  readonly level: 'fatal' | 'warning'
  readonly accepted?: string | undefined
  /** Skipped because that check failed. */
  readonly because?: string | undefined
}

type Rest = Omit<CheckResult, 'outcome' | 'detail'>
const result =
  (outcome: Outcome) =>
  (detail: string, rest: Rest = {}): CheckResult => ({ outcome, detail, ...rest })

export const pass = result('pass')
export const warn = result('warn')
export const fail = result('fail')
export const skip = result('skip')
export const unknown = result('unknown')

/** True when a finding stops a change: a fatal check that failed or could not look, and nobody accepted it. */
export const stops = (f: Finding): boolean => f.accepted === undefined && f.level === 'fatal' && (f.outcome === 'fail' || f.outcome === 'unknown')
