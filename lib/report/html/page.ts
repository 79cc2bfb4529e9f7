/** The report as one HTML file that loads nothing: style, script and picture are in it, and its policy forbids all else. */
import { createHash } from 'node:crypto'
import { stops } from '../../kernel/check.ts'
import { tally } from '../words.ts'
import { allChecks, needsSomebody, problems } from './checks.ts'
import type { ReportData } from './data.ts'
import { table } from './table.ts'
import { type Html, html, trusted } from './tag.ts'

/** Shipped text that is no data: it goes into the page as it is. */
export interface Assets {
  readonly style: string
  readonly script: string
  /** SVG, or why there is none. */
  readonly picture: { readonly svg: string } | { readonly why: string }
}

type Verdict = { readonly kind: 'pass' | 'warn' | 'fail'; readonly said: string }

function verdictOf({ groups }: ReportData): Verdict {
  const findings = groups.flatMap((g) => g.findings)
  const bad = findings.filter(stops).length
  if (bad > 0) return { kind: 'fail', said: `Broken: ${bad} ${bad === 1 ? 'finding stops' : 'findings stop'} the gateway from being trusted` }
  if (findings.some(needsSomebody)) return { kind: 'warn', said: 'Works, with something to look at' }
  return { kind: 'pass', said: 'Works: no check found anything' }
}

const section = (id: string, title: string, body: Html): Html => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${body}
</section>
`

export function page(data: ReportData, { style, script, picture }: Assets): string {
  const { kind, said } = verdictOf(data)
  const findings = data.groups.flatMap((g) => g.findings)
  // The policy names the script by its hash: nothing that data might smuggle in can run.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; base-uri 'none'; form-action 'none'`
  const drawn =
    'svg' in picture
      ? html`<div class="wide picture" role="region" tabindex="0" aria-label="Picture of the gateway">${trusted(picture.svg)}</div>`
      : html`<p>There is no picture: ${picture.why}</p>`
  const sections = [
    section('todo', 'What needs doing', problems(data)),
    section('topology', 'Topology', drawn),
    section('checks', 'All checks', allChecks(data)),
    section(
      'pods',
      'Pods',
      table(data.pods, {
        id: 'pods-table',
        caption: 'Pods with an address, wanted or given',
        none: 'No pod is assigned, annotated or translated.',
        sortable: true,
      }),
    ),
    section(
      'drift',
      'Drift',
      html`${data.unread.map((u) => html`<p class="badge unknown">not everything could be read: ${u}</p>`)}${table(data.drift, { id: 'drift-table', caption: 'Pods where inventory, annotation and OVN differ', none: 'Inventory, annotations and OVN agree.' })}`,
    ),
    section(
      'history',
      'History of runs',
      table(data.runs, {
        id: 'runs-table',
        caption: 'Runs of this cluster on this machine, newest first',
        none: 'No run of this cluster is journaled on this machine.',
        sortable: true,
      }),
    ),
    section('timings', 'Timings', html`${data.timings.map(({ what, rows }, i) => table(rows, { id: `timings-${i}`, caption: what, none: '' }))}`),
  ]
  const links = [
    ['todo', 'To do'],
    ['topology', 'Topology'],
    ['checks', 'Checks'],
    ['pods', 'Pods'],
    ['drift', 'Drift'],
    ['history', 'History'],
    ['timings', 'Timings'],
  ] as const
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ovngw report: ${data.site}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="jump" href="#main">Skip to the content</a>
<header>
<h1>External gateway of ${data.site}</h1>
<p>${data.context} at ${data.server} · <time datetime="${data.at}">${data.at.slice(0, 16).replace('T', ' ')} UTC</time> · ovngw ${data.version}</p>
<nav aria-label="Sections"><ul>${links.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main">
<section aria-labelledby="summary" class="summary"><h2 id="summary" class="verdict ${kind}">${said}</h2>
<p>${tally(findings)}</p>
<dl>${data.facts.map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>
</section>
${sections}
</main>
<footer><p>Made by ovngw ${data.version}. Secrets are left out. Nothing in this file is loaded from anywhere.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`.text
}
