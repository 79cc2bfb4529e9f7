/** Tables of the report. Where there is something to sort, the script makes the headings buttons and puts a search field above. */
import type { Cell, Table } from './data.ts'
import { cellText } from './data.ts'
import { type Html, html, type Piece } from './tag.ts'

export interface TableLook {
  readonly id: string
  readonly caption: string
  /** Said instead of an empty table. */
  readonly none: string
  readonly sortable?: boolean
}

const VERDICTS: Readonly<Record<string, string>> = {
  agrees: 'pass',
  done: 'pass',
  'nothing-to-do': 'pass',
  trouble: 'fail',
  broken: 'fail',
  unmanaged: 'warn',
  foreign: 'warn',
  restored: 'warn',
}

function cellOf(cell: Cell, column: string, first: boolean): Html {
  const text = cellText(cell)
  const key: Piece = typeof cell === 'string' ? undefined : html` data-key="${cell.key}"`
  const shown = column === 'verdict' || column === 'standing' ? html`<span class="badge ${VERDICTS[text] ?? 'note'}">${text}</span>` : text
  return first ? html`<th scope="row"${key}>${shown}</th>` : html`<td${key}>${shown}</td>`
}

export function table({ columns, rows }: Table, { id, caption, none, sortable }: TableLook): Html {
  if (rows.length === 0) return html`<p>${none}</p>`
  const heads = columns.map((c) => html`<th scope="col">${c}</th>`)
  const body = rows.map((cells) => html`<tr>${cells.map((c, i) => cellOf(c, columns[i] ?? '', i === 0))}</tr>\n`)
  return html`<div class="wide" role="region" tabindex="0" aria-label="${caption}"><table id="${id}"${sortable === true ? html` data-sortable` : ''}><caption>${caption}</caption><thead><tr>${heads}</tr></thead><tbody>
${body}</tbody></table></div>`
}
