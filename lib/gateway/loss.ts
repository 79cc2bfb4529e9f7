/** Measuring what a move of the gateway costs: trains of pings from outside to external addresses and from pods to the outside, while it moves. */
import { asError, OvngwError } from '../kernel/errors.ts'
import { parseIp } from '../net/ip.ts'
import { parseSteady, pingSteadily, type Steady } from '../ovs/ping-steady.ts'
import type { Runner } from '../proc/command.ts'
import { pause } from './pause.ts'

type PodRef = { readonly namespace: string; readonly name: string }

/** Who asks whom. */
export type Probe = {
  /** Index of `probe.outside`, or the pod that asks. */
  readonly from: number | PodRef
  readonly to: string
  /** Whose address it is, or who asks: for people. */
  readonly about: string
}

/** A probe that answers, and the quickest pace its host can keep. */
export type Tuned = Probe & { readonly everyMs: number }

/** `ms` null: not measured, `why` says why. `back` false: it did not answer at the end, so that `ms` is what was seen of more. */
export type Loss = { readonly ms: number | null; readonly back: boolean; readonly why: string | null }

export interface Askers {
  readonly signal: AbortSignal
  readonly outside: readonly Runner[]
  pod(ref: PodRef): Runner
}

/** Between two pings: what iputils allows everybody, what older ones and inetutils allow without root, what every ping takes. */
const PACES = [20, 200, 1000] as const
/** How long a probe is tried before it is believed. */
const TRY_MS = 1_000
/** The pings run when the move begins, and somewhat after it. */
const LEAD_MS = 700

const runnerOf = (at: Askers, { from }: Probe): Runner => {
  const runner = typeof from === 'number' ? at.outside[from] : at.pod(from)
  if (runner === undefined) throw new OvngwError('BUG', { what: `there is no outside host ${JSON.stringify(from)}` })
  return runner
}

async function train(at: Askers, probe: Probe, everyMs: number, ms: number, signal: AbortSignal): Promise<Steady> {
  const runner = runnerOf(at, probe)
  const command = pingSteadily(parseIp(probe.to), Math.max(2, Math.round(ms / everyMs)), everyMs)
  return parseSteady(await runner.run(command, { signal, timeoutMs: ms * 2 + 15_000 }), command, everyMs, runner.where)
}

/** Why a probe is of no use; cancelling and bugs go on. */
function reason(thrown: unknown): string {
  const error = asError(thrown)
  if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
  return error.message
}

/** The probe with the quickest pace at which it answers; else why it is of no use. */
export async function tune(at: Askers, probe: Probe): Promise<Tuned | { readonly why: string }> {
  let why = 'it does not answer'
  for (const everyMs of PACES) {
    try {
      const { answeredLast } = await train(at, probe, everyMs, Math.max(TRY_MS, 3 * everyMs), at.signal)
      return answeredLast ? { ...probe, everyMs } : { why: 'it does not answer' }
    } catch (thrown) {
      why = reason(thrown)
    }
  }
  return { why }
}

/** What each probe lost within `windowMs`, while `move` was done; `move` resolves when the gateway is where it shall be. */
export async function lossWhile(at: Askers, probes: readonly Tuned[], windowMs: number, move: () => Promise<void>): Promise<readonly Loss[]> {
  const failed = new AbortController()
  const signal = AbortSignal.any([at.signal, failed.signal])
  let moved = false
  const measured = probes.map(async (probe): Promise<Loss> => {
    try {
      const { lost, everyMs, answeredLast } = await train(at, probe, probe.everyMs, windowMs, signal)
      if (!moved) return { ms: null, back: answeredLast, why: 'the gateway moved only after the time that was measured: --window' }
      return { ms: Math.round(lost * everyMs), back: answeredLast, why: null }
    } catch (thrown) {
      return { ms: null, back: false, why: reason(thrown) }
    }
  })
  const all = Promise.all(measured)
  all.catch(() => undefined) // awaited below, after the move
  try {
    await pause(LEAD_MS, signal)
    await move()
    moved = true
  } catch (error) {
    failed.abort()
    throw error
  }
  return all
}
