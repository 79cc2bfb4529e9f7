/**
 * Types of OVSDB columns. Decoding reads the JSON encoding (RFC 7047 §5.1): an atom, `["set",[…]]`, `["map",[[k,v]…]]`,
 * `["uuid","…"]`. Encoding writes the text form that ovn-nbctl and ovs-vsctl take in `column=value` (ovs-vsctl(8), "Database
 * Values"): strings always quoted, so that no comma, brace, quote, newline or leading dash has a meaning.
 */

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false }

export interface ColumnType<T> {
  /** For messages: `a set of strings`. */
  readonly is: string
  /** The column does not exist in some schemas we meet. */
  readonly absent: boolean
  decode(value: unknown): Decoded<T>
  /** As text of a `column=value` argument. */
  encode(value: T): string
}

const BAD: Decoded<never> = { ok: false }
const good = <T>(value: T): Decoded<T> => ({ ok: true, value })

const atom = <T extends string | number | boolean>(is: string, test: (v: unknown) => v is T): ColumnType<T> => ({
  is,
  absent: false,
  decode: (v) => (test(v) ? good(v) : BAD),
  // OVS reads a quoted string by its JSON rules (ovsdb_token_parse, json_string_unescape).
  encode: (v) => JSON.stringify(v),
})

export const str: ColumnType<string> = atom('a string', (v) => typeof v === 'string')
export const int: ColumnType<number> = atom('an integer', (v): v is number => Number.isSafeInteger(v))
export const bool: ColumnType<boolean> = atom('a boolean', (v) => typeof v === 'boolean')

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const isUuid = (text: string): boolean => UUID.test(text)

/** A reference to a row. Text form: bare; also `@name` for a row created in the same transaction. */
export const uuid: ColumnType<string> = {
  is: 'a UUID',
  absent: false,
  decode: (v) => (Array.isArray(v) && v.length === 2 && v[0] === 'uuid' && typeof v[1] === 'string' && isUuid(v[1]) ? good(v[1]) : BAD),
  encode: (v) => {
    if (isUuid(v) || /^@[a-z][a-z0-9]*$/.test(v)) return v
    throw new RangeError(`${JSON.stringify(v)} is not a UUID`)
  },
}

/** `["set",[]]`: most cells of a table are one. */
const isEmpty = (value: unknown, kind: 'set' | 'map'): boolean =>
  Array.isArray(value) && value.length === 2 && value[0] === kind && Array.isArray(value[1]) && value[1].length === 0
/** One for all rows: 10,000 NAT rows have 60,000 empty cells. */
const NO_MEMBERS: Decoded<readonly never[]> = good(Object.freeze([]))
const NO_ENTRIES: Decoded<Readonly<Record<string, never>>> = good(Object.freeze({}))

/** Members of a set; OVSDB writes a set of exactly one member as the bare member. */
function members<T>(value: unknown, of: ColumnType<T>): Decoded<readonly T[]> {
  if (isEmpty(value, 'set')) return NO_MEMBERS
  const raw: readonly unknown[] = Array.isArray(value) && value[0] === 'set' && value.length === 2 && Array.isArray(value[1]) ? value[1] : [value]
  const out: T[] = []
  for (const m of raw) {
    const d = of.decode(m)
    if (!d.ok) return BAD
    out.push(d.value)
  }
  return good(out)
}

/** Any number of members, in the server's (sorted) order. */
export const set = <T>(of: ColumnType<T>): ColumnType<readonly T[]> => ({
  is: `a set of: ${of.is}`,
  absent: false,
  decode: (v) => members(v, of),
  encode: (v) => `[${v.map((m) => of.encode(m)).join(',')}]`,
})

/** At most one member; none is `null`. */
export const optional = <T>(of: ColumnType<T>): ColumnType<T | null> => ({
  is: `${of.is} or nothing`,
  absent: false,
  decode: (v) => {
    const d = members(v, of)
    if (!d.ok || d.value.length > 1) return BAD
    return good(d.value[0] ?? null)
  },
  encode: (v) => (v === null ? '[]' : of.encode(v)),
})

/** A map of strings to `of`. */
export const map = <T>(of: ColumnType<T>): ColumnType<Readonly<Record<string, T>>> => ({
  is: `a map of strings to: ${of.is}`,
  absent: false,
  decode: (v) => {
    if (isEmpty(v, 'map')) return NO_ENTRIES
    if (!Array.isArray(v) || v[0] !== 'map' || v.length !== 2 || !Array.isArray(v[1])) return BAD
    const entries: [string, T][] = []
    for (const pair of v[1] as readonly unknown[]) {
      if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') return BAD
      const d = of.decode(pair[1])
      if (!d.ok) return BAD
      entries.push([pair[0], d.value])
    }
    // fromEntries defines own members, so that a key like __proto__ stays a key.
    return good(Object.fromEntries(entries))
  },
  encode: (v) =>
    `{${Object.entries(v)
      .map(([k, m]) => `${str.encode(k)}=${of.encode(m)}`)
      .join(',')}}`,
})

/** A map of strings to strings. */
export const strings: ColumnType<Readonly<Record<string, string>>> = map(str)

/** A column that older (or newer) schemas do not have; then the row has no such member. */
export const since = <T>(type: ColumnType<T>): ColumnType<T | undefined> => ({
  ...type,
  absent: true,
  encode: (v) => {
    if (v === undefined) throw new RangeError('a column that the schema does not have cannot be written')
    return type.encode(v)
  },
})
