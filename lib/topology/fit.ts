/** What is too much for one picture is grouped and counted: 10,000 pods or 500 nodes stay readable, and nothing broken is hidden by a count alone. */
import { type Card, type CardKind, isBroken, type Link, marksOf, type Row } from './model.ts'

/** Cards of one kind side by side, the last of them standing for the rest. */
const CARDS: Readonly<Partial<Record<CardKind, number>>> = { node: 4, pods: 4 }
const ROWS = 6

const namespaceOf = (r: Row): string => r.label.split('/')[0] ?? ''

/** Marked rows first, as many as fit; the rest as one row, pods as one a namespace. */
export function fitRows(card: Card): Card {
  if (card.rows.length <= ROWS) return card
  const marked = card.rows.filter((r) => r.marks.length > 0)
  const sound = card.rows.filter((r) => r.marks.length === 0)
  const shown = marked.slice(0, ROWS - 2)
  const hidden = marked.slice(shown.length)
  const more: readonly Row[] =
    hidden.length === 0
      ? []
      : [
          {
            id: `${card.id}:broken`,
            label: `${hidden.length} more`,
            value: 'marked like these',
            marks: unlike(shown, hidden),
          },
        ]
  const room = ROWS - shown.length - more.length
  return { ...card, rows: [...shown, ...more, ...(card.kind === 'pods' ? byNamespace(card, sound, room) : rest(card, sound, room))] }
}

/** Of the rows that are not shown, one mark of every check no shown row tells of; else their first. */
function unlike(shown: readonly Row[], hidden: readonly Row[]): Row['marks'] {
  const told = new Set(shown.flatMap((r) => r.marks.map((m) => m.id)))
  const marks = hidden.flatMap((r) => r.marks)
  const others = marks.filter((m, i) => !told.has(m.id) && marks.findIndex((o) => o.id === m.id) === i)
  return others.length > 0 ? others : marks.slice(0, 1)
}

function rest(card: Card, rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows
  const shown = rows.slice(0, Math.max(0, room - 1))
  return [...shown, { id: `${card.id}:more`, label: `${rows.length - shown.length} more`, value: '', marks: [] }]
}

function byNamespace(card: Card, rows: readonly Row[], room: number): readonly Row[] {
  const [pods, others] = [rows.filter((r) => r.id.startsWith('pod:')), rows.filter((r) => !r.id.startsWith('pod:'))]
  if (rows.length <= room) return rows
  const groups = [...Map.groupBy(pods, namespaceOf)]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([namespace, some]): Row => ({ id: `${card.id}:${namespace}`, label: namespace, value: `${some.length} with EIP or SNAT`, marks: [] }))
  return [...rest(card, groups, Math.max(1, room - others.length)), ...others]
}

/** Of each kind the broken cards first, then those with most to show; the rest is one card. */
export function fitCards(cards: readonly Card[], links: readonly Link[]): { readonly cards: readonly Card[]; readonly links: readonly Link[] } {
  const gone = new Map<string, string>()
  const kept = [...Map.groupBy(cards, (c) => c.kind)].flatMap(([kind, some]) => {
    const most = CARDS[kind]
    if (most === undefined || some.length <= most) return some
    const ordered = some.toSorted((a, b) => rankOf(b) - rankOf(a) || b.rows.length - a.rows.length || (a.title < b.title ? -1 : 1))
    const hidden = ordered.slice(most - 1)
    for (const c of hidden) gone.set(c.id, `${kind}:rest`)
    return [...ordered.slice(0, most - 1), restCard(kind, hidden)]
  })
  const moved = links.map((l) => ({ ...l, from: gone.get(l.from) ?? l.from, to: gone.get(l.to) ?? l.to }))
  const best = new Map<string, Link>()
  for (const l of moved) {
    const known = best.get(`${l.from} ${l.to}`)
    if (known === undefined || l.kind === 'main') best.set(`${l.from} ${l.to}`, { ...l, broken: l.broken || known?.broken === true })
  }
  return { cards: kept, links: [...best.values()] }
}

const rankOf = (card: Card): number => (isBroken(card) ? 4 : 0) + (card.state === 'active' ? 2 : 0) + (marksOf(card).length > 0 ? 1 : 0)

function restCard(kind: CardKind, hidden: readonly Card[]): Card {
  const pods = hidden.reduce((sum, c) => sum + Number.parseInt(c.note, 10), 0)
  const annotated = hidden.reduce((sum, c) => sum + c.rows.filter((r) => r.id.startsWith('pod:')).length, 0)
  const isPods = kind === 'pods'
  return {
    id: `${kind}:rest`,
    kind,
    title: isPods ? `pods on ${hidden.length} more nodes` : `${hidden.length} more gateway nodes`,
    state: hidden.some((c) => c.state === 'active') ? 'active' : 'standby',
    note: isPods ? `${pods} pods` : '',
    marks: hidden.flatMap(marksOf),
    rows: isPods ? [{ id: `${kind}:rest:rows`, label: `${annotated}`, value: 'with EIP or SNAT', marks: [] }] : [],
  }
}
