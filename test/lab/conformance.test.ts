/**
 * The stand-in in the lab against the recordings of the real Kube-OVN: only the actions of actions.json are performed, and what is left
 * after each step is compared by the rules of the recordings' README (test/standin/facts.ts names the columns).
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Lab, type LabSnapshot, labDown, labUp, openLab } from '../../lib/lab/index.ts'
import { CASES, type Case } from '../standin/cases.ts'
import { type Facts, facts } from '../standin/facts.ts'
import { type LabWorld, labWorld } from '../standin/lab-world.ts'
import { recording, replay, steps } from '../standin/replay.ts'
import { allActions, performAll, shuffled, worksAfterwards } from '../standin/shuffle.ts'
import { type Performer, performer, settle } from '../standin/world.ts'

const shared = inject('lab')
const quiet = (): void => undefined

/**
 * Chains of v1.16.2 run on the shared lab, which is put back after each. Other profiles have a lab of their own for as long as they run,
 * and so has chain B: its last step takes a node's tunnel away for good (R10).
 */
const ownLab = ({ profile, chain }: Case): string | undefined =>
  profile === 'v1.16.2' && chain !== 'B' ? undefined : `${shared}${profile.replaceAll(/\W/g, '')}`

// The document's localnet is on the network `external`, whatever the switch is called.
const ARGS: Readonly<Partial<Record<Case['profile'], readonly string[]>>> = { 'v1.5': ['--external-gateway-net=external'] }

describe.each(CASES)('profile $profile, recordings of $version, chain $chain', (test) => {
  const { profile, version, chain, start, recorded } = test
  const own = ownLab(test)
  let lab: Lab
  let pristine: LabSnapshot | undefined
  let world: LabWorld
  let perform: Performer
  let since: { recorded: Facts; replayed: Facts }
  const replayed = { ...recorded, names: {} }
  beforeAll(async () => {
    lab = own === undefined ? await openLab(shared) : await labUp({ name: own, profile, controllerArgs: ARGS[profile] ?? [] }, quiet)
    world = await labWorld(lab)
    await settle(world, lab.nodes, {})
    if (own === undefined) {
      pristine = await lab.snapshot()
      // Pods of earlier tests are gone, but the controller remembers their addresses and would not hand them out again.
      await lab.restore(pristine)
    }
    since = { recorded: facts(recording(version, 's01-before'), recorded), replayed: facts(await world.read(), replayed) }
    perform = performer(world, lab.nodes)
    for (const action of start) await perform(action)
  })
  afterAll(async () => {
    if (pristine) await lab.restore(pristine)
    await world.close()
    lab.close()
    if (own !== undefined) await labDown(own, quiet)
  })

  for (const step of steps(version, chain)) it(step.folder, () => replay(world, perform, step, recording(version, step.folder), { recorded, replayed, since }))
})

describe('the same actions in another order', () => {
  it('do not break the stand-in: it lives, comes to rest, and a gateway made afterwards works', async () => {
    const lab = await openLab(shared)
    const pristine = await lab.snapshot()
    const world = await labWorld(lab)
    const perform = performer(world, lab.nodes)
    // Without attaching: it waits for pods that this order has not made yet.
    const actions = shuffled(allActions(), 4).filter((a) => a.op !== 'attach')
    expect(await performAll(perform, actions)).toBeGreaterThan(30)
    await worksAfterwards(world, lab.nodes, perform, { router: 'ovn-cluster', sw: 'external' })
    await lab.restore(pristine)
    await world.close()
    lab.close()
  })
})
