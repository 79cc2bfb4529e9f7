/** Sentences shared by the listeners, so that terminal and plain lines say the same. */
import type { Finding, Outcome } from '../kernel/check.ts'
import { stops } from '../kernel/check.ts'
import type { Ending, RunEvent } from '../kernel/events.ts'
import { duration, harmless } from './style.ts'

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** Of a check's results the one that says most of it. */
const GRAVITY: readonly Kind[] = ['fail', 'unknown', 'warn', 'not judged', 'pass', 'skip']
/** What failed because of another's failure says neither that it is well nor that there was nothing to do. */
type Kind = Outcome | 'not judged'
const kindOf = (f: Finding): Kind => (f.because === undefined ? f.outcome : 'not judged')

/**
 * `14 checks, 1 failed in 3 places, 4 not judged (gateway-bridge), 1 warning`: distinct checks, each counted once by its gravest result that
 * nobody accepted; places are results. Outcomes nobody had are left out but `failed`.
 */
export function tally(findings: readonly Finding[]): string {
  const open = findings.filter((f) => f.accepted === undefined)
  const gravest = [...Map.groupBy(open, (f) => f.id).values()].map((all) => GRAVITY.find((k) => all.some((f) => kindOf(f) === k)))
  const of = (kind: Kind): number => gravest.filter((k) => k === kind).length
  const places = open.filter((f) => f.outcome === 'fail').length
  const causes = new Set(open.flatMap((f) => f.because ?? []))
  const accepted = findings.length - open.length
  const rest = [
    of('warn') > 0 ? count(of('warn'), 'warning') : '',
    of('unknown') > 0 ? `${of('unknown')} unknown` : '',
    of('not judged') > 0 ? `${of('not judged')} not judged (${causes.size === 1 ? [...causes].join('') : `${causes.size} causes`})` : '',
    of('skip') > 0 ? `${of('skip')} skipped` : '',
    accepted > 0 ? `${accepted} accepted` : '',
  ].filter((t) => t !== '')
  const failed = `${of('fail')} failed${places > of('fail') ? ` in ${places} places` : ''}`
  return [count(new Set(findings.map((f) => f.id)).size, 'check'), failed, ...rest].join(', ')
}

export const anyStops = (findings: readonly Finding[]): boolean => findings.some(stops)

export const SYMBOL: Readonly<Record<Outcome, string>> = { pass: '✔', warn: '⚠', fail: '✖', skip: '↷', unknown: '?' }

/** `nic-mtu gw-1/eth1: MTU 1500 … (accepted: reason)` */
export function findingText(f: Finding): string {
  const object = f.object === undefined ? '' : ` ${f.object}`
  return harmless(`${f.id}${object}: ${f.detail}${f.accepted === undefined ? '' : ` (accepted: ${f.accepted})`}`)
}

type Ended = Extract<RunEvent, { ev: 'run-ended' }>

const WORD: Readonly<Record<Ending, string>> = {
  done: 'done',
  'nothing-to-do': 'nothing to do',
  planned: 'stopped at the plan, nothing changed',
  refused: 'refused, nothing changed',
  restored: 'failed, everything put back and proved',
  broken: 'FAILED AND NOT PUT BACK',
}

/** Summary of a run that ended well while no packet could be sent: said, never hidden behind a tick. */
export const UNPROVED = 'packets unproved'

/** The last line of a run: how it ended, in what time, and how to undo or look at it. */
export function endingText(e: Ended, ms: number, mode: 'fresh' | 'resume' | 'rollback'): string {
  const word =
    mode === 'rollback' && (e.ending === 'restored' || e.ending === 'done') && e.exit === 0
      ? 'rolled back and proved'
      : `${WORD[e.ending]}${e.summary === UNPROVED && e.ending === 'done' ? `, ${UNPROVED}` : ''}`
  const parts = [e.ending === 'planned' || e.ending === 'nothing-to-do' ? word : `${word} in ${duration(ms)}`]
  if (e.ending === 'done' || e.ending === 'restored' || e.ending === 'broken') parts.push(`run ${e.run}`)
  if (e.ending === 'done' && mode !== 'rollback') parts.push(`undo with: ovngw rollback ${e.run}`)
  if (e.ending === 'broken') parts.push(`try again with: ovngw rollback ${e.run}`)
  return parts.join(' · ')
}
