/**
 * Strict parser of `ovn-nbctl|ovn-sbctl|ovs-vsctl --format=json list TABLE`: one line a listing, `{"headings":[…],"data":[[…]…]}`,
 * values in OVSDB's own encoding (RFC 7047 §5.1). A listing that is not what its columns say is an OvngwError PARSE that names tool,
 * table and column; it is never an empty list.
 *
 * Encoding in a row: an absent optional value is `null`; a column the server's schema does not have is an absent member (only where the
 * column is declared with `since`). Both survive a journal's JSON round trip.
 */
import { OvngwError } from '../kernel/errors.ts'
import { type ColumnType, uuid } from './column.ts'

export { bool, type ColumnType, int, map, optional, set, since, str, strings, uuid } from './column.ts'

export type Columns = Readonly<Record<string, ColumnType<unknown>>>

/** `{ uuid, …columns }`; names of columns are the schema's own. */
export type Row<C extends Columns> = { readonly uuid: string } & { readonly [K in keyof C as IfSince<C[K], never, K>]: ValueOf<C[K]> } & {
  readonly [K in keyof C as IfSince<C[K], K, never>]?: ValueOf<C[K]>
}
type ValueOf<T> = T extends ColumnType<infer V> ? V : never
type IfSince<T, Yes, No> = undefined extends ValueOf<T> ? Yes : No

/** One listing as the tool prints it, not yet typed. */
export interface Listing {
  readonly headings: readonly string[]
  readonly data: readonly (readonly unknown[])[]
}

export interface RowParser<C extends Columns> {
  readonly table: string
  readonly columns: C
  /** Column names, `_uuid` first, for `--columns`. */
  readonly names: readonly string[]
  /** Typed rows of one listing. `tool` is named in errors. */
  rows(listing: Listing, tool: string): readonly Row<C>[]
  /** Typed rows of the text of one `--format=json list TABLE`. */
  parse(text: string, tool: string): readonly Row<C>[]
}

export type RowOf<P> = P extends RowParser<infer C> ? Row<C> : never

/** A parser of the rows of one table. Columns not named are ignored; a named one that is missing is an error unless declared with `since`. */
export function rowParser<const C extends Columns>(spec: { readonly table: string; readonly columns: C }): RowParser<C> {
  const { table, columns } = spec
  const wanted = Object.entries(columns)
  const rows = (listing: Listing, tool: string): readonly Row<C>[] => {
    const at = new Map(listing.headings.map((h, i) => [h, i]))
    const uuidAt = at.get('_uuid')
    if (uuidAt === undefined) throw unreadable({ tool, table, column: '_uuid', why: 'the column is missing', text: JSON.stringify(listing.headings) })
    for (const [column, type] of wanted)
      if (!at.has(column) && !type.absent) throw unreadable({ tool, table, column, why: 'the column is missing', text: JSON.stringify(listing.headings) })
    const present = wanted.flatMap(([column, type]) => {
      const i = at.get(column)
      return i === undefined ? [] : [{ column, type, i }]
    })
    const cell = (data: readonly unknown[], column: string, type: ColumnType<unknown>, i: number): unknown => {
      const decoded = type.decode(data[i])
      if (decoded.ok) return decoded.value
      throw unreadable({ tool, table, column, why: `expected ${type.is}`, text: JSON.stringify(data[i]) ?? 'nothing' })
    }
    return listing.data.map((data) => {
      const row: Record<string, unknown> = { uuid: cell(data, '_uuid', uuid, uuidAt) }
      for (const { column, type, i } of present) row[column] = cell(data, column, type, i)
      // The loop above filled exactly the members C names, each through its own decoder.
      return row as Row<C>
    })
  }
  return { table, columns, names: ['_uuid', ...wanted.map(([c]) => c)], rows, parse: (text, tool) => rows(oneListing(text, tool, table), tool) }
}

/**
 * The listings of one call with several commands (`list A -- list B`): the tool prints one line a command.
 * @param tables names of the tables asked for, in that order; another number of lines is an error.
 */
export const listings = (text: string, tool: string, tables: readonly string[]): readonly Listing[] => tables.map(listingOf(text, tool, tables))

/** The same one by one, so that nobody holds all of them: that of `table`, the `i`th. */
export function listingOf(text: string, tool: string, tables: readonly string[]): (table: string, i: number) => Listing {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length !== tables.length) {
    const why = `expected ${tables.length} listings (${tables.join(', ')}), got ${lines.length}`
    throw unreadable({ tool, table: tables[lines.length] ?? tables.at(-1) ?? 'nothing', why, text })
  }
  return (table, i) => asListing(lines[i] ?? '', tool, table)
}

const oneListing = (text: string, tool: string, table: string): Listing => listings(text, tool, [table])[0] ?? { headings: [], data: [] }

function asListing(line: string, tool: string, table: string): Listing {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw unreadable({ tool, table, why: 'it is not JSON', text: line, cause })
  }
  return checkListing(value, tool, table)
}

/** A parsed JSON value as a listing; used for recordings too, which hold listings as JSON. */
export function checkListing(value: unknown, tool: string, table: string): Listing {
  const { headings, data } = (typeof value === 'object' && value !== null ? value : {}) as { headings?: unknown; data?: unknown }
  const named = Array.isArray(headings) && headings.every((h) => typeof h === 'string')
  if (!named || !Array.isArray(data)) throw unreadable({ tool, table, why: 'expected {"headings":[…],"data":[…]}', text: JSON.stringify(value) ?? '' })
  for (const row of data)
    if (!Array.isArray(row) || row.length !== headings.length)
      throw unreadable({ tool, table, why: `expected rows of ${headings.length} values`, text: JSON.stringify(row) ?? '' })
  return { headings, data }
}

interface Unreadable {
  readonly tool: string
  readonly table: string
  readonly column?: string
  readonly why: string
  readonly text: string
  readonly cause?: unknown
}

function unreadable({ tool, table, column, why, text, cause }: Unreadable): OvngwError {
  const where = column === undefined ? `table ${table}` : `table ${table}, column ${column}`
  return new OvngwError('PARSE', {
    what: `cannot read what ${tool} answered (${where})`,
    why: `${why}; it begins: ${text.slice(0, 200)}`,
    hint: 'the tool is newer or older than ovngw knows: report this with the versions of Kube-OVN and OVN',
    cause,
  })
}
