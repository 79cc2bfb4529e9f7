/** The picture before it is drawn: cards with rows, links between cards, and on which row each finding belongs. Plain values. */
import { type Finding, stops } from '../kernel/check.ts'
import { clip } from '../report/style.ts'

export type CardKind = 'outside' | 'config' | 'node' | 'switch' | 'router' | 'nat' | 'pods'

export interface Row {
  /** What findings point at: `nic:node1`, `nat:172.56.0.233`, `pod:shop/web-0`. */
  readonly id: string
  readonly label: string
  readonly value: string
  readonly marks: readonly Finding[]
}

export interface Card {
  readonly id: string
  readonly kind: CardKind
  readonly title: string
  /** `active`: the traffic goes here; `absent`: it should be there and is not. */
  readonly state?: 'active' | 'standby' | 'absent' | undefined
  /** Said beside the title: `active chassis · priority 100`, `123 pods`. */
  readonly note: string
  readonly rows: readonly Row[]
  /** Findings about the card as a whole. */
  readonly marks: readonly Finding[]
}

export interface Link {
  readonly from: string
  readonly to: string
  /** `main`: the way packets take; `idle`: a way they could take; `control`: who configures what. */
  readonly kind: 'main' | 'idle' | 'control'
  readonly broken: boolean
}

export interface Topology {
  readonly cards: readonly Card[]
  readonly links: readonly Link[]
  /** Findings that belong to no part of the picture. */
  readonly elsewhere: readonly Finding[]
  /** Sources that could not be read, one sentence each: parts of the picture are missing because of them. */
  readonly unread: readonly string[]
}

/** A finding a person has to look at. */
export const isMark = (f: Finding): boolean => f.accepted === undefined && (f.outcome === 'fail' || f.outcome === 'warn' || f.outcome === 'unknown')

const WEIGHT: Readonly<Partial<Record<Finding['outcome'], number>>> = { fail: 3, unknown: 2, warn: 1 }
const weight = (f: Finding): number => (f.level === 'fatal' ? 10 : 0) + (WEIGHT[f.outcome] ?? 0)

/** Worst first. */
export const byWeight = (marks: readonly Finding[]): readonly Finding[] => marks.toSorted((a, b) => weight(b) - weight(a))

export const marksOf = (card: Card): readonly Finding[] => byWeight([...card.marks, ...card.rows.flatMap((r) => r.marks)])

/** Something of the card is broken, not only worth a look. */
export const isBroken = (card: Card): boolean => marksOf(card).some((f) => stops(f) && f.outcome === 'fail')

/** All marks of the picture, by check and object, worst first. */
export const allMarks = ({ cards, elsewhere }: Topology): readonly Finding[] => byWeight([...new Set([...cards.flatMap(marksOf), ...elsewhere])])

/** Rank of a card from the outside in. */
export const RANKS: readonly (readonly CardKind[])[] = [['outside'], ['node', 'config'], ['switch'], ['router'], ['nat'], ['pods']]

/** A name without blanks loses its middle, for its end tells it apart (`shop/web-6d4…-x7k2p`); other text loses its end. */
export function shorten(text: string, width: number): string {
  const chars = [...text]
  const end = Math.min(6, Math.floor(width / 3))
  if (chars.length <= width || !/^\S+\/\S+$/.test(text)) return clip(text, width)
  return `${chars.slice(0, width - end - 1).join('')}…${chars.slice(-end).join('')}`
}
