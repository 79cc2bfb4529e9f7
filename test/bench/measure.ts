/** Paired measuring on a machine that others use too: rounds interleave the candidates, so that a slow moment hits all of them. */
import { spawnSync } from 'node:child_process'

export interface Candidate {
  readonly name: string
  /** One run, in milliseconds. */
  run(): number | Promise<number>
}

export interface Sample {
  readonly name: string
  readonly median: number
  readonly min: number
  readonly max: number
  readonly n: number
}

/** Wall time of a command that must succeed, in milliseconds. */
export function timed(argv: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly allow?: readonly number[] } = {}): number {
  const [file = '', ...args] = argv
  const began = performance.now()
  const { status, stderr, error } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: options.env ?? process.env })
  const took = performance.now() - began
  if (error || !(options.allow ?? [0]).includes(status ?? -1)) throw new Error(`${argv.join(' ')}: ${error?.message ?? `exit ${status}: ${stderr}`}`)
  return took
}

const median = (sorted: readonly number[]): number => {
  const at = (i: number): number => sorted[i] ?? Number.NaN
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2
}

/** `rounds` runs of each candidate, one after the other in every round, after one run each that only warms caches. */
export async function paired(candidates: readonly Candidate[], rounds: number): Promise<readonly Sample[]> {
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const { name, run } of candidates) {
      const took = await run()
      if (round >= 0) times.get(name)?.push(took)
    }
  }
  return [...times].map(([name, all]) => {
    const sorted = all.toSorted((a, b) => a - b)
    return { name, median: median(sorted), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, n: sorted.length }
  })
}

const ms = (value: number): string => (value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`)

/** A Markdown table; `base` is the row the ratios are against, `goals` what a row is held to. */
export function table(samples: readonly Sample[], base: string | undefined, goals: Readonly<Record<string, string>> = {}): string {
  const against = samples.find(({ name }) => name === base)?.median
  const rows = samples.map((s) => [
    s.name,
    ms(s.median),
    ms(s.min),
    ms(s.max),
    `${s.n}`,
    ...(base === undefined ? [] : [against === undefined ? '' : `${(s.median / against).toFixed(2)}×`]),
    goals[s.name] ?? '',
  ])
  const head = ['what', 'median', 'min', 'max', 'runs', ...(base === undefined ? [] : [`beside ${base}`]), 'goal']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
