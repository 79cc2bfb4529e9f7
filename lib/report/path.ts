/** A walked path on a terminal: one line a link, what is wrong below it, then the cause and what to type. Pure text. */
import type { Finding } from '../kernel/check.ts'
import { findingLines, LEAD, type Look, lead } from './sections.ts'
import { harmless, paintFor, wrap } from './style.ts'
import { count } from './words.ts'

/** One link as it was judged. */
export interface Judged {
  readonly link: string
  readonly title: string
  readonly state: 'whole' | 'broken' | 'unseen' | 'not judged'
  readonly facts: readonly string[]
  readonly findings: readonly Finding[]
}

/** A label, and texts that go on below themselves. */
function row(label: string, symbol: string, texts: string | readonly string[], look: Look): string {
  const lines = [texts].flat().flatMap((text) => wrap(harmless(text), Math.max(20, look.width - LEAD - 2)))
  const indent = ' '.repeat(LEAD + 2)
  return lines.map((l, i) => `${i === 0 ? `${lead(label, paintFor(look.color))}${symbol} ${l}` : indent + l}\n`).join('')
}

const attention = (f: Finding): boolean => f.outcome === 'fail' || f.outcome === 'warn' || (f.outcome === 'unknown' && f.level === 'fatal')

function findingsBelow(findings: readonly Finding[], look: Look): string {
  const shown = findings.filter((f) => look.verbose || attention(f))
  const width = Math.max(0, ...shown.map((f) => f.id.length))
  return shown
    .flatMap((f) => findingLines(f, look, width))
    .map((l) => `${l}\n`)
    .join('')
}

/** `nat  ✔ dnat_and_snat 172.56.0.233 10.16.0.3`; a link that is not judged has no line of its own. */
export function linkBlock(judged: Judged, look: Look): string {
  const paint = paintFor(look.color)
  const { link, state, facts, title, findings } = judged
  if (state === 'not judged') return ''
  const beside = findings.some(attention) ? paint.yellow('⚠') : paint.green('✔')
  const symbol = state === 'broken' ? paint.red('✖') : state === 'unseen' ? paint.yellow('?') : beside
  return row(link, symbol, state === 'whole' ? facts : title, look) + findingsBelow(findings, look)
}

/** Causes the logs name, and how many could not be read. */
export function logsBlock(findings: readonly Finding[], look: Look): string {
  const paint = paintFor(look.color)
  const found = findings.filter((f) => f.outcome === 'warn')
  const unread = findings.length - found.length
  if (findings.length === 0) return ''
  const said = [
    found.length === 0 ? 'no known cause in the logs' : `${count(found.length, 'known cause')} in the logs`,
    unread === 0 ? '' : `${count(unread, 'log')} could not be read`,
  ]
  return (
    row('logs', found.length === 0 ? paint.dim('·') : paint.yellow('⚠'), said.filter((t) => t !== '').join('; '), look) +
    findingsBelow(look.verbose ? findings : found, look)
  )
}

export interface Verdict {
  readonly state: 'whole' | 'broken' | 'unseen'
  /** The first broken link, else the first that could not be seen. */
  readonly link?: string | undefined
  readonly why?: string | undefined
  readonly next?: string | undefined
}

/** The cause, in two lines a person can act on. */
export function verdictBlock(links: readonly Judged[], verdict: Verdict, look: Look): string {
  const paint = paintFor(look.color)
  const rest = links.filter((l) => l.state === 'not judged').map((l) => l.link)
  const skipped = rest.length === 0 ? '' : row('not judged', paint.dim('·'), rest.join(', '), look)
  // Not wrapped: a command is copied whole.
  const next = verdict.next === undefined ? '' : `${lead('next', paint)}${paint.bold('→')} ${harmless(verdict.next)}\n`
  if (verdict.state === 'whole') return `${skipped}\n${row('result', paint.green('✔'), `all ${links.length} links are whole`, look)}`
  const how = verdict.state === 'broken' ? `broken at ${verdict.link}` : `nothing broken was seen, but ${verdict.link} could not be looked at`
  const symbol = verdict.state === 'broken' ? paint.red('✖') : paint.yellow('?')
  return `${skipped}\n${row('result', symbol, `${how}${verdict.why === undefined ? '' : `: ${verdict.why}`}`, look)}${next}`
}
