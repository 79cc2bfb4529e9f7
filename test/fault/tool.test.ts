/** A tool in a pod that fails on its n-th call: the run is done all the same, or everything is as before; an undo that met it works the second time. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { ALL, LIMIT, tell } from './effort.ts'
import { expectBackInTwo, expectDoneOrBefore } from './outcome.ts'
import { openTheatre, SCENES, type Scene, type Theatre } from './scenes.ts'
import { worldState } from './state.ts'
import { breakTool, FAILURES } from './tools.ts'

let theatre: Theatre
beforeAll(async () => {
  theatre = await openTheatre(inject('lab'))
})
afterAll(() => theatre.close())

const HOWS = Object.entries(FAILURES)
/** Turn by turn, so that a sample meets every way to fail. */
const pointsOf = (calls: number): readonly { readonly n: number; readonly what: string; readonly how: string }[] =>
  Array.from({ length: calls }, (_, i) => i + 1).flatMap((n) => {
    const [what, how] = HOWS[n % HOWS.length] ?? ['', '']
    if (ALL) return HOWS.map(([w, h]) => ({ n, what: w, how: h }))
    return n % 4 === 3 || n === calls ? [{ n, what, how }] : []
  })

const TOOLS = ['ovn-nbctl', 'ovs-vsctl'] as const

describe.each<Scene>([SCENES.install, SCENES.reassign])('$name', (scene) => {
  it.each(TOOLS)('with one failing call of %s: done, or as before', { timeout: LIMIT }, async (tool) => {
    const stage = await theatre.set(scene)
    const bad = await breakTool(theatre.lab, tool)
    try {
      const whole = await stage.cli.run(stage.command)
      expect(whole.exit, whole.said).toBe(0)
      const [target, calls] = [await worldState(stage.lab), bad.calls()]
      expect(calls).toBeGreaterThan(0)
      const points = pointsOf(calls)
      const began = performance.now()
      for (const { n, what, how } of points) {
        await stage.reset()
        bad.failAt(n, how)
        await expectDoneOrBefore(stage, await stage.cli.run(stage.command), target, `call ${n} of ${tool} ${what}`)
      }
      tell(`${tool}, ${scene.name}: ${calls} calls, ${points.length} points, ${((performance.now() - began) / 1000 / points.length).toFixed(1)} s a point`)
    } finally {
      await bad.mend()
    }
  })
})

describe('rollback', () => {
  it.each([
    ['install', 'ovs-vsctl'],
    ['reassign', 'ovn-nbctl'],
  ] as const)('of %s with one failing call of %s: as before, at the latest the second time', { timeout: LIMIT }, async (scene, tool) => {
    const stage = await theatre.set(SCENES[scene])
    const { cli, lab, before } = stage
    expect(await cli.run(stage.command)).toMatchObject({ exit: 0 })
    const run = cli.journal()?.run ?? ''
    const [done, journals] = [await lab.snapshot(), cli.keep()]
    const bad = await breakTool(lab, tool)
    try {
      expect(await cli.run(['rollback', run])).toMatchObject({ exit: 0 })
      const calls = bad.calls()
      for (const { n, what, how } of pointsOf(calls)) {
        journals()
        await lab.restore(done)
        bad.failAt(n, how)
        const args = ['rollback', run]
        await expectBackInTwo(stage, args, await cli.run(args), before, `call ${n} of ${calls} ${what}`)
      }
    } finally {
      await bad.mend()
    }
  })
})
