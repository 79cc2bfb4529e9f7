/** Checks of the report: first what needs somebody, then all of them. */
import { type Finding, stops } from '../../kernel/check.ts'
import { SYMBOL, tally } from '../words.ts'
import type { ReportData } from './data.ts'
import { type Html, html } from './tag.ts'

const WORD: Readonly<Record<Finding['outcome'], string>> = { pass: 'passed', warn: 'warning', fail: 'failed', skip: 'skipped', unknown: 'could not look' }

const badge = ({ outcome }: Finding): Html => html`<span class="badge ${outcome}"><span aria-hidden="true">${SYMBOL[outcome]}</span> ${WORD[outcome]}</span>`

export const needsSomebody = (f: Finding): boolean => f.accepted === undefined && f.outcome !== 'pass' && f.outcome !== 'skip'

const ORDER: readonly Finding['outcome'][] = ['fail', 'unknown', 'warn']

function problem(f: Finding, why: string | undefined): Html {
  return html`<li class="problem ${f.outcome}"><h3>${badge(f)} ${f.id}${f.object === undefined ? '' : html` <span class="object">${f.object}</span>`}</h3>
<p>${f.detail}</p>${why === undefined ? '' : html`<p class="why"><b>Why it matters:</b> ${why}</p>`}${f.hint === undefined ? '' : html`<p class="next"><b>Next:</b> <code>${f.hint}</code></p>`}</li>
`
}

/** So many of one check are told one by one. */
const EACH = 5

export function problems({ groups, why }: ReportData): Html {
  const all = groups.flatMap((g) => g.findings).filter(needsSomebody)
  if (all.length === 0) return html`<p class="good">No check found anything to do.</p>`
  const sorted = all.toSorted((a, b) => Number(stops(b)) - Number(stops(a)) || ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))
  const told = [...Map.groupBy(sorted, (f) => f.id)].map(([id, some]) => {
    const more = some.length - EACH
    const rest = more > 0 ? html`<li class="problem note"><p>and ${more} more of ${id}, in the list of all checks</p></li>` : ''
    return [...some.slice(0, EACH).map((f, i) => problem(f, i === 0 ? why[f.id] : undefined)), rest]
  })
  return html`<ul class="problems">${told}</ul>`
}

const row = (f: Finding): Html =>
  html`<tr><td>${badge(f)}</td><th scope="row">${f.id}</th><td>${f.object}</td><td>${f.detail}${f.accepted === undefined ? '' : html` <i>(accepted: ${f.accepted})</i>`}</td></tr>
`

export function allChecks({ groups }: ReportData): Html {
  const parts = groups.map(
    ({
      group,
      findings,
    }) => html`<details><summary>${group}: ${tally(findings)}</summary><div class="wide" role="region" tabindex="0" aria-label="Checks: ${group}"><table><caption>Checks: ${group}</caption><thead><tr><th scope="col">result</th><th scope="col">check</th><th scope="col">object</th><th scope="col">what was seen</th></tr></thead><tbody>
${findings.map(row)}</tbody></table></div></details>
`,
  )
  return html`${parts}`
}
