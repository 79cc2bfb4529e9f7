/** Ctrl-C during each step, a second one, SIGTERM; what is under way is waited for; and two runs at once. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, test } from 'vitest'
import { type FaultProxy, type Seen, startProxy } from '../kube/proxy.ts'
import type { Ended } from './cli.ts'
import { LIMIT } from './effort.ts'
import { openTheatre, SCENES, type Stage, type Theatre } from './scenes.ts'
import { changes, type World, worldState } from './state.ts'
import { breakTool } from './tools.ts'

let theatre: Theatre
let proxy: FaultProxy
let through: string
beforeAll(async () => {
  theatre = await openTheatre(inject('lab'))
  const { lab, cli } = theatre
  proxy = await startProxy({ upstream: lab.server, certs: `${lab.dir}/certs` })
  through = join(cli.dir, 'proxied')
  writeFileSync(through, readFileSync(lab.kubeconfig, 'utf8').replace(lab.server, proxy.url))
})
afterEach(() => {
  proxy.fault = () => undefined
})
afterAll(async () => {
  await proxy.close()
  await theatre.close()
})

async function expectEnd({ lab }: Stage, { exit, said }: Ended, wanted: number, world: World): Promise<void> {
  expect({ exit, changes: changes(world, await worldState(lab)) }, said).toEqual({ exit: wanted, changes: [] })
}

/** Steps of install, by what their events say. */
const READS = ['preflight run', 'recovery-card run', 'take-baseline run', 'write-config before']
const LATER = ['write-config apply', 'wait-labels run', 'wait-port run', 'wait-bridge run', 'verify run', 'packets run']

describe('Ctrl-C during a step of install', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await theatre.set(SCENES.install)
  })
  const at = async (step: string, signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> => {
    await stage.reset()
    return stage.cli.run([...stage.command, '-o', 'json'], { blows: [{ event: `step-started ${step}`, signal }] })
  }

  test.each(READS)('%s: exit 130, nothing was written', { timeout: LIMIT }, async (step) => {
    await expectEnd(stage, await at(step), 130, stage.before)
    expect((stage.cli.journal()?.records ?? []).filter((r) => r.startsWith('begin apply:'))).toEqual([])
  })

  test.each(LATER)('%s: exit 4, everything is as before', { timeout: LIMIT }, async (step) => {
    await expectEnd(stage, await at(step), 4, stage.before)
    expect(stage.cli.journal()?.records).toContain('begin apply:write-config')
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s is the same', { timeout: LIMIT }, async (signal) => {
    await expectEnd(stage, await at('wait-bridge run', signal), 4, stage.before)
  })

  test.each([
    ['rollback', 0],
    ['resume', 4],
  ] as const)('a second one during the undo ends at once with 130; then %s puts everything back', { timeout: LIMIT }, async (verb, exit) => {
    await stage.reset()
    const { cli, command, before } = stage
    const blows = [
      { record: 'begin run:wait-bridge', signal: 'SIGINT' },
      { record: 'begin undo:write-config', signal: 'SIGINT' },
    ] as const
    const { exit: first, said } = await cli.run(command, { blows })
    expect(first, said).toBe(130)
    expect(cli.journal()?.records.at(-1)).toBe('begin undo:write-config')
    const last = await cli.run([verb, cli.journal()?.run ?? ''])
    await expectEnd(stage, last, exit, before)
    expect(last.said).not.toContain('waiting up to')
  })
})

const gate = (): { readonly opened: Promise<void>; open(): void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: () => resolve() }
}

/** The lock is renewed every 5 s, whatever the run waits for: its next renewal shows that nothing else was begun meanwhile. */
const isRenewal = ({ method, url }: Seen): boolean => method === 'PUT' && url.includes('/leases/ovngw')

describe('what is under way at Ctrl-C is waited for', () => {
  it('a write to the API server: no undo before its answer', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    const { opened, open } = gate()
    const meanwhile: Seen[] = []
    let held = false
    const { child, ended } = stage.cli.start(stage.command, { kubeconfig: through })
    proxy.fault = (seen) => {
      if (held) {
        meanwhile.push(seen)
        open()
        return undefined
      }
      held = seen.method === 'PATCH' && seen.url.includes('/configmaps/')
      if (!held) return undefined
      child.kill('SIGINT')
      return { kind: 'hold', until: opened }
    }
    await expectEnd(stage, await ended, 4, stage.before)
    expect(meanwhile[0], JSON.stringify(meanwhile[0])).toSatisfy(isRenewal)
  })

  it('a tool in a pod: no undo before it ended', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.reassign)
    const { cli, lab, command, before } = stage
    const bad = await breakTool(lab, 'ovn-nbctl')
    try {
      // The call that removes the row of the old address waits for us, then does its work.
      const [began, go] = [join(cli.dir, 'began'), join(cli.dir, 'go')]
      bad.failWhere('remove', `: >'${began}'; while ! [ -e '${go}' ]; do sleep 0.05; done; real "$@"`)
      const { child, ended } = cli.start(command, { kubeconfig: through })
      await expect.poll(() => existsSync(began), { timeout: 60_000 }).toBe(true)
      const first = proxy.requests.length
      child.kill('SIGINT')
      await expect.poll(() => proxy.requests.length, { timeout: 60_000 }).toBeGreaterThan(first)
      writeFileSync(go, '')
      expect(proxy.requests[first]).toSatisfy(isRenewal)
      await expectEnd(stage, await ended, 4, before)
    } finally {
      await bad.mend()
    }
  })
})

describe('two runs at once', () => {
  it('the second ends with 6 and names the holder; the first is done', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    const { cli, command } = stage
    const { opened, open } = gate()
    let held = false
    proxy.fault = ({ method, url }) => {
      if (held || method !== 'PATCH' || !url.includes('/configmaps/')) return undefined
      held = true
      return { kind: 'hold', until: opened }
    }
    const first = cli.start(command, { kubeconfig: through })
    await expect.poll(() => held, { timeout: 60_000 }).toBe(true)
    const second = await cli.run(command, { stateDir: join(cli.dir, 'other') })
    expect(second.exit, second.said).toBe(6)
    expect(second.err).toContain(`run ${cli.journal()?.run} of `)
    expect(second.err).toContain(`(process ${first.child.pid})`)
    const waiting = { event: 'step-progress lock', signal: 'SIGINT' } as const
    const third = await cli.run([...command, '-o', 'json'], { stateDir: join(cli.dir, 'third'), blows: [waiting] })
    expect(third.exit, `Ctrl-C while waiting for the lock\n${third.said}`).toBe(130)
    open()
    const { exit, said } = await first.ended
    expect(exit, said).toBe(0)
  })
})
