/**
 * An API server that fails once, at one request of a run: the run is done all the same, or everything is as before and the exit code says
 * so. `npm test` takes every kind of failure at every kind of write and a sample of the reads, `npm run test:crash` every request.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Fault, type FaultProxy, type Seen, startProxy } from '../kube/proxy.ts'
import { ALL, LIMIT, tell } from './effort.ts'
import { expectDoneOrBefore } from './outcome.ts'
import { openTheatre, SCENES, type Scene, type Stage, type Theatre } from './scenes.ts'
import { type World, worldState } from './state.ts'

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({ kind: 'answer', status, headers })
/** `false`: only writes are answered so. */
const KINDS: Readonly<Record<string, readonly [fault: Fault, reads: boolean]>> = {
  '409': [answer(409), false],
  '429': [answer(429, { 'retry-after': '1' }), true],
  '500': [answer(500), true],
  reset: [{ kind: 'reset' }, true],
  'done and its answer lost': [{ kind: 'lose-answer' }, true],
  hang: [{ kind: 'hang' }, true],
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
  const writes = [...new Set(requests.filter(isWrite).map(shape))].filter((s) => !s.includes('selfsubjectaccessreviews'))
  const others = requests.flatMap((seen, i) => {
    const possible = isWrite(seen) ? kinds : kinds.filter((k) => KINDS[k]?.[1])
    const kind = possible[i % possible.length] ?? ''
    return ALL || (i % 30 === 7 && kind !== 'hang') ? [nth(i + 1, kind)] : []
  })
  // A hang lasts as long as we are patient (10 s and more), so the sample has one; of the other kinds every write meets two, by turns.
  const inSample = (i: number, k: string): boolean => (k === 'hang' ? i === 0 : [i * 2, i * 2 + 1].some((n) => kinds[n % (kinds.length - 1)] === k))
  return [...writes.flatMap((w, i) => kinds.filter((k) => ALL || inSample(i, k)).map((k) => first(w, k))), ...others]
}

async function failAt(stage: Stage, point: Point, target: World): Promise<void> {
  await stage.reset()
  let struck = false
  proxy.fault = (seen) => {
    if (struck || !point.hit(seen)) return undefined
    struck = true
    return KINDS[point.kind]?.[0]
  }
  const ended = await stage.cli.run(stage.command, { kubeconfig: through })
  proxy.fault = () => undefined
  // How often a wait looks depends on the moment: a late n-th request may never come.
  if (!point.what.startsWith('request')) expect.soft(struck, `${point.what} came`).toBe(true)
  await expectDoneOrBefore(stage, ended, target, `${point.kind} at ${point.what}`)
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
    for (const point of points) await failAt(stage, point, target)
    tell(
      `API, ${scene.name}: ${requests.length} requests, ${points.length} points, ${((performance.now() - began) / 1000 / points.length).toFixed(1)} s a point`,
    )
  })
})
