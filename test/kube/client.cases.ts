import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { ACCESS_REVIEW, CONFIG_MAP, type Kube, type KubeObject, NODE, SUBNET } from '../../lib/kube/port.ts'
import { POOL } from '../../lib/kube/session.ts'
import { makeCerts } from '../../lib/lab/certs.ts'
import { type Cluster, TOKEN } from './apiserver.ts'
import { makeExpired } from './expired.ts'
import { type FaultProxy, inTurn, startProxy } from './proxy.ts'

const map = (name: string, data: Record<string, string> = {}): KubeObject => ({ metadata: { name, namespace: 'default' }, data })
const ref = (name: string) => ({ name, namespace: 'default' })
const failure = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'it succeeded',
    (error: unknown) => error,
  )

/** A kubeconfig with a token, as cloud logins write them. */
export async function withToken(cluster: Cluster, server: string, token: string, name: string): Promise<string> {
  const ca = (await readFile(join(cluster.certs, 'ca.crt'))).toString('base64')
  const path = join(cluster.dir, `${name}.kubeconfig`)
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'someone', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'someone' } }],
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

export function clientCases(up: () => Cluster): void {
  let kube: Kube
  let proxy: FaultProxy
  let through: Kube
  const opened: Kube[] = []
  const open = async (options: Parameters<typeof connect>[0]): Promise<Kube> => {
    const one = await connect(options)
    opened.push(one)
    return one
  }

  beforeAll(async () => {
    kube = await open({ kubeconfig: up().kubeconfig })
    proxy = await startProxy({ upstream: up().server, certs: up().certs })
    through = await open({ kubeconfig: await withToken(up(), proxy.url, 'unused', 'through') })
  })
  afterAll(async () => {
    await Promise.all(opened.map((k) => k.close()))
    await proxy.close()
  })

  describe('objects', () => {
    test('create, get, replace, patch, delete; fields nobody knows survive', async () => {
      const made = await kube.create(CONFIG_MAP, map('life', { a: '1' }))
      expect(made).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'life', uid: expect.any(String) }, data: { a: '1' } })
      const replaced = await kube.replace(CONFIG_MAP, { ...made, data: { a: '2', b: '2' } })
      const patched = await kube.patch(CONFIG_MAP, ref('life'), { data: { a: null, c: '3' } })
      expect(patched['data']).toEqual({ b: '2', c: '3' })
      await kube.patch(
        CONFIG_MAP,
        ref('life'),
        [
          { op: 'test', path: '/data/c', value: '3' },
          { op: 'remove', path: '/data/c' },
        ],
        { type: 'json' },
      )
      expect((await kube.get(CONFIG_MAP, ref('life')))['data']).toEqual({ b: '2' })
      await expect(kube.replace(CONFIG_MAP, replaced)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(kube.delete(CONFIG_MAP, ref('life'), { resourceVersion: replaced.metadata.resourceVersion ?? '' })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await kube.delete(CONFIG_MAP, ref('life'))
      expect(await kube.find(CONFIG_MAP, ref('life'))).toBeUndefined()
      await kube.delete(CONFIG_MAP, ref('life'))
    })

    test('server-side apply keeps our fields under our name, refuses to steal and takes when forced', async () => {
      const other = await open({ kubeconfig: up().kubeconfig, fieldManager: 'somebody' })
      await other.apply(CONFIG_MAP, map('shared', { theirs: '1', both: 'them' }))
      await expect(kube.apply(CONFIG_MAP, map('shared', { both: 'us' }))).rejects.toMatchObject({ code: 'CONFLICT', why: expect.stringContaining('somebody') })
      const asked = await kube.apply(CONFIG_MAP, map('shared', { both: 'us' }), { force: true, dryRun: true })
      expect(asked['data']).toEqual({ theirs: '1', both: 'us' })
      expect((await kube.get(CONFIG_MAP, ref('shared')))['data']).toEqual({ theirs: '1', both: 'them' })
      const taken = await kube.apply(CONFIG_MAP, map('shared', { both: 'us' }), { force: true })
      const ours = taken.metadata.managedFields?.find((f) => (f as { manager: string }).manager === 'ovngw')
      expect(ours).toMatchObject({ operation: 'Apply', fieldsV1: { 'f:data': { 'f:both': {} } } })
    })

    test('writes carry the field manager, also by create and patch', async () => {
      const made = await kube.create(CONFIG_MAP, map('managed', { a: '1' }))
      expect(made.metadata.managedFields).toEqual([expect.objectContaining({ manager: 'ovngw', operation: 'Update' })])
    })

    test('a list of more than one page is whole', async () => {
      const names = Array.from({ length: 1_100 }, (_, i) => `page-${String(i).padStart(4, '0')}`)
      await Promise.all(names.map((name) => kube.create(CONFIG_MAP, { metadata: { name, namespace: 'default', labels: { page: 'yes' } } })))
      const from = proxy.requests.length
      const { items, resourceVersion } = await through.list(CONFIG_MAP, { namespace: 'default', labelSelector: 'page=yes' })
      expect(items.map((i) => i.metadata.name).toSorted()).toEqual(names)
      expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
      expect(resourceVersion).toMatch(/^\d+$/)
      expect(proxy.requests.length - from).toBe(3)
    })

    test('a page that expired starts the list again', async () => {
      const gone = JSON.stringify({ kind: 'Status', reason: 'Expired', code: 410, message: 'The provided continue parameter is too old' })
      proxy.fault = inTurn([{ kind: 'answer', status: 410, body: gone }], (r) => r.url.includes('continue='))
      const { items } = await through.list(CONFIG_MAP, { namespace: 'default', labelSelector: 'page=yes' })
      expect(new Set(items.map((i) => i.metadata.name)).size).toBe(1_100)
      expect(items).toHaveLength(1_100)
    })

    test('a name cannot climb out of its path', async () => {
      for (const name of ['..', '.', '']) await expect(kube.get(CONFIG_MAP, ref(name))).rejects.toMatchObject({ code: 'REJECTED' })
      expect(await kube.find(CONFIG_MAP, ref('x?watch=true#y')).catch((e: unknown) => e)).toBeUndefined()
      await expect(kube.get(CONFIG_MAP, ref('../../../nodes'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  describe('who one is', () => {
    test('--as is another user, and a denied read is not an absent object', async () => {
      const nobody = await open({ kubeconfig: up().kubeconfig, as: 'jane', asGroups: ['ops', 'web'] })
      expect(nobody.where).toEqual({ context: 'test', server: up().server, user: 'jane' })
      await expect(nobody.find(CONFIG_MAP, ref('shared'))).rejects.toMatchObject({
        code: 'FORBIDDEN',
        what: 'cannot get ConfigMap default/shared',
        why: expect.stringContaining('User "jane" cannot get resource "configmaps"'),
        hint: 'check with: kubectl auth can-i get configmaps/shared -n default --context test --as jane',
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
      await expect(kube.create(ACCESS_REVIEW, ask('delete'))).resolves.toMatchObject({ status: { allowed: true } })
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

  describe('what the server refuses', () => {
    test('an absent object, an absent namespace and an absent type are told apart', async () => {
      await expect(kube.get(CONFIG_MAP, ref('none'))).rejects.toMatchObject({ code: 'NOT_FOUND', what: 'cannot get ConfigMap default/none' })
      await expect(kube.create(CONFIG_MAP, { metadata: { name: 'x', namespace: 'none' } })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        why: expect.stringContaining('namespaces "none" not found'),
      })
      const missing = { code: 'NOT_FOUND', why: 'the server knows no subnets in kubeovn.io/v1', hint: 'see: kubectl api-resources --api-group=kubeovn.io' }
      await expect(kube.find(SUBNET, { name: 'ovn-default' })).rejects.toMatchObject(missing)
      await expect(kube.delete(SUBNET, { name: 'ovn-default' })).rejects.toMatchObject(missing)
      await expect(kube.list(SUBNET)).rejects.toMatchObject(missing)
    })

    test('invalid objects and double names', async () => {
      await expect(kube.create(CONFIG_MAP, map('Not Valid'))).rejects.toMatchObject({ code: 'REJECTED', why: expect.stringContaining('metadata.name') })
      await expect(kube.list(CONFIG_MAP, { labelSelector: 'a in (' })).rejects.toMatchObject({ code: 'REJECTED' })
      await expect(kube.create(CONFIG_MAP, map('shared'))).rejects.toMatchObject({ code: 'CONFLICT', why: expect.stringContaining('already exists') })
    })
  })

  describe('trouble on the way', () => {
    const tooMany = { kind: 'answer', status: 429, headers: { 'retry-after': '1' }, body: 'slow down' } as const
    const broken = { kind: 'answer', status: 503, body: 'etcd has no leader' } as const
    const asked = (match: string, from: number): number => proxy.requests.slice(from).filter((r) => r.url.includes(match)).length

    test('429 is tried again after the time the server asks for, for a create too', async () => {
      proxy.fault = inTurn([tooMany], (r) => r.method === 'POST')
      const start = performance.now()
      await through.create(CONFIG_MAP, map('patience'))
      expect(performance.now() - start).toBeGreaterThan(990)
    })

    test('5xx and resets are tried again when that is safe', async () => {
      const from = proxy.requests.length
      proxy.fault = inTurn([broken, { kind: 'reset' }, { kind: 'cut-answer', afterBytes: 20 }])
      await expect(through.get(CONFIG_MAP, ref('patience'))).resolves.toMatchObject({ metadata: { name: 'patience' } })
      expect(asked('patience', from)).toBe(4)
      proxy.fault = inTurn([{ kind: 'lose-answer' }, { kind: 'lose-answer' }, { kind: 'lose-answer' }])
      await expect(through.apply(CONFIG_MAP, map('again', { a: '1' }))).resolves.toMatchObject({ data: { a: '1' } })
      await expect(through.patch(CONFIG_MAP, ref('again'), { data: { b: '2' } })).resolves.toMatchObject({ data: { a: '1', b: '2' } })
      proxy.fault = inTurn([{ kind: 'lose-answer' }])
      await through.delete(CONFIG_MAP, ref('again'))
      expect(await kube.find(CONFIG_MAP, ref('again'))).toBeUndefined()
    })

    test('a create whose answer was lost is sent once and says that it may have been done', async () => {
      const from = proxy.requests.length
      proxy.fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through.create(CONFIG_MAP, map('lost'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('not known whether the server did it'),
      })
      expect(asked('configmaps', from)).toBe(1)
      expect(await kube.find(CONFIG_MAP, ref('lost'))).toBeDefined()
      proxy.fault = inTurn([{ ...broken, status: 500 }])
      await expect(through.create(CONFIG_MAP, map('lost-2'))).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringMatching(/500.*etcd has no leader.*not known/),
      })
      expect(await kube.find(CONFIG_MAP, ref('lost-2'))).toBeUndefined()
    })

    test('a conditional write whose answer was lost does not conflict with itself', async () => {
      const before = await kube.get(CONFIG_MAP, ref('lost'))
      proxy.fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through.replace(CONFIG_MAP, { ...before, data: { mine: '1' } })).rejects.toMatchObject({ code: 'UNREACHABLE' })
      const { resourceVersion } = await kube.get(CONFIG_MAP, ref('lost')).then((o) => o.metadata)
      proxy.fault = inTurn([{ kind: 'lose-answer' }])
      await expect(through.patch(CONFIG_MAP, ref('lost'), { metadata: { resourceVersion }, data: { mine: '2' } })).rejects.toMatchObject({
        code: 'UNREACHABLE',
      })
      expect((await kube.get(CONFIG_MAP, ref('lost')))['data']).toEqual({ mine: '2' })
    })

    test('retries end with the time given, and the last reason and the count are told', async () => {
      proxy.fault = () => broken
      const error = await failure(through.get(CONFIG_MAP, ref('patience'), { timeoutMs: 700 }))
      expect(error).toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringMatching(/context test\) answered 503: etcd has no leader \(\d attempts in 0\.\d s\)/),
      })
    })

    test('silence ends with the time given; cancelling ends it at once', async () => {
      proxy.fault = () => ({ kind: 'hang' })
      await expect(through.get(CONFIG_MAP, ref('patience'), { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('no answer in 0.3 s'),
      })
      const stop = new AbortController()
      const run = through.get(CONFIG_MAP, ref('patience'), { signal: stop.signal })
      await expect.poll(() => proxy.requests.at(-1)?.method).toBe('GET')
      stop.abort()
      await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
      proxy.fault = () => undefined
    })

    test('an answer that is not Kubernetes is PARSE, not an empty list', async () => {
      proxy.fault = () => ({ kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' })
      await expect(through.list(CONFIG_MAP)).rejects.toMatchObject({ code: 'PARSE' })
      proxy.fault = () => ({ kind: 'answer', status: 200, body: '{"kind":"Status"}' })
      await expect(through.list(CONFIG_MAP)).rejects.toMatchObject({ code: 'PARSE' })
      await expect(through.get(CONFIG_MAP, ref('x'))).rejects.toMatchObject({ code: 'PARSE' })
      proxy.fault = () => ({ kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' })
      await expect(through.get(CONFIG_MAP, ref('x'), { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        why: expect.stringContaining('a proxy or gateway answered'),
      })
      proxy.fault = () => undefined
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
      await Promise.all(Array.from({ length: 200 }, () => client.get(CONFIG_MAP, ref('shared'))))
      expect(counted.requests).toHaveLength(200)
      expect(counted.connections).toBeLessThanOrEqual(POOL)
      const after = counted.connections
      for (let i = 0; i < 20; i++) await client.get(CONFIG_MAP, ref('shared'))
      expect(counted.connections).toBe(after)
      await counted.close()
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
      await expect(client.get(CONFIG_MAP, ref('shared'))).resolves.toBeDefined()
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

  describe('certificates of the server', () => {
    const shown = async (cert: string, certs = up().certs): Promise<unknown> => {
      const tls = { cert: await readFile(join(certs, `${cert}.crt`)), key: await readFile(join(certs, `${cert}.key`)) }
      const bad = await startProxy({ upstream: up().server, certs: up().certs, tls })
      const client = await open({ kubeconfig: await withToken(up(), bad.url, 'x', `tls-${cert}-${new URL(bad.url).port}`) })
      const error = await failure(client.list(NODE))
      await bad.close()
      expect(bad.requests).toEqual([])
      return error
    }

    test('expired, of a foreign authority, not for a server: each is said, with the line to look at it', async () => {
      await makeExpired(up().certs, 'past')
      expect(await shown('past')).toMatchObject({
        code: 'CERTIFICATE',
        why: expect.stringContaining('its certificate has expired'),
        hint: expect.stringMatching(/openssl s_client -connect 127\.0\.0\.1:\d+ .*-dates/),
      })
      const foreign = join(up().dir, 'foreign')
      await makeCerts(foreign)
      expect(await shown('server', foreign)).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('certificate-authority') })
      expect(await shown('admin')).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('not one for a server') })
    })

    test('tls-server-name is obeyed: the name in the certificate counts, not the address', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'named')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: { cluster: Record<string, string> }[] }
      const named = async (name: string): Promise<unknown> => {
        for (const { cluster } of config.clusters) cluster['tls-server-name'] = name
        await writeFile(path, JSON.stringify(config))
        return failure((await open({ kubeconfig: path })).list(NODE))
      }
      expect(await named('elsewhere')).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('for another name') })
      expect(await named('kubernetes.default.svc')).toBe('it succeeded')
    })

    test('without a certificate-authority the public ones count, and ours is none of them', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'public')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: unknown[] }
      config.clusters = [{ name: 'test', cluster: { server: up().server } }]
      await writeFile(path, JSON.stringify(config))
      await expect((await open({ kubeconfig: path })).list(NODE)).rejects.toMatchObject({
        code: 'CERTIFICATE',
        why: expect.stringContaining('does not come from'),
      })
    })

    test('insecure-skip-tls-verify is obeyed', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'insecure')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: unknown[] }
      config.clusters = [{ name: 'test', cluster: { server: up().server, 'insecure-skip-tls-verify': true } }]
      await writeFile(path, JSON.stringify(config))
      const client = await open({ kubeconfig: path })
      await expect(client.list(NODE)).resolves.toMatchObject({ items: [] })
    })
  })
}
