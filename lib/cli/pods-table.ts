/** The table of `ovngw pods`: one row a pod, as text, CSV (RFC 4180) or objects. Pure. */
import type { Line } from '../addresses/agreement.ts'
import type { Stray } from '../addresses/strays.ts'
import { podName } from '../gateway/pods.ts'

export const COLUMNS = ['pod', 'wanted', 'annotated', 'in-ovn', 'verdict', 'owner', 'node', 'age', 'why'] as const
export type Column = (typeof COLUMNS)[number]
export type Row = Readonly<Record<Column, string>>

/** Columns that fit a terminal; `-o wide` shows all. */
export const NARROW: readonly Column[] = ['pod', 'wanted', 'annotated', 'in-ovn', 'verdict', 'why']

const both = (eip: string | undefined, snat: string | undefined): string =>
  [eip, snat === undefined ? undefined : `snat ${snat}`].filter((x) => x !== undefined).join(', ')

/** `5d`, `3h`, `12m`, `40s`, as kubectl writes ages. */
export function age(created: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(created)) / 1000))
  if (Number.isNaN(seconds)) return ''
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const
  const [unit, size] = units.find(([, s]) => seconds >= s) ?? (['s', 1] as const)
  return `${Math.floor(seconds / size)}${unit}`
}

export const rowOf = ({ pod, wanted, inOvn, verdict, act, why }: Line, now: Date): Row => ({
  pod: podName(pod),
  wanted: both(wanted.eip, wanted.snat),
  annotated: both(pod.eip, pod.snat),
  'in-ovn': inOvn.join(', '),
  verdict: act === undefined ? verdict : act,
  owner: pod.workload ?? '',
  node: pod.node ?? '',
  age: age(pod.created, now),
  why: why ?? '',
})

/** Stands in the column `pod` where no pod has the address. */
export const NO_POD = '-'

/** A row in OVN of an address no pod has. */
export const rowOfStray = ({ external, inside, why }: Stray): Row => ({
  pod: NO_POD,
  wanted: '',
  annotated: '',
  'in-ovn': external ?? inside,
  verdict: 'stray',
  owner: '',
  node: '',
  age: '',
  why: `${why}: ovngw sweep`,
})

/** Addresses sort by value, ages by time, all else as text; equal ones by pod. */
export function sorted(lines: readonly Line[], by: Column, now: Date): readonly Row[] {
  const keyOf = (line: Line, row: Row): string => (by === 'age' ? line.pod.created : row[by].replaceAll(/\d+/g, (n) => n.padStart(10, '0')))
  const keyed = lines.map((line) => {
    const row = rowOf(line, now)
    return { row, key: keyOf(line, row), name: row.pod }
  })
  return keyed.toSorted((a, b) => compare(a.key, b.key) || compare(a.name, b.name)).map(({ row }) => row)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const csv = (rows: readonly Row[]): string =>
  [[...COLUMNS], ...rows.map((r) => COLUMNS.map((c) => r[c]))].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')

/** A cell that a spreadsheet would take for a formula is made text. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
