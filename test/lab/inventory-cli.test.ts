/** A site file with a mistake: where it is, what is wrong, how to put it right; exit 2, and nothing is asked of the cluster or written. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type AuditLine, auditFrom, auditSize } from './audit.ts'
import { type Desk, sitDown } from './desk.ts'

let desk: Desk
let good: string
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  good = `cluster: { kubeconfig: ${desk.kubeconfig}, context: ${desk.lab.name} }
gateway:
  type: centralized
  nodes: [node1]
  nic: eth1
  address: 172.56.0.100/16
  mac: 16:52:f3:13:6a:25
  nextHop: 172.56.0.1
pools:
  - { name: web, ranges: [172.56.0.200-172.56.0.239] }
assignments:
  - { pod: default/a, eip: 172.56.0.221 }
`
})
afterAll(() => desk.close())

const FILE = 'inventory/lab.yaml'
const write = async (text: string): Promise<void> => {
  await desk.site() // makes the folder
  await writeFile(join(desk.dir, FILE), text)
}

interface Mistake {
  readonly what: string
  readonly from: string
  readonly to: string
  /** `line:column` of the value or key that is wrong. */
  readonly at: string
  /** Said of it, and the way out. */
  readonly says: readonly RegExp[]
}

const MISTAKES: readonly Mistake[] = [
  { what: 'wrong type', from: 'nic: eth1', to: 'nic: 7', at: '5:8', says: [/gateway\.nic/, /number/, /"7"/] },
  { what: 'unknown key', from: 'nextHop: 172', to: 'nexthop: 172', at: '8:3', says: [/nexthop/, /not known/, /nextHop/] },
  { what: 'bad CIDR', from: '172.56.0.100/16', to: '172.56.0.100/33', at: '6:12', says: [/gateway\.address/, /33/, /\/16|0 to 32|prefix/] },
  { what: 'MAC multicast', from: 'mac: 16:', to: 'mac: 17:', at: '7:8', says: [/gateway\.mac/, /17:52:f3:13:6a:25/, /unicast|even/] },
  { what: 'address outside the network', from: 'eip: 172.56.0.221', to: 'eip: 10.9.9.9', at: '12:28', says: [/10\.9\.9\.9/, /172\.56\.0\.0\/16/, /onLink/] },
  { what: 'next hop outside the network', from: 'nextHop: 172.56.0.1', to: 'nextHop: 10.9.9.1', at: '8:12', says: [/10\.9\.9\.1/, /172\.56\.0\.0\/16/] },
  { what: 'duplicate node', from: '[node1]', to: '[node1, node1]', at: '4:18', says: [/node1/, /twice|again|already/, /remove|once/] },
]

/** Everything the API server was asked, by anybody but its own parts, is in the log. */
const asked = async (from: number): Promise<readonly AuditLine[]> => (await auditFrom(desk.lab, from)).lines.filter(({ user }) => user.username === 'desk')

describe('the right site', () => {
  test('is planned, and its plan is logged: the log sees what is asked', async () => {
    await write(good)
    const size = await auditSize(desk.lab)
    expect(await desk.ovngw('plan')).toMatchObject({ code: 7, err: '' })
    expect((await asked(size)).length).toBeGreaterThan(0)
  })
})

describe.each(MISTAKES)('$what', ({ from, to, at, says }) => {
  test.each([['plan'], ['install', '--yes'], ['check']])('%s: file:line:column, what, fix; exit 2; nothing asked, nothing written', async (...args) => {
    expect(good).toContain(from)
    await write(good.replace(from, to))
    const size = await auditSize(desk.lab)
    const { code, err, out } = await desk.ovngw(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`${FILE}:${at}`)
    for (const said of says) expect(err).toMatch(said)
    expect(await asked(size)).toEqual([])
    expect(existsSync(desk.stateDir)).toBe(false)
  })
})

test('several mistakes are told at once', async () => {
  await write(good.replace('nic: eth1', 'nic: 7').replace('/16', '/33'))
  const { code, err } = await desk.ovngw('plan')
  expect(code).toBe(2)
  expect(err).toContain(`${FILE}:5:8`)
  expect(err).toContain(`${FILE}:6:12`)
})
