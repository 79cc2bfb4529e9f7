/** Paired measuring on a machine that others use too: rounds interleave the candidates, so that a slow moment hits all of them. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

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

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Wall time of a command that must succeed, in milliseconds. */
export function timed(argv: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly allow?: readonly number[] } = {}): number {
  const [file = '', ...args] = argv
  const began = performance.now()
  const { status, stderr, error } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: options.env ?? process.env })
  const took = performance.now() - began
  if (error || !(options.allow ?? [0]).includes(status ?? -1)) throw new Error(`${argv.join(' ')}: ${error?.message ?? `exit ${status}: ${stderr}`}`)
  return took
}

export interface Weighed {
  readonly ms: number
  /** Peak resident memory, MiB: the kernel's high-water mark, as it last was when we looked (every 10 ms). */
  readonly mib: number
}

/** The same with the command's memory. */
export async function weighed(argv: readonly string[], options: { readonly cwd?: string; readonly allow?: readonly number[] } = {}): Promise<Weighed> {
  const [file = '', ...args] = argv
  const began = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: options.cwd })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  let [mib, stderr] = [0, '']
  const looking = setInterval(() => {
    mib = Math.max(mib, peakMib(child.pid))
  }, 10)
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.on('error', reject).on('close', resolve)
  const status = await promise.finally(() => clearInterval(looking))
  if (!(options.allow ?? [0]).includes(status ?? -1)) throw new Error(`${argv.join(' ')}: exit ${status}: ${stderr}`)
  return { ms: performance.now() - began, mib }
}

/** Peak resident memory of a process so far, MiB; 0 when it is gone. */
export function peakMib(pid: number | 'self' | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (i: number): number => sorted[i] ?? Number.NaN
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2
}

/**
 * `rounds` runs of each candidate, one after the other in every round, after one run each that only warms caches. Every round begins with another
 * one: what a server does every so many writes would else always hit the same.
 */
export async function paired(candidates: readonly Candidate[], rounds: number): Promise<readonly Sample[]> {
  const times = new Map<string, number[]>(candidates.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    const first = (round + 1) % candidates.length
    for (const { name, run } of [...candidates.slice(first), ...candidates.slice(0, first)]) {
      const took = await run()
      if (round >= 0) times.get(name)?.push(took)
    }
  }
  return [...times].map(([name, all]) => ({ name, median: medianOf(all), min: Math.min(...all), max: Math.max(...all), n: all.length }))
}

export const ms = (value: number): string =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(2)} s`

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
  return markdown(['what', 'median', 'min', 'max', 'runs', ...(base === undefined ? [] : [`beside ${base}`]), 'goal'], rows)
}

export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
