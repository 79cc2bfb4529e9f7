/**
 * The stand-in against the recordings of the real Kube-OVN, without a cluster: only the actions of actions.json are performed, and what is
 * left after each step is compared. test/lab/conformance.test.ts does the same on the lab.
 */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type BareWorld, bareWorld } from './bare-world.ts'
import type { Rules } from './facts.ts'
import { recording, replay, STARTS, steps, V1_5_NAMES, type Version } from './replay.ts'
import { type Action, type Performer, performer } from './world.ts'

interface Case {
  readonly profile: string
  readonly version: Version
  readonly chain: string
  readonly start?: readonly Action[]
  readonly recorded?: Rules
}

const CASES: readonly Case[] = [
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'B' },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'A', start: STARTS.A() },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'C', start: STARTS.C(), recorded: { onlyLivingRoutes: true } },
  { profile: 'v1.16.2', version: 'v1.16.2', chain: 'D', start: STARTS.D() },
  { profile: 'v1.11.24', version: 'v1.11.24', chain: 'A' },
  { profile: 'v1.5', version: 'v1.11.24', chain: 'A', recorded: { names: V1_5_NAMES } },
]

describe.each(CASES)('profile $profile, recordings of $version, chain $chain', ({ profile, version, chain, start = [], recorded = {} }) => {
  let world: BareWorld
  let perform: Performer
  const rules = { recorded: { ...recorded, noPatchPorts: true }, replayed: { ...recorded, names: {}, noPatchPorts: true } }
  beforeAll(async () => {
    world = await bareWorld(profile, recording(version, 's01-before'))
    perform = performer(world, ['node1', 'node2'])
    for (const action of start) await perform(action)
  })
  afterAll(() => world.close())

  for (const step of steps(version, chain)) it(step.folder, () => replay(world, perform, step, recording(version, step.folder), rules))
})
