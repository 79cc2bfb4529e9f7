import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, type Kube, SUBNET, type WatchEvent } from '../../lib/kube/port.ts'
import { type Cluster, until } from './apiserver.ts'
import { withToken } from './clients.ts'
import { type Fault, type FaultProxy, startProxy } from './proxy.ts'

const NS = 'default'
const gone = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' }

/** Collects what a watch tells until stopped. */
function follow(kube: Kube, labelSelector: string) {
  const stop = new AbortController()
  const events: WatchEvent[] = []
  const ended = (async () => {
    for await (const event of kube.watch(CONFIG_MAP, { namespace: NS, labelSelector, signal: stop.signal })) events.push(event)
  })()
  const told = (): string[] => events.map((e) => `${e.type} ${e.object.metadata.name} ${(e.object['data'] as { v?: string } | undefined)?.v ?? ''}`.trim())
  return {
    events,
    told,
    ended,
    stop: async () => {
      stop.abort()
      await ended
    },
  }
}

export function watchCases(up: () => Cluster): void {
  let kube: Kube
  let proxy: FaultProxy
  let through: Kube

  beforeAll(async () => {
    kube = await connect({ kubeconfig: up().kubeconfig })
    proxy = await startProxy({ upstream: up().server, certs: up().certs })
    through = await connect({ kubeconfig: await withToken(up(), proxy.url, 'unused', 'watch') })
  })
  afterAll(async () => {
    await Promise.all([kube.close(), through.close()])
    await proxy.close()
  })
  const make = (name: string, set: string, v: string) => kube.create(CONFIG_MAP, { metadata: { name, namespace: NS, labels: { set } }, data: { v } })
  const change = (name: string, v: string) => kube.patch(CONFIG_MAP, { name, namespace: NS }, { data: { v } })
  const drop = (name: string) => kube.delete(CONFIG_MAP, { name, namespace: NS })
  const isWatch = (url: string): boolean => url.includes('watch=true')

  test('first what exists, then what changes; objects that leave the selection are DELETED; ends silently', async () => {
    await make('w-a', 'one', '1')
    await make('w-b', 'one', '1')
    const seen = follow(through, 'set=one')
    await until(() => seen.events.length === 2)
    await change('w-a', '2')
    await make('w-c', 'one', '1')
    await drop('w-b')
    await kube.patch(CONFIG_MAP, { name: 'w-c', namespace: NS }, { metadata: { labels: { set: 'other' } } })
    await until(() => seen.events.length === 6)
    await seen.stop()
    expect(seen.told()).toEqual(['ADDED w-a 1', 'ADDED w-b 1', 'MODIFIED w-a 2', 'ADDED w-c 1', 'DELETED w-b 1', 'DELETED w-c 1'])
  })

  test('cut connections, in the middle of lines too, lose no state and repeat none', async () => {
    const states = Array.from({ length: 150 }, (_, i) => String(i))
    await make('counter', 'two', 'start')
    let watches = 0
    // Every third connection is cut after some bytes, wherever that is in a line.
    proxy.fault = (r): Fault | undefined => (isWatch(r.url) && ++watches % 3 === 0 ? { kind: 'cut-answer', afterBytes: 200 + 37 * watches } : undefined)
    const seen = follow(through, 'set=two')
    await until(() => seen.events.length === 1)
    for (const v of states) {
      await change('counter', v)
      if (Number(v) % 10 === 5) proxy.cut()
    }
    await drop('counter')
    await until(() => seen.told().at(-1)?.startsWith('DELETED') === true, 15_000)
    await seen.stop()
    proxy.fault = () => undefined
    expect(watches).toBeGreaterThan(3)
    expect(seen.told()).toEqual(['ADDED counter start', ...states.map((v) => `MODIFIED counter ${v}`), 'DELETED counter 149'])
  })

  test.each<[string, Fault]>([
    ['as an answer', { kind: 'answer', status: 410, body: JSON.stringify(gone) }],
    ['as an event', { kind: 'answer', status: 200, body: `${JSON.stringify({ type: 'ERROR', object: gone })}\n` }],
  ])('a version too old (%s): after the new list only the differences are told', async (how, expired) => {
    const set = how.replaceAll(' ', '-')
    for (const name of ['stays', 'changes', 'goes', 'reborn']) await make(`${set}-${name}`, set, '1')
    const seen = follow(through, `set=${set}`)
    await until(() => seen.events.length === 4)
    let away = true
    let told410 = 0
    proxy.fault = (r) => {
      if (!isWatch(r.url)) return undefined
      if (away) return { kind: 'answer', status: 503, body: 'away' }
      return told410++ === 0 ? expired : undefined
    }
    proxy.cut()
    const from = proxy.requests.length
    await until(() => proxy.requests.slice(from).some((r) => isWatch(r.url)))
    await change(`${set}-changes`, '2')
    await drop(`${set}-goes`)
    await drop(`${set}-reborn`)
    await make(`${set}-reborn`, set, '9')
    await make(`${set}-new`, set, '1')
    away = false
    await until(() => seen.events.length >= 9)
    await change(`${set}-stays`, 'end')
    await until(() => seen.told().at(-1) === `MODIFIED ${set}-stays end`)
    await seen.stop()
    proxy.fault = () => undefined
    const news = seen.told().slice(4, -1)
    expect(news.toSorted()).toEqual([
      `ADDED ${set}-new 1`,
      `ADDED ${set}-reborn 9`,
      `DELETED ${set}-goes 1`,
      `DELETED ${set}-reborn 1`,
      `MODIFIED ${set}-changes 2`,
    ])
    expect(news.indexOf(`DELETED ${set}-reborn 1`)).toBeLessThan(news.indexOf(`ADDED ${set}-reborn 9`))
  })

  test('a server that ends every watch at once is not hammered', async () => {
    const watches = (): number => proxy.requests.filter((r) => isWatch(r.url)).length
    const before = watches()
    const seen = follow(through, 'set=none')
    await until(() => watches() > before)
    proxy.fault = (r) => (isWatch(r.url) ? { kind: 'answer', status: 200, body: '' } : undefined)
    proxy.cut()
    const start = performance.now()
    await until(() => watches() >= before + 4)
    // At least 50, 100 and 200 ms before the three connections after the cut.
    expect(performance.now() - start).toBeGreaterThan(340)
    proxy.fault = () => undefined
    await seen.stop()
  })

  test('rights taken away end it with an error, at the start and later', async () => {
    const missing = kube.watch(SUBNET, { signal: new AbortController().signal })[Symbol.asyncIterator]()
    await expect(missing.next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const seen = follow(through, 'set=one')
    await until(() => seen.events.length > 0)
    const denied = { kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403, message: 'configmaps is forbidden' }
    proxy.fault = (r) => (isWatch(r.url) ? { kind: 'answer', status: 403, body: JSON.stringify(denied) } : undefined)
    const ended = expect(seen.ended).rejects.toMatchObject({ code: 'FORBIDDEN', what: 'cannot watch configmaps' })
    proxy.cut()
    await ended
    proxy.fault = () => undefined
  })

  describe('many at once', () => {
    test('watches do not take the connections of other calls', async () => {
      const watchers = Array.from({ length: 25 }, () => follow(through, 'set=one'))
      await until(() => watchers.every((w) => w.events.length > 0))
      await expect(through.list(CONFIG_MAP, { namespace: NS })).resolves.toBeDefined()
      await Promise.all(watchers.map((w) => w.stop()))
    })
  })
}
