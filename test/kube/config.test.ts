import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../lib/kube/config.ts'
import { proxyFor } from '../../lib/kube/proxy.ts'
import { openSession } from '../../lib/kube/session.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ovngw-config-'))
  await mkdir(join(home, '.kube'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const entry = (name: string, user: object = {}, server = `https://${name}.example:6443`) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': name,
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name } }],
})
const put = async (file: string, content: unknown): Promise<string> => {
  const path = join(home, file)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const headersOf = async (path: string, options: { as?: string; asGroups?: string[] } = {}) => {
  const session = openSession({ kubeconfig: path, ...options }, { HOME: home, PATH: process.env['PATH'] })
  try {
    return (await session.access()).headers
  } finally {
    await session.close()
  }
}
const usage = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return 'it succeeded'
}

describe('which file', () => {
  test('--kubeconfig, then KUBECONFIG, then ~/.kube/config; ~ is home', async () => {
    await put('.kube/config', entry('home'))
    await put('one', entry('one'))
    expect(loadConfig({}, { HOME: home }).context).toBe('home')
    expect(loadConfig({}, { HOME: home, KUBECONFIG: '~/one' }).context).toBe('one')
    expect(loadConfig({ kubeconfig: '~/.kube/config' }, { HOME: home, KUBECONFIG: '~/one' }).context).toBe('home')
  })

  test('a list skips missing files, and the first file that names something wins', async () => {
    const first = await put('first', entry('first', { token: 'of-first' }))
    const second = await put('second', {
      ...entry('second'),
      users: [
        { name: 'first', user: { token: 'of-second' } },
        { name: 'second', user: {} },
      ],
    })
    const env = { HOME: home, KUBECONFIG: `${home}/none:${first}::${second}` }
    expect(loadConfig({}, env)).toMatchObject({ context: 'first', user: { token: 'of-first' } })
    expect(loadConfig({ context: 'second' }, env).cluster.server).toBe('https://second.example:6443')
  })

  test('none at all says where it looked and what to type', () => {
    expect(usage(() => loadConfig({}, { HOME: '/nonexistent' }))).toMatchObject({
      code: 'USAGE',
      exit: 2,
      why: 'looked for /nonexistent/.kube/config',
      hint: expect.stringContaining('--kubeconfig'),
    })
    expect(usage(() => loadConfig({ kubeconfig: '/nonexistent/x' }, { HOME: home }))).toMatchObject({ code: 'USAGE', why: 'looked for /nonexistent/x' })
  })

  test('a file that is no kubeconfig is refused without quoting it', async () => {
    const broken = await put('broken', 'users:\n- name: a\n  user: {token: s3cret\n')
    const error = usage(() => loadConfig({ kubeconfig: broken }, { HOME: home }))
    expect(error).toMatchObject({ code: 'USAGE', what: `cannot read kubeconfig ${broken}`, why: expect.stringMatching(/^line \d+: /) })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
    const list = await put('list', '- s3cret')
    expect(usage(() => loadConfig({ kubeconfig: list }, { HOME: home }))).toMatchObject({ code: 'USAGE' })
    expect(usage(() => loadConfig({ kubeconfig: home }, { HOME: home }))).toMatchObject({ code: 'USAGE', what: `cannot read kubeconfig ${home}` })
  })
})

describe('which context', () => {
  test('an unknown one lists those there are', async () => {
    const path = await put('two', { ...entry('a'), contexts: [...entry('a').contexts, { name: 'b', context: { cluster: 'gone', user: 'a' } }] })
    expect(usage(() => loadConfig({ kubeconfig: path, context: 'lab' }, { HOME: home }))).toMatchObject({
      code: 'USAGE',
      what: `context lab is not in ${path}`,
      hint: 'contexts there: a, b',
    })
    expect(usage(() => loadConfig({ kubeconfig: path, context: 'b' }, { HOME: home }))).toMatchObject({
      what: `context b names cluster gone, which is not in ${path}`,
    })
    const none = await put('no-current', { ...entry('a'), 'current-context': undefined })
    expect(usage(() => loadConfig({ kubeconfig: none }, { HOME: home }))).toMatchObject({ hint: 'pick one with --context: a' })
  })
})

