/**
 * The stand-in against the recordings of the real Kube-OVN, without a cluster: only the actions of actions.json are performed, and what is
 * left after each step is compared. test/lab/conformance.test.ts does the same on the lab.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BareWorld, bareWorld } from './bare-world.ts'
import { CASES } from './cases.ts'
import { gatewayLines } from './facts.ts'
import { recording, replay, steps } from './replay.ts'
import { type Performer, performer, settle } from './world.ts'

const NODES = ['node1', 'node2']

/** The profile v1.5 calls the switch `ovn-external`; the rest of the lines is the same. */
const names = /ovn-(?=external)/g

describe.each(CASES)('profile $profile, recordings of $version, chain $chain', ({ profile, version, chain, start, recorded }) => {
  let world: BareWorld
  let perform: Performer
  const rules = { recorded: { ...recorded, noPatchPorts: true }, replayed: { ...recorded, names: {}, noPatchPorts: true } }
  beforeAll(async () => {
    world = await bareWorld(profile, recording(version, 's01-before'))
    perform = performer(world, NODES)
    await settle(world, NODES, {})
    for (const action of start) await perform(action)
  })
  afterAll(() => world.close())

  it.each(steps(version, chain))('$folder', async (step) => {
    const recorded = recording(version, step.folder)
    await replay(world, perform, step, recorded, rules)
    const said = gatewayLines(world.log.splice(0)).map((text) => text.replaceAll(names, ''))
    // A recording's log may begin in the middle of the step.
    expect(said).toEqual(expect.arrayContaining(recorded.gatewayLog.map((text) => text.replaceAll(names, ''))))
  })
})
