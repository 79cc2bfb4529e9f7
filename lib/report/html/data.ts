/** What a report says, as plain values; how it looks is page.ts' and markdown.ts' business. */
import type { Grouped } from '../junit.ts'

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Text, and what to sort by where that is something else (an age by its time). */
export type Cell = string | { readonly text: string; readonly key: string }

export const cellText = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)

export interface ReportData {
  readonly site: string
  readonly context: string
  readonly server: string
  readonly version: string
  /** RFC 3339. */
  readonly at: string
  /** The few things to know first: what, and its value. */
  readonly facts: readonly (readonly [what: string, value: string])[]
  readonly groups: readonly Grouped[]
  /** Why a check matters, by id. */
  readonly why: Readonly<Record<string, string>>
  readonly pods: Table
  readonly drift: Table
  /** Sources of addresses that could not be read: what is said of drift may be incomplete. */
  readonly unread: readonly string[]
  readonly runs: Table
  readonly timings: readonly { readonly what: string; readonly rows: Table }[]
}
