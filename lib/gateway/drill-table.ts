/** What a drill found out, as rows and as the table a person reads. Pure. */
import type { Loss, Probe, Tuned } from './loss.ts'
import type { Macs } from './neighbours.ts'

export type Probes = {
  readonly alive: readonly Tuned[]
  /** Silent before the move: they measure nothing. */
  readonly dead: readonly (Probe & { readonly why: string })[]
  readonly macs: Macs
}

/** `losses` in the order of the probes; null: an earlier process moved it, and took with it what it had measured. */
export type Measured = { readonly losses: readonly Loss[] | null; readonly macs: Macs }

export type DrillRow = {
  readonly address: string
  readonly about: string
  /** Milliseconds without an answer; null: not measured. `more`: it was still silent when the measuring ended. */
  readonly moving: { readonly ms: number | null; readonly more: boolean }
  readonly back: { readonly ms: number | null; readonly more: boolean }
  /** The asking neighbour's entry for the address: before, while the gateway was away, after. Null: it has none, or does not say. No `mac` at all: a pod asks, no neighbour. */
  readonly mac: { readonly before: string | null; readonly away: string | null; readonly after: string | null } | null
  /** Why something was not measured. */
  readonly why: string | null
}

const RESUMED: Loss = { ms: null, back: true, why: 'the run was cut off and taken up again' }

export function drillRows({ alive, dead, macs }: Probes, moved: Measured, returned: Measured): readonly DrillRow[] {
  const measured = alive.map((probe, i): DrillRow => {
    const [there, home] = [moved.losses?.[i] ?? RESUMED, returned.losses?.[i] ?? RESUMED]
    const { from } = probe
    const at = (list: Macs, neighbour: number): string | null => list[neighbour]?.[probe.to] ?? null
    return {
      address: probe.to,
      about: probe.about,
      moving: { ms: there.ms, more: !there.back },
      back: { ms: home.ms, more: !home.back },
      mac: typeof from === 'number' ? { before: at(macs, from), away: at(moved.macs, from), after: at(returned.macs, from) } : null,
      why: there.why ?? home.why,
    }
  })
  const none = { ms: null, more: false }
  const silent = dead.map(({ from, to, about, why }): DrillRow => {
    const mac = typeof from === 'number' ? { before: null, away: null, after: null } : null
    return { address: to, about, moving: none, back: none, mac, why: `silent before the move: ${why}` }
  })
  return [...measured, ...silent]
}

const HEAD = ['address', 'moving', 'back', 'neighbour has', 'away', 'after', 'of'] as const

const time = ({ ms, more }: DrillRow['moving']): string => (ms === null ? '-' : `${more ? '> ' : ''}${ms} ms`)

/** Without a neighbour `about` stands in its place. */
function cells({ address, about, moving, back, mac }: DrillRow): readonly string[] {
  if (mac === null) return [address, time(moving), time(back), about]
  const then = (now: string | null): string => (mac.before === null && now === null ? '' : now === mac.before ? 'same' : (now ?? 'none'))
  return [address, time(moving), time(back), mac.before ?? '', then(mac.away), then(mac.after), about]
}

/** Two blanks before every line: it is a table, and not to be wrapped. */
export function drillText(rows: readonly DrillRow[]): string {
  const table = [HEAD, ...rows.map(cells)]
  // The last cell of a line may be as long as it likes.
  const widths = HEAD.map((_, i) => Math.max(0, ...table.map((row) => (i < row.length - 1 ? (row[i]?.length ?? 0) : 0))))
  const lines = table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
  const why = Map.groupBy(
    rows.filter((r) => r.why !== null),
    (r) => r.why,
  )
  const whys = [...why].map(([text, some]) => `${some.length === 1 ? some[0]?.address : `${some.length} addresses`}: ${text}`)
  return `${[...lines, ...whys].join('\n')}\n`
}
