import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { siteJsonSchema, siteJsonSchemaText } from '../../lib/inventory/json-schema.ts'
import { listSites, loadSite } from '../../lib/inventory/load.ts'
import { parseSite } from '../../lib/inventory/parse.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'

const repo = fileURLToPath(new URL('../..', import.meta.url))
let cwd = ''
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'ovngw-site-'))
  mkdirSync(join(cwd, 'inventory'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const put = (name: string, text: string): void => writeFileSync(join(cwd, name), text)
const failure = async (name: string): Promise<OvngwError> => {
  const e: unknown = await loadSite(name, { cwd }).catch((x: unknown) => x)
  if (e instanceof OvngwError) return e
  throw new Error('was loaded')
}

describe('loadSite', () => {
  it('finds a site by name and by path', async () => {
    put('inventory/a.yaml', 'cluster: { context: a }\n')
    put('inventory/b.yml', 'cluster: { context: b }\n')
    put('c.yaml', 'cluster: { context: c }\n')
    const found = await Promise.all(['a', 'b', './c.yaml', 'c.yaml', join(cwd, 'inventory/a.yaml')].map((n) => loadSite(n, { cwd })))
    expect(found.map((s) => [s.name, s.cluster.context, s.file])).toEqual([
      ['a', 'a', join(cwd, 'inventory/a.yaml')],
      ['b', 'b', join(cwd, 'inventory/b.yml')],
      ['c', 'c', join(cwd, 'c.yaml')],
      ['c', 'c', join(cwd, 'c.yaml')],
      ['a', 'a', join(cwd, 'inventory/a.yaml')],
    ])
    put('inventory/example.yaml', '')
    expect(await listSites(cwd)).toEqual(['a', 'b'])
    expect(await listSites(join(cwd, 'nowhere'))).toEqual([])
  })

  it('says which sites there are when one is not, and how to make it', async () => {
    expect(await failure('lab')).toMatchObject({
      code: 'INVENTORY',
      exit: 2,
      why: expect.stringContaining('no site in'),
      hint: expect.stringMatching(/ovngw install.*inventory\/lab\.yaml/),
    })
    put('inventory/lab.yaml', '')
    expect(await failure('lba')).toMatchObject({ why: expect.stringContaining('lab'), hint: 'did you mean --site lab?' })
    expect(await failure('../x/none.yaml')).toMatchObject({ what: 'there is no site ../x/none.yaml' })
    expect(await failure('./inventory')).toMatchObject({ code: 'INVENTORY', why: 'it is a folder' })
  })

  it('names the file as a person in that folder would, once a problem', async () => {
    put('inventory/bad.yaml', 'gateway: { nodes: [a], nic: eth1, adress: 1.2.3.4/8 }\nx: 1\n')
    const e = await failure('bad')
    expect(e).toMatchObject({ code: 'INVENTORY', exit: 2, what: 'inventory/bad.yaml has 2 problems' })
    expect(e.why?.trim().split('\n')).toEqual([
      'inventory/bad.yaml:1:35: gateway.adress: is not known here; did you mean address?',
      expect.stringMatching(/^inventory\/bad.yaml:2:1: x: is not known here; /),
    ])
  })
})

describe('the sites in the repository', () => {
  const load = (name: string) => loadSite(`inventory/${name}.yaml`, { cwd: repo })
  it('lab is the one product.md shows, on the lab cluster', async () => {
    expect(await load('lab')).toEqual({
      name: 'lab',
      file: join(repo, 'inventory/lab.yaml'),
      cluster: { kubeconfig: '/run/ovngw-lab/lab/kubeconfig', context: 'lab' },
      gateway: { type: 'centralized', nodes: [{ name: 'node1' }], nic: 'eth1', address: '172.56.0.100/16', mac: '16:52:f3:13:6a:25', nextHop: '172.56.0.1' },
      pools: [{ name: 'web', ranges: [{ first: '172.56.0.200', last: '172.56.0.239' }], reserved: {}, onLink: true }],
      assignments: [],
      accept: [],
      probe: { outside: [{ exec: ['ip', 'netns', 'exec', 'lab-outside'] }], target: ['172.56.0.1'] },
    })
  })
  it('example shows every member there is', async () => {
    await load('example')
    const text = readFileSync(join(repo, 'inventory/example.yaml'), 'utf8')
    const members = (shape: unknown): string[] => {
      if (shape === null || typeof shape !== 'object') return []
      const own = 'properties' in shape ? Object.keys(shape.properties as object) : []
      return [...own, ...Object.values(shape).flatMap(members)]
    }
    const all = [...new Set(members(siteJsonSchema()))]
    expect(all.length).toBeGreaterThan(30)
    expect(all.filter((m) => !new RegExp(`\\b${m}:`).test(text))).toEqual([])
  })
  it('the example of product.md is understood whole', () => {
    const { gateway, assignments, accept, pools } = parseSite(PRODUCT, '/x/inventory/prod.yaml')
    expect(gateway).toMatchObject({ nodes: [{ name: 'gw-1' }], address: '172.56.0.100/16' })
    expect(assignments).toEqual([
      { target: { pod: { namespace: 'shop', name: 'web-0' } }, eip: '172.56.0.233', prove: { protocol: 'tcp', port: 443 }, note: 'CHG-1234' },
      { target: { select: { namespace: 'batch', labels: { app: 'crawler' } } }, snat: '172.56.0.200' },
      { target: { select: { namespace: 'shop', labels: { app: 'api' } } }, eip: { pool: 'web' } },
    ])
    expect(accept).toEqual([{ check: 'nic-mtu', object: 'gw-1/eth1', reason: 'jumbo frames stay inside', until: '2027-03-01' }])
    expect(pools[0]?.reserved).toEqual({ '172.56.0.222': 'printer', '172.56.0.2': 'VRRP' })
  })
  it('the published JSON Schema is what the code makes (npx vitest run -u test/inventory writes it)', async () => {
    await expect(siteJsonSchemaText()).toMatchFileSnapshot('../../inventory/site.schema.json')
  })
})

it('a site is canonical whatever its spelling', () => {
  const site = parseSite('gateway: { nodes: [a], nic: eth1, address: auto, mac: "16:52:F3:13:6A:25" }\npools: [{ name: p, ranges: [10.0.0.7] }]\n', '/x/s.yaml')
  expect(site.gateway).toEqual({ type: 'centralized', nodes: [{ name: 'a' }], nic: 'eth1', address: 'auto', mac: '16:52:f3:13:6a:25' })
  expect(site.pools[0]?.ranges).toEqual([{ first: '10.0.0.7', last: '10.0.0.7' }])
})

const PRODUCT = `# yaml-language-server: $schema=./site.schema.json
cluster: { context: lab }
gateway:
  type: centralized            # or distributed
  nodes: [gw-1]                # or { name, priority }
  nic: eth1
  address: 172.56.0.100/16
  mac: 16:52:f3:13:6a:25
  nextHop: 172.56.0.1
pools:
  - { name: web, ranges: [172.56.0.200-172.56.0.239], reserved: { 172.56.0.222: printer, 172.56.0.2: VRRP }, onLink: true }
assignments:
  - { pod: shop/web-0, eip: 172.56.0.233, prove: tcp/443, note: CHG-1234 }
  - { select: { namespace: batch, labels: { app: crawler } }, snat: 172.56.0.200 }
  - { select: { namespace: shop, labels: { app: api } }, eip: { pool: web } }     # one free address a pod, stable
accept:
  - { check: nic-mtu, object: gw-1/eth1, reason: jumbo frames stay inside, until: 2027-03-01 }
probe: { outside: [{ exec: [ip, netns, exec, outside] }], target: [172.56.0.1] }   # or { ssh: user@host }; credentials by reference only
`
