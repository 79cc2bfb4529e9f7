/**
 * The stand-in against the recordings of the real Kube-OVN, without a cluster: only the actions of actions.json are performed, and what is
 * left after each step is compared. test/lab/conformance.test.ts does the same on the lab.
 */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type BareWorld, bareWorld } from './bare-world.ts'
import { CASES } from './cases.ts'
import { recording, replay, steps } from './replay.ts'
import { type Performer, performer } from './world.ts'

describe.each(CASES)('profile $profile, recordings of $version, chain $chain', ({ profile, version, chain, start, recorded }) => {
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
