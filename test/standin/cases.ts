/** Which chain is replayed in which profile. */
import type { Rules } from './facts.ts'
import { STARTS, V1_5_NAMES, type Version } from './replay.ts'
import type { Action } from './world.ts'

export interface Case {
  readonly profile: 'v1.16.2' | 'v1.11.24' | 'v1.5'
  readonly version: Version
  readonly chain: string
  /** What the chain's note says was there before its first step. */
  readonly start: readonly Action[]
  readonly recorded: Rules
}

export const CASES: readonly Case[] = [
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'B', start: [], recorded: {} },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'A', start: STARTS.A(), recorded: {} },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'C', start: STARTS.C(), recorded: { onlyLivingRoutes: true } },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'D', start: STARTS.D(), recorded: {} },
  { profile: 'v1.11.24', version: 'v1.11.24', chain: 'A', start: [], recorded: {} },
  { profile: 'v1.5', version: 'v1.11.24', chain: 'A', start: [], recorded: { names: V1_5_NAMES } },
]
