/** The same actions in another order do not break the stand-in: it lives, comes to rest, and a gateway made afterwards works. */
import { afterEach, expect, it } from 'vitest'
import { type BareWorld, bareWorld } from './bare-world.ts'
import { recording } from './replay.ts'
import { allActions, performAll, shuffled, worksAfterwards } from './shuffle.ts'
import { performer, settle } from './world.ts'

const NODES = ['node1', 'node2']
let world: BareWorld
afterEach(() => world.close())

const RUNS = ['v1.16.2', 'v1.11.24', 'v1.5'].flatMap((profile) => [1, 2, 3].map((seed) => ({ profile, seed })))

it.each(RUNS)('$profile, seed $seed', async ({ profile, seed }) => {
  world = await bareWorld(profile, recording('v1.16.2', 's01-before'))
  const perform = performer(world, NODES)
  await settle(world, NODES, {})
  const actions = shuffled(allActions(), seed)
  expect(await performAll(perform, actions)).toBeGreaterThan(30)
  await worksAfterwards(world, NODES, perform, { router: 'ovn-cluster', sw: profile === 'v1.5' ? 'ovn-external' : 'external' })
  expect((await world.status())?.generation).toBe(1)
})
