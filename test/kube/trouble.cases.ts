import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { CONFIG_MAP, NODE, POOL } from '../../lib/kube/port.ts'
import type { Cluster } from './apiserver.ts'
import { failure, map, ref, useClients, withToken } from './clients.ts'
import { inTurn, startProxy } from './proxy.ts'

export function troubleCases(up: () => Cluster): void {
  const { kube, through, proxy, open } = useClients(up, 'trouble')

  describe('trouble on the way', () => {
    const tooMany = { kind: 'answer', status: 429, headers: { 'retry-after': '1' }, body: 'slow down' } as const
    const broken = { kind: 'answer', status: 503, body: 'etcd has no leader' } as const
    const asked = (match: string, from: number): number =>
      proxy()
        .requests.slice(from)
        .filter((r) => r.url.includes(match)).length

    test('429 is tried again after the time the server asks for, for a create too', async () => {
      proxy().fault = inTurn([tooMany], (r) => r.method === 'POST')
      const start = performance.now()
      let refusals = 0
      await through().create(CONFIG_MAP, map('patience'), { busy: () => refusals++ })
      expect(refusals).toBe(1)
      expect(performance.now() - start).toBeGreaterThan(990)
    })

    test('5xx and resets are tried again when that is safe', async () => {
      const from = proxy().requests.length
      proxy().fault = inTurn([broken, { kind: 'reset' }, { kind: 'cut-answer', afterBytes: 20 }])
      await expect(through().get(CONFIG_MAP, ref('patience'))).resolves.toMatchObject({ metadata: { name: 'patience' } })
      expect(asked('patience', from)).toBe(4)
      proxy().fault = inTurn([{ kind: 'lose-answer' }, { kind: 'lose-answer' }, { kind: 'lose-answer' }])
      await expect(through().apply(CONFIG_MAP, map('again', { a: '1' }))).resolves.toMatchObject({ data: { a: '1' } })
      await expect(through().patch(CONFIG_MAP, ref('again'), { data: { b: '2' } })).resolves.toMatchObject({ data: { a: '1', b: '2' } })
      proxy().fault = inTurn([{ kind: 'lose-answer' }])
      await through().delete(CONFIG_MAP, ref('again'))
      expect(await kube().find(CONFIG_MAP, ref('again'))).toBeUndefined()
    })

    test('a create whose answer was lost is sent once and says that it may have been done', async () => {
      const from = proxy().requests.length
      proxy().fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through().create(CONFIG_MAP, map('lost'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('not known whether the server did it'),
      })
      expect(asked('configmaps', from)).toBe(1)
      expect(await kube().find(CONFIG_MAP, ref('lost'))).toBeDefined()
      proxy().fault = inTurn([{ ...broken, status: 500 }])
      await expect(through().create(CONFIG_MAP, map('lost-2'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringMatching(/500.*etcd has no leader.*not known/),
      })
      expect(await kube().find(CONFIG_MAP, ref('lost-2'))).toBeUndefined()
    })

    test('a conditional write whose answer was lost does not conflict with itself', async () => {
      const before = await kube().get(CONFIG_MAP, ref('lost'))
      proxy().fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through().replace(CONFIG_MAP, { ...before, data: { mine: '1' } })).rejects.toMatchObject({ code: 'UNREACHABLE' })
      const { resourceVersion } = await kube()
        .get(CONFIG_MAP, ref('lost'))
        .then((o) => o.metadata)
      proxy().fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through().patch(CONFIG_MAP, ref('lost'), { metadata: { resourceVersion }, data: { mine: '2' } })).rejects.toMatchObject({
        code: 'UNREACHABLE',
      })
      expect((await kube().get(CONFIG_MAP, ref('lost')))['data']).toEqual({ mine: '2' })
    })

    test('retries end with the time given, and the last reason and the count are told', async () => {
      proxy().fault = () => broken
      const error = await failure(through().get(CONFIG_MAP, ref('patience'), { timeoutMs: 700 }))
      expect(error).toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringMatching(/context test\) answered 503: etcd has no leader \(\d attempts in 0\.\d s\)/),
      })
    })

    test('silence ends with the time given; cancelling ends it at once', async () => {
      proxy().fault = () => ({ kind: 'hang' })
      await expect(through().get(CONFIG_MAP, ref('patience'), { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('no answer in 0.3 s'),
      })
      const stop = new AbortController()
      const run = through().get(CONFIG_MAP, ref('patience'), { signal: stop.signal })
      await expect.poll(() => proxy().requests.at(-1)?.method).toBe('GET')
      stop.abort()
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
      proxy().fault = () => undefined
    })

    test('an answer that is not Kubernetes is PARSE, not an empty list', async () => {
      proxy().fault = () => ({ kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' })
      await expect(through().list(CONFIG_MAP)).rejects.toMatchObject({ code: 'PARSE' })
      proxy().fault = () => ({ kind: 'answer', status: 200, body: '{"kind":"Status"}' })
      await expect(through().list(CONFIG_MAP)).rejects.toMatchObject({ code: 'PARSE' })
      await expect(through().get(CONFIG_MAP, ref('x'))).rejects.toMatchObject({ code: 'PARSE' })
      proxy().fault = () => ({ kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' })
      await expect(through().get(CONFIG_MAP, ref('x'), { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('a proxy or gateway answered'),
      })
      proxy().fault = () => undefined
    })

    test('a login plugin that hangs does not hold a timeout up', async () => {
      const path = await withToken(up(), up().server, 'x', 'slow-login')
      const config = JSON.parse(await readFile(path, 'utf8')) as { users: unknown[] }
      // Ends by itself: nobody can stop it.
      config.users = [{ name: 'someone', user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['3'] } } }]
      await writeFile(path, JSON.stringify(config))
      const slow = await open({ kubeconfig: path })
      await expect(slow.get(CONFIG_MAP, ref('common'), { timeoutMs: 200 })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('no answer in 0.2 s'),
      })
      const run = slow.exec({ namespace: 'default', pod: 'p', container: 'c' }).run({ bin: 'id', args: [], effect: 'read' }, { timeoutMs: 200 })
      await expect(run).rejects.toMatchObject({ code: 'TIMED_OUT' })
    })

    test('an address nobody answers at is told soon, with server and context', async () => {
      const dead = await startProxy({ upstream: up().server, certs: up().certs })
      await dead.close()
      const lost = await open({ kubeconfig: await withToken(up(), dead.url, 'x', 'dead') })
      const start = performance.now()
      await expect(lost.list(NODE)).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining(`${dead.url} (context test): connection refused`),
        hint: 'check with: kubectl get --raw /livez --context test',
      })
      expect(performance.now() - start).toBeLessThan(2_000)
    })
  })

  describe('connections', () => {
    test('200 reads share the pool, and a pool of their own is not needed after a burst', async () => {
      const counted = await startProxy({ upstream: up().server, certs: up().certs })
      const client = await open({ kubeconfig: await withToken(up(), counted.url, 'x', 'counted') })
      await Promise.all(Array.from({ length: 200 }, () => client.get(CONFIG_MAP, ref('common'))))
      expect(counted.requests).toHaveLength(200)
      expect(counted.connections).toBeLessThanOrEqual(POOL)
      const after = counted.connections
      for (let i = 0; i < 20; i++) await client.get(CONFIG_MAP, ref('common'))
      expect(counted.connections).toBe(after)
      await counted.close()
    })
  })
}
