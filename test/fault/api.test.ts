/**
 * An API server that fails once, at one request of a run: the run is done all the same, or everything is as before and the exit code says
 * so. `npm test` takes every kind of write, each with another kind of failure by turns, and a sample of the reads; `npm run test:crash` every
 * kind at every request.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Fault, type FaultProxy, type Seen, startProxy } from '../kube/proxy.ts'
import type { Ended } from './cli.ts'
import { ALL, LIMIT, tell } from './effort.ts'
import { expectBackInTwo, expectDoneOrBefore } from './outcome.ts'
import { openTheatre, SCENES, type Scene, type Stage, type Theatre } from './scenes.ts'
import { worldState } from './state.ts'

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({ kind: 'answer', status, headers })
interface Failure {
  readonly fault: Fault
  /** A read may meet it too. */
  readonly reads: boolean
  /** So many requests from that one on; default 1. */
  readonly times?: number
}
const KINDS: Readonly<Record<string, Failure>> = {
  '409': { fault: answer(409), reads: false },
  '429': { fault: answer(429, { 'retry-after': '1' }), reads: true },
  '500': { fault: answer(500), reads: true },
  reset: { fault: { kind: 'reset' }, reads: true },
  'done and its answer lost': { fault: { kind: 'lose-answer' }, reads: true },
  'resets for a while': { fault: { kind: 'reset' }, reads: true, times: 12 },
  hang: { fault: { kind: 'hang' }, reads: true },
}

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
afterAll(async () => {
  await proxy.close()
  await theatre.close()
})

interface Point {
  readonly what: string
  readonly kind: string
  /** Counts, and answers true at the one request that fails. */
  hit(seen: Seen): boolean
}

const isWrite = ({ method, url }: Seen): boolean => method !== 'GET' || (url.includes('/exec?') && WRITES.test(decodeURIComponent(url)))
/** Commands of the tools that change something. */
const WRITES = /command=(create|destroy|remove|set|add|lsp-del|lrp-del|del-br|del-port)&/
/** Reviews of rights are POST, and change nothing. */
const shape = ({ method, url }: Seen): string =>
  url.includes('/exec?') ? `write by ${/command=([a-z-]+)/.exec(url)?.[1]}` : `${method} ${new URL(url, 'https://x').pathname}`
/** Comes only when a run takes long: test/kube/lease.test.ts lets it fail. */
const isRenewal = (s: string): boolean => s.startsWith('PUT ') && s.endsWith('/leases/ovngw')

function pointsOf(requests: readonly Seen[]): readonly Point[] {
  const nth = (n: number, kind: string): Point => {
    let count = 0
    const { method, url } = requests[n - 1] ?? { method: '', url: '' }
    return { what: `request ${n} (${method} ${url.slice(0, 90)})`, kind, hit: () => ++count === n }
  }
  const first = (wanted: string, kind: string): Point => {
    let count = 0
    return { what: `first ${wanted}`, kind, hit: (seen) => isWrite(seen) && shape(seen) === wanted && ++count === 1 }
  }
  const kinds = Object.keys(KINDS)
  const writes = [...new Set(requests.filter(isWrite).map(shape))].filter((s) => !s.includes('selfsubjectaccessreviews') && !isRenewal(s))
  const others = requests.flatMap((seen, i) => {
    const possible = isWrite(seen) ? kinds : kinds.filter((k) => KINDS[k]?.reads)
    const kind = possible[i % possible.length] ?? ''
    return ALL || (i % 30 === 7 && kind !== 'hang') ? [nth(i + 1, kind)] : []
  })
  // A hang lasts as long as we are patient (10 s and more), so the sample has one.
  const inSample = (i: number, k: string): boolean => (k === 'hang' ? i === 0 : kinds[i % (kinds.length - 1)] === k)
  return [...writes.flatMap((w, i) => kinds.filter((k) => ALL || inSample(i, k)).map((k) => first(w, k))), ...others]
}

/** Runs through the proxy, which fails at the point. */
async function runInto(stage: Stage, args: readonly string[], { kind, what, hit }: Point): Promise<Ended> {
  let left: number | undefined
  proxy.fault = (seen) => {
    if (left === undefined && hit(seen)) left = KINDS[kind]?.times ?? 1
    return left !== undefined && left-- > 0 ? KINDS[kind]?.fault : undefined
  }
  const ended = await stage.cli.run(args, { kubeconfig: through })
  proxy.fault = () => undefined
  // How often a wait looks depends on the moment: a late n-th request may never come.
  if (!what.startsWith('request')) expect.soft(left, `${what} came`).toBeDefined()
  return ended
}

describe.each<Scene>([SCENES.install, SCENES.reassign])('$name', (scene) => {
  it('with one request failing: done, or as before', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(scene)
    const first = proxy.requests.length
    const { exit, said } = await stage.cli.run(stage.command, { kubeconfig: through })
    expect(exit, said).toBe(0)
    const target = await worldState(stage.lab)
    const requests = proxy.requests.slice(first)
    const points = pointsOf(requests)
    const began = performance.now()
    for (const point of points) {
      await stage.reset()
      await expectDoneOrBefore(stage, await runInto(stage, stage.command, point), target, `${point.kind} at ${point.what}`)
    }
    const each = (performance.now() - began) / 1000 / points.length
    tell(`API, ${scene.name}: ${requests.length} requests, ${points.length} points, ${each.toFixed(1)} s a point`)
  })
})

describe('rollback of an install', () => {
  it('with one request failing: as before, at the latest the second time', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    const { cli, lab, command, before } = stage
    expect(await cli.run(command)).toMatchObject({ exit: 0 })
    const args = ['rollback', cli.journal()?.run ?? '']
    const [done, journals, first] = [await lab.snapshot(), cli.keep(), proxy.requests.length]
    expect(await cli.run(args, { kubeconfig: through })).toMatchObject({ exit: 0 })
    for (const point of pointsOf(proxy.requests.slice(first))) {
      journals()
      await lab.restore(done)
      await expectBackInTwo(stage, args, await runInto(stage, args, point), before, `${point.kind} at ${point.what}`)
    }
  })

  it.runIf(ALL)('without an API server any more: exit 5 says what is left, and it works when the server is back', { timeout: LIMIT }, async () => {
    const stage = await theatre.set(SCENES.install)
    let gone = false
    proxy.fault = ({ method, url }) => {
      gone ||= method === 'GET' && url.includes('/nodes') && stage.cli.journal()?.records.includes('value apply:write-config') === true
      return gone ? { kind: 'reset' } : undefined
    }
    const { exit, said, err } = await stage.cli.run(stage.command, { kubeconfig: through, limitMs: 600_000 })
    proxy.fault = () => undefined
    expect(exit, said).toBe(5)
    expect(err).toContain(`ovngw rollback ${stage.cli.journal()?.run}`)
    await expectBackInTwo(stage, ['rollback', stage.cli.journal()?.run ?? ''], { exit: 5, signal: null, out: '', err: '', said }, stage.before, 'gone for good')
  })
})
