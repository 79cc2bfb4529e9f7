/** The report as Markdown: the page of the checks, then pods that differ and the history. */
import { cell, markdownText } from '../markdown.ts'
import { cellText, type ReportData, type Table } from './data.ts'

const tableText = ({ columns, rows }: Table): readonly string[] => [
  `| ${columns.map(cell).join(' | ')} |`,
  `|${columns.map(() => '---|').join('')}`,
  ...rows.map((cells) => `| ${cells.map((c) => cell(cellText(c))).join(' | ')} |`),
]

const section = (title: string, body: readonly string[]): readonly string[] => [`## ${title}`, '', ...body, '']

export function reportMarkdown(data: ReportData): string {
  const { pods, drift, runs, unread, timings } = data
  const orNone = (t: Table, none: string): readonly string[] => (t.rows.length === 0 ? [none] : tableText(t))
  return [
    markdownText(data.groups, data.site, new Date(data.at)),
    ...section(
      'facts',
      data.facts.map(([what, value]) => `- ${cell(what)}: ${cell(value)}`),
    ),
    ...section('pods', orNone(pods, 'No pod is assigned, annotated or translated.')),
    ...section('drift', [...unread.map((u) => `Not everything could be read: ${cell(u)}\n`), ...orNone(drift, 'Inventory, annotations and OVN agree.')]),
    ...section('history', orNone(runs, 'No run of this cluster is journaled on this machine.')),
    ...timings.flatMap(({ what, rows }) => section(cell(what), tableText(rows))),
  ].join('\n')
}
