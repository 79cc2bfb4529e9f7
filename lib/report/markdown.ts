/** Check results as a Markdown page: a table a group, what needs doing first. */
import type { Finding } from '../kernel/check.ts'
import type { Grouped } from './junit.ts'
import { harmless } from './style.ts'
import { SYMBOL, tally } from './words.ts'

/** Text in a table cell: no markup of its own, one line. */
export const cell = (text: string): string =>
  harmless(text)
    .replaceAll(/[\\|`*_[\]<>#~]/g, (c) => `\\${c}`)
    .replaceAll(/\s+/g, ' ')

const row = (f: Finding): string => {
  const accepted = f.accepted === undefined ? '' : ` (accepted: ${f.accepted})`
  return `| ${SYMBOL[f.outcome]} ${f.outcome} | ${cell(f.id)} | ${cell(f.object ?? '')} | ${cell(f.detail + accepted)} | ${cell(f.outcome === 'pass' ? '' : (f.hint ?? ''))} |`
}

export function markdownText(groups: readonly Grouped[], where: string, at: Date): string {
  const all = groups.flatMap((g) => g.findings)
  const parts = groups.map(({ group, findings }) =>
    [`## ${cell(group)}`, '', '| result | check | object | what was seen | next |', '|---|---|---|---|---|', ...findings.map(row), ''].join('\n'),
  )
  return [`# ovngw check: ${cell(where)}`, '', `${at.toISOString()}: ${tally(all)}`, '', ...parts].join('\n')
}