describe('credentials', () => {
  test('token, basic, tokenFile (relative to the kubeconfig, before token)', async () => {
    expect(await headersOf(await put('t', entry('t', { token: 'abc' })))).toMatchObject({ authorization: 'Bearer abc' })
    expect(await headersOf(await put('b', entry('b', { username: 'u', password: 'p:w' })))).toMatchObject({
      authorization: `Basic ${Buffer.from('u:p:w').toString('base64')}`,
    })
    await put('token.txt', 'from-file\n')
    expect(await headersOf(await put('f', entry('f', { tokenFile: 'token.txt', token: 'old' })))).toMatchObject({ authorization: 'Bearer from-file' })
  })

  test('impersonation of the kubeconfig, replaced by --as', async () => {
    const user = { token: 'x', as: 'jane', 'as-groups': ['dev', 'ops'], 'as-uid': '7', 'as-user-extra': { 'example.org/Scope': ['a', 'b'] } }
    const path = await put('as', entry('as', user))
    expect(await headersOf(path)).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-uid': '7',
      'impersonate-extra-example.org%2Fscope': ['a', 'b'],
    })
    const replaced = await headersOf(path, { as: 'bob' })
    expect(Object.entries(replaced).filter(([name]) => name.startsWith('impersonate'))).toEqual([['impersonate-user', 'bob']])
  })

  test('a login plugin runs once for many calls at once, and is told about the cluster', async () => {
    const plugin = await put(
      'plugin',
      `#!/bin/sh\necho run >>${home}/runs\nprintf '%s' "$KUBERNETES_EXEC_INFO" >${home}/info\necho '{"status":{"token":"fresh"}}'\n`,
    )
    await chmod(plugin, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, provideClusterInfo: true, env: [] }
    const session = openSession({ kubeconfig: await put('e', entry('e', { exec })) }, { HOME: home })
    const all = await Promise.all(Array.from({ length: 8 }, () => session.access()))
    await session.close()
    expect(all.map((a) => a.headers['authorization'])).toEqual(Array(8).fill('Bearer fresh'))
    expect(await readFile(join(home, 'runs'), 'utf8')).toBe('run\n')
    expect(JSON.parse(await readFile(join(home, 'info'), 'utf8'))).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://e.example:6443' } },
    })
  })

  test.each([
    ['fails', '#!/bin/sh\necho "session expired, run: login" >&2\nexit 1\n', 'session expired, run: login'],
    ['prints no JSON', '#!/bin/sh\necho s3cret-token\n', 'the plugin did not answer with JSON'],
    ['says nothing', '#!/bin/sh\nexit 3\n', 'it said nothing'],
  ])('a login plugin that %s is UNAUTHORIZED, without its output', async (name, script, why) => {
    const plugin = await put(`plugin ${name}`, script)
    await chmod(plugin, 0o755)
    const error: unknown = await headersOf(await put(`e ${name}`, entry('e', { exec: { command: plugin } }))).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', why, hint: expect.stringContaining('log in again') })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret')
  })

  test('a login plugin that is not installed, a certificate file that is not there', async () => {
    await expect(headersOf(await put('absent', entry('absent', { exec: { command: 'no-such-plugin' } })))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      what: expect.stringContaining('no-such-plugin'),
    })
    await expect(headersOf(await put('nocert', entry('nocert', { 'client-certificate': 'none.crt' })))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      why: expect.stringContaining('none.crt'),
    })
  })

  test('plain http needs no insecure flag', async () => {
    expect(await headersOf(await put('http', entry('http', {}, 'http://127.0.0.1:8001')))).toEqual({ 'user-agent': 'ovngw' })
  })
})

describe('proxies of the environment', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
    ['https://api.example:6443', { https_proxy: 'proxy:3128' }, 'http://proxy:3128'],
    ['https://api.example:6443', { HTTP_PROXY: 'http://proxy:3128' }, undefined],
    ['http://api.example:8080', { HTTP_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
    ['https://localhost:6443', { HTTPS_PROXY: 'http://proxy:3128' }, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'other, example' }, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.example' }, undefined],
    ['https://example:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.example' }, 'http://proxy:3128'],
    ['https://notexample:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example' }, 'http://proxy:3128'],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'api.example:443' }, 'http://proxy:3128'],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'api.example:6443' }, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '*' }, undefined],
    ['https://10.1.2.3:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '10.0.0.0/8,::/0' }, 'http://proxy:3128'],
    ['https://[fd00::1]:6443', { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'fd00::/8' }, undefined],
  ])('%s %j', (server, env, proxy) => {
    expect(proxyFor(new URL(server), env)).toBe(proxy)
  })
})
