import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { type Kube, NODE, POD } from '../../lib/kube/port.ts'
import { read, write } from '../../lib/proc/command.ts'
import { HOSTILE } from '../proc/hostile.ts'
import { type Cluster, until } from './apiserver.ts'
import { withToken } from './clients.ts'
import { type FaultProxy, inTurn, startProxy } from './proxy.ts'

const TARGET = { namespace: 'default', pod: 'tools', container: 'c' }
const echoArgs = (...args: string[]) => read(process.execPath, '-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...args)

export function execCases(up: () => Cluster): void {
  let kube: Kube
  let proxy: FaultProxy
  let through: Kube

  beforeAll(async () => {
    kube = await connect({ kubeconfig: up().kubeconfig })
    proxy = await startProxy({ upstream: up().server, certs: up().certs })
    through = await connect({ kubeconfig: await withToken(up(), proxy.url, 'unused', 'exec') })
    await up().startKwok()
    await kube.create(NODE, { metadata: { name: 'node' } })
    await kube.create(POD, { metadata: { name: 'tools', namespace: 'default' }, spec: { nodeName: 'node', containers: [{ name: 'c', image: 'x' }] } })
    await until(async () => ((await kube.get(POD, { name: 'tools', namespace: 'default' }))['status'] as { phase: string }).phase === 'Running', 30_000)
  }, 60_000)
  afterAll(async () => {
    await Promise.all([kube.close(), through.close()])
    await proxy.close()
  })
  const pod = () => kube.exec(TARGET)
  const viaProxy = () => through.exec(TARGET)

  describe('answers', () => {
    test('stdout and stderr apart, exit code as it is', async () => {
      expect(pod().where).toBe('pod default/tools')
      for (const code of [0, 1, 7, 255]) {
        const output = await pod().run(read('sh', '-c', `printf 'out ä'; printf 'err\\n' >&2; exit ${code}`))
        expect(output).toEqual({ stdout: 'out ä', stderr: 'err\n', code })
      }
    })

    test('hostile values reach the tool as exactly one argument each', async () => {
      const { stdout } = await pod().run(echoArgs(...HOSTILE))
      expect(JSON.parse(stdout)).toEqual(HOSTILE)
    })

    test('stdin arrives whole and ends', async () => {
      const text = 'Zeile €\n'.repeat(100_000)
      const { stdout, code } = await pod().run(read('cat'), { stdin: text })
      expect(code).toBe(0)
      expect(stdout === text).toBe(true)
      expect(await pod().run(read('wc', '-c'), { stdin: '' })).toMatchObject({ stdout: '0\n' })
    })

    test('large output is whole, ten times in a row', async () => {
      const runs = Array.from({ length: 10 }, () => pod().run(read('sh', '-c', 'head -c 3000000 /dev/zero; echo end >&2')))
      for (const { stdout, stderr } of await Promise.all(runs)) {
        expect(stdout.length).toBe(3_000_000)
        expect(stderr).toBe('end\n')
      }
    })
  })

  describe('ends', () => {
    test('a tool that is not there is NOT_RUN, with the line to try by hand', async () => {
      await expect(pod().run(read('no-such-tool', '-x'))).rejects.toMatchObject({
        code: 'NOT_RUN',
        what: 'cannot run no-such-tool -x in pod default/tools',
        why: expect.stringContaining('not found'),
        hint: expect.stringContaining('kubectl --context test exec -n default tools -c c -- no-such-tool -x'),
      })
    })

    test('pod and container that are not there', async () => {
      await expect(kube.exec({ ...TARGET, pod: 'none' }).run(read('id'))).rejects.toMatchObject({ code: 'NOT_FOUND', what: 'cannot exec in pod default/none' })
      await expect(kube.exec({ ...TARGET, container: 'none' }).run(read('id'))).rejects.toMatchObject({
        code: 'REJECTED',
        why: expect.stringContaining('none'),
      })
      await expect(kube.exec({ ...TARGET, pod: '../tools' }).run(read('id'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    test('timeout, cancel and too much output', async () => {
      await expect(pod().run(read('sleep', '5'), { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMED_OUT', what: 'sleep 5 did not end in 0.3 s' })
      const stop = new AbortController()
      const run = pod().run(read('sleep', '5'), { signal: stop.signal })
      stop.abort()
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
      await expect(pod().run(read('head', '-c', '3000000', '/dev/zero'), { maxBytes: 1_000_000 })).rejects.toMatchObject({
        code: 'PARSE',
        what: expect.stringContaining('more than 1000000 bytes'),
      })
      expect((await pod().run(read('head', '-c', '1000000', '/dev/zero'), { maxBytes: 1_000_000 })).stdout).toHaveLength(1_000_000)
    })
  })

  describe('trouble on the way', () => {
    test('a connection lost before the exit code: a read is asked again, a write is NOT_RUN and run once', async () => {
      // The next exec is cut after 1,000 bytes, the one after it is not.
      const cutOnce = (): void => {
        let execs = 0
        proxy.fault = () => {
          proxy.cutUpgradeAfter = execs++ === 0 ? 1_000 : undefined
          return undefined
        }
      }
      cutOnce()
      const { stdout } = await viaProxy().run(read('head', '-c', '5000', '/dev/zero'))
      expect(stdout).toHaveLength(5_000)
      cutOnce()
      const from = proxy.requests.length
      await expect(viaProxy().run(write('head', '-c', '5000', '/dev/zero'))).rejects.toMatchObject({
        code: 'NOT_RUN',
        why: expect.stringContaining('it is not known whether the tool ran'),
      })
      expect(proxy.requests.length - from).toBe(1)
      proxy.cutUpgradeAfter = undefined
      proxy.fault = () => undefined
    })

    test('a server that does not even shake hands does not hold a timeout up', async () => {
      const deaf = createServer()
      await new Promise<void>((done) => deaf.listen(0, '127.0.0.1', done))
      const client = await connect({ kubeconfig: await withToken(up(), `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`, 'x', 'deaf') })
      const start = performance.now()
      await expect(client.exec(TARGET).run(read('id'), { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMED_OUT' })
      expect(performance.now() - start).toBeLessThan(2_000)
      await client.close()
      deaf.close()
    })

    test('429 was not run, so a write is asked again; 503 may have been run', async () => {
      proxy.fault = inTurn([{ kind: 'answer', status: 429, body: 'slow down' }])
      expect(await viaProxy().run(write('echo', 'hi'))).toMatchObject({ stdout: 'hi\n' })
      proxy.fault = inTurn([{ kind: 'answer', status: 503, body: 'no' }])
      await expect(viaProxy().run(write('echo', 'hi'))).rejects.toMatchObject({ code: 'UNREACHABLE', why: expect.stringContaining('503') })
      proxy.fault = inTurn([{ kind: 'answer', status: 503, body: 'no' }, { kind: 'reset' }])
      expect(await viaProxy().run(read('echo', 'hi'))).toMatchObject({ stdout: 'hi\n' })
    })

    test('later connections resume TLS sessions of earlier ones', async () => {
      const [connections, resumed] = [proxy.connections, proxy.resumed]
      for (let i = 0; i < 5; i++) await viaProxy().run(read('true'))
      expect(proxy.connections - connections).toBe(5)
      // Not all: undici lets go of a session when memory is collected.
      expect(proxy.resumed - resumed).toBeGreaterThan(0)
    })
  })
}
