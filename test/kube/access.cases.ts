import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { ACCESS_REVIEW, CONFIG_MAP, NODE } from '../../lib/kube/port.ts'
import { makeExpired } from '../../lib/lab/expired.ts'
import { type Cluster, TOKEN } from './apiserver.ts'
import { failure, ref, useClients, withToken } from './clients.ts'

export function accessCases(up: () => Cluster): void {
  const { kube, open } = useClients(up, 'access')

  describe('who one is', () => {
    test('--as is another user, and a denied read is not an absent object', async () => {
      const nobody = await open({ kubeconfig: up().kubeconfig, as: 'jane', asGroups: ['ops', 'web'] })
      expect(nobody.where).toEqual({ context: 'test', server: up().server, user: 'jane' })
      await expect(nobody.find(CONFIG_MAP, ref('common'))).rejects.toMatchObject({
        code: 'FORBIDDEN',
        what: 'cannot get ConfigMap default/common',
        why: expect.stringContaining('User "jane" cannot get resource "configmaps"'),
        hint: 'check with: kubectl auth can-i get configmaps/common -n default --context test --as jane',
      })
      await expect(nobody.list(NODE)).rejects.toMatchObject({ hint: 'check with: kubectl auth can-i list nodes --context test --as jane' })
      await expect(nobody.exec({ namespace: 'default', pod: 'p', container: 'c' }).run({ bin: 'id', args: [], effect: 'read' })).rejects.toMatchObject({
        code: 'FORBIDDEN',
        what: 'cannot exec in pod default/p',
        hint: 'check with: kubectl auth can-i create pods/exec -n default --context test --as jane',
      })
      const watching = nobody.watch(NODE, { signal: AbortSignal.timeout(5_000) })[Symbol.asyncIterator]()
      await expect(watching.next()).rejects.toMatchObject({ code: 'FORBIDDEN' })
      const ops = await open({ kubeconfig: up().kubeconfig, as: 'jane', asGroups: ['system:masters'] })
      await expect(ops.list(NODE)).resolves.toMatchObject({ items: [] })
    })

    test('one can ask what one may do: an answer without a name', async () => {
      const ask = (verb: string) => ({ metadata: { name: '' }, spec: { resourceAttributes: { verb, resource: 'pods', namespace: 'default' } } })
      const jane = await open({ kubeconfig: up().kubeconfig, as: 'jane' })
      await expect(kube().create(ACCESS_REVIEW, ask('delete'))).resolves.toMatchObject({ status: { allowed: true } })
      await expect(jane.create(ACCESS_REVIEW, ask('delete'))).resolves.toMatchObject({ status: { allowed: false } })
    })

    test('groups need a user', async () => {
      await expect(connect({ kubeconfig: up().kubeconfig, asGroups: ['x'] })).rejects.toMatchObject({ code: 'USAGE', what: '--as-group needs --as' })
    })

    test('a token that is not accepted is UNAUTHORIZED and not printed', async () => {
      const good = await open({ kubeconfig: await withToken(up(), up().server, TOKEN, 'good') })
      await expect(good.list(NODE)).resolves.toMatchObject({ items: [] })
      const bad = await open({ kubeconfig: await withToken(up(), up().server, 's3cret-token', 'bad') })
      const error = await failure(bad.list(NODE))
      expect(error).toMatchObject({ code: 'UNAUTHORIZED', why: expect.stringContaining('user someone'), hint: expect.stringContaining('kubectl auth whoami') })
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
    })

    test('a client certificate that expired says so', async () => {
      await makeExpired(up().certs, 'oldie')
      const path = join(up().dir, 'oldie.kubeconfig')
      const config = JSON.parse(await readFile(up().kubeconfig, 'utf8')) as { users: { user: object }[] }
      config.users[0] = { ...config.users[0], user: { 'client-certificate': 'certs/oldie.crt', 'client-key': 'certs/oldie.key' } }
      await writeFile(path, JSON.stringify(config))
      const old = await open({ kubeconfig: path })
      await expect(old.list(NODE)).rejects.toMatchObject({
        code: 'CERTIFICATE',
        why: expect.stringContaining('expired at 2020-01-02T00:00:00.000Z'),
        hint: expect.stringContaining('renew'),
      })
    })
  })

  describe('through a proxy', () => {
    test('proxy-url: calls, watches and exec go through its tunnel, TLS is still checked end to end', async () => {
      const tunnels: string[] = []
      const server = createServer()
      server.on('connect', (req, client, head) => {
        tunnels.push(req.url ?? '')
        const { hostname, port } = new URL(`http://${req.url ?? ''}`)
        const onward = connectTo(Number(port), hostname, () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n')
          onward.write(head)
          onward.pipe(client).pipe(onward)
        })
        for (const side of [onward, client]) side.on('error', () => undefined)
      })
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      const path = await withToken(up(), up().server, TOKEN, 'proxied')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: { cluster: Record<string, string> }[] }
      for (const { cluster } of config.clusters) cluster['proxy-url'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await writeFile(path, JSON.stringify(config))
      const client = await open({ kubeconfig: path })
      await expect(client.get(CONFIG_MAP, ref('common'))).resolves.toBeDefined()
      for await (const event of client.watch(CONFIG_MAP, { namespace: 'default', signal: AbortSignal.timeout(5_000) })) {
        expect(event.type).toBe('ADDED')
        break
      }
      await expect(client.exec({ namespace: 'default', pod: 'none', container: 'c' }).run({ bin: 'id', args: [], effect: 'read' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
      expect(new Set(tunnels)).toEqual(new Set([new URL(up().server).host]))
      await client.close()
      server.closeAllConnections()
      server.close()
    })
  })
}
