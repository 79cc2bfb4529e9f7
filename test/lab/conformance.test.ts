/**
 * The stand-in in the lab against the recordings of the real Kube-OVN: only the actions of actions.json are performed, and what is left
 * after each step is compared by the rules of the recordings' README (test/standin/facts.ts names the columns).
 */
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { type Lab, type LabSnapshot, labDown, labUp, openLab } from '../../lib/lab/index.ts'
import { CASES } from '../standin/cases.ts'
import { type Facts, facts } from '../standin/facts.ts'
import { type LabWorld, labWorld } from '../standin/lab-world.ts'
import { recording, replay, steps } from '../standin/replay.ts'
import { type Performer, performer, settle } from '../standin/world.ts'

/** The shared lab is v1.16.2; the other profiles have one of their own, for as long as this file runs. */
const shared = inject('lab')
const OWN = { 'v1.11.24': `${shared}c11`, 'v1.5': `${shared}c15` } as const
const quiet = (): void => undefined

const openFor = (profile: keyof typeof OWN | 'v1.16.2'): Promise<Lab> => {
  if (profile === 'v1.16.2') return openLab(shared)
  // The document's localnet is on the network `external`, whatever the switch is called.
  return labUp({ name: OWN[profile], profile, controllerArgs: ['--external-gateway-net=external'] }, quiet)
}

afterAll(async () => {
  for (const name of Object.values(OWN)) await labDown(name, quiet)
})

describe.each(CASES)('profile $profile, recordings of $version, chain $chain', ({ profile, version, chain, start, recorded }) => {
  let lab: Lab
  let pristine: LabSnapshot
  let world: LabWorld
  let perform: Performer
  let since: { recorded: Facts; replayed: Facts }
  const replayed = { ...recorded, names: {} }
  beforeAll(async () => {
    lab = await openFor(profile)
    world = await labWorld(lab)
    await settle(world, lab.nodes, {})
    pristine = await lab.snapshot()
    since = { recorded: facts(recording(version, 's01-before'), recorded), replayed: facts(await world.read(), replayed) }
    perform = performer(world, lab.nodes)
    for (const action of start) await perform(action)
  })
  afterAll(async () => {
    await lab.restore(pristine)
    await world.close()
    lab.close()
  })

  for (const step of steps(version, chain)) it(step.folder, () => replay(world, perform, step, recording(version, step.folder), { recorded, replayed, since }))
})
