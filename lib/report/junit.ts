/** JUnit XML of check results: one suite a group, one case a finding. Warnings pass and say so; unknown is an error, not a failure. */
import type { Finding } from '../kernel/check.ts'
import { stops } from '../kernel/check.ts'

/** Only characters XML 1.0 allows; control characters and lone surrogates become U+FFFD. */
export function xml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML forbids
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\t', '&#9;')
      .replaceAll('\n', '&#10;')
      .replaceAll('\r', '&#13;')
  )
}

export interface Grouped {
  readonly group: string
  readonly findings: readonly Finding[]
}

const verdict = (f: Finding): 'failure' | 'error' | 'skipped' | undefined => {
  if (f.outcome === 'skip') return 'skipped'
  if (f.accepted !== undefined) return undefined
  if (f.outcome === 'unknown') return 'error'
  return stops(f) ? 'failure' : undefined
}

function caseOf(group: string, f: Finding): string {
  const head = `    <testcase classname="${xml(`ovngw.${group}`)}" name="${xml(f.object === undefined ? f.id : `${f.id} ${f.object}`)}"`
  const kind = verdict(f)
  const detail = f.hint === undefined ? f.detail : `${f.detail} (next: ${f.hint})`
  if (kind !== undefined) return `${head}>\n      <${kind} message="${xml(detail)}"/>\n    </testcase>`
  if (f.outcome === 'pass') return `${head}/>`
  const accepted = f.accepted === undefined ? '' : ` (accepted: ${f.accepted})`
  return `${head}>\n      <system-out>${xml(`${f.outcome}: ${detail}${accepted}`)}</system-out>\n    </testcase>`
}

const counts = (findings: readonly Finding[]): string => {
  const of = (kind: ReturnType<typeof verdict>): number => findings.filter((f) => verdict(f) === kind).length
  return `tests="${findings.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`
}

export function junitText(groups: readonly Grouped[], at: Date): string {
  const suites = groups.map(
    ({ group, findings }) =>
      `  <testsuite name="${xml(group)}" ${counts(findings)} timestamp="${at.toISOString()}">\n${findings.map((f) => caseOf(group, f)).join('\n')}\n  </testsuite>`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="ovngw" ${counts(groups.flatMap((g) => g.findings))}>\n${suites.join('\n')}\n</testsuites>\n`
}
