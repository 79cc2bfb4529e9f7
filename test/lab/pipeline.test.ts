/** ovngw without a terminal, from nothing to a gateway, through every change of it, and back to nothing; each proved with packets. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { eventSchema } from '../../lib/cli/events-schema.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { nodeNetns } from '../../lib/lab/paths.ts'
import { arpAnnouncement } from '../../lib/net/arp.ts'
import { parseIpv4 } from '../../lib/net/ip.ts'
import { parseMac } from '../../lib/net/mac.ts'
import { read, write } from '../../lib/proc/command.ts'
import { localRunner } from '../../lib/proc/local.ts'
import { type Desk, type Moment, sitDown } from './desk.ts'
import { GATEWAY, type Wanted } from './site.ts'

const EIP = '172.56.0.221'
const SNAT = '172.56.0.230'

let desk: Desk
let bare: LabSnapshot
let before: Moment
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.lab.addPod({ name: 'a', node: 'node1' })
  await desk.lab.addPod({ name: 'b', node: 'node2' })
  before = await desk.moment()
  await desk.site()
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

describe('install in a pipe', () => {
  test('without --yes it asks nobody: exit 2, which flag, nothing written', async () => {
    const { code, err } = await desk.ovngw('install')
    expect(code).toBe(2)
    expect(err).toContain('--yes')
    expect(await desk.stored()).toEqual([])
    expect(await desk.moment()).toEqual(before)
  })

  test('plan says 7: there are changes, and changes nothing', async () => {
    const { code, out } = await desk.ovngw('plan')
    expect({ code, out }).toMatchObject({ code: 7, out: expect.stringContaining('+external-gw-nic: eth1') })
    expect(await desk.stored()).toEqual([])
    expect(await desk.moment()).toEqual(before)
  })

  test('--yes: plain lines without colours, exit 0, the outside answers', async () => {
    const { code, out, err } = await desk.ovngw('install', '--site', 'lab', '--yes')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^packets: done .*1 check, 0 failed$/m)
    expect(out).toMatch(/^done in [\d.]+ s · run \S+-install · undo with: ovngw rollback \S+-install$/m)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences and carriage returns are what must not be there
    expect(out).not.toMatch(/[\u001b\r]/)
    expect(await desk.journaledWrites()).toEqual(['apply:write-config'])
    expect((await desk.stored()).filter((line) => !line.endsWith('leases/ovngw'))).toEqual(['patch configmaps/ovn-external-gw-config'])
    expect(await desk.nb('--bare', '--columns=networks', 'find', 'Logical_Router_Port', 'name=ovn-cluster-external')).toBe('172.56.0.100/16\n')
  })

  test('a second time: nothing to do, 0 writes in journal, API server and OVN, exit 0', async () => {
    const [moment, journaled] = [await desk.moment(), await desk.journaledWrites()]
    await desk.stored()
    const { code, out } = await desk.ovngw('install', '--site', 'lab', '--yes')
    expect({ code, last: out.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'nothing to do' })
    expect(await desk.journaledWrites()).toEqual(journaled)
    expect(await desk.stored()).toEqual([])
    expect(await desk.moment()).toEqual(moment)
  })

  test('plan says 0 now', async () => {
    expect(await desk.ovngw('plan')).toMatchObject({ code: 0 })
  })

  test('-o json: each line one object of the published form', async () => {
    const { code, events, err } = await desk.hear('install', '--yes')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const event of events) expect(eventSchema.safeParse(event).error?.issues ?? []).toEqual([])
    expect(events.map((e) => e.ev)).toEqual(expect.arrayContaining(['run-started', 'planned', 'finding', 'step-done', 'run-ended']))
    expect(events.at(-1)).toMatchObject({ ev: 'run-ended', ending: 'nothing-to-do', exit: 0 })
  })
})

/** Who the outside sees, and whether the EIP is reached. */
const packets = async (): Promise<unknown> => ({ a: await desk.seenAs('a'), b: await desk.seenAs('b'), eip: await desk.answers(EIP) })
const ALIVE = { a: EIP, b: SNAT, eip: true }

const ping = async (address: string): Promise<boolean> => (await desk.lab.outsideRunner().run(read('ping', '-c1', '-W1', address))).code === 0

describe('addresses of pods', () => {
  test('assign gives an EIP and a SNAT, proved both ways', async () => {
    expect(await desk.ovngw('assign', 'default/a', '--eip', EIP, '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await desk.ovngw('assign', 'default/b', '--snat', SNAT, '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await packets()).toEqual(ALIVE)
  })

  test('adopt writes an inventory that has nothing to do, and changes nothing', async () => {
    const moment = await desk.moment()
    await desk.stored()
    const { code, out } = await desk.ovngw('adopt', 'found', '--kubeconfig', desk.kubeconfig, '--context', desk.lab.name)
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('2 assignments') })
    expect(await desk.hear('plan', 'change', '--site', 'found')).toMatchObject({ code: 0 })
    expect(await desk.hear('plan', 'install', '--site', 'found')).toMatchObject({ code: 0 })
    expect(await desk.stored()).toEqual([])
    expect(await desk.moment()).toEqual(moment)
    await rm(join(desk.dir, 'inventory/found.yaml'))
  })
})

interface Change {
  readonly what: string
  readonly wanted: Wanted
  /** Before the change, e.g. a second next hop. */
  readonly prepare?: () => Promise<unknown>
  readonly proof: () => Promise<unknown>
  readonly expected: unknown
}

const port = (column: string) => async (): Promise<string> =>
  (await desk.nb('--bare', `--columns=${column}`, 'find', 'Logical_Router_Port', 'name=ovn-cluster-external')).trim()
const sb = async (...args: readonly string[]): Promise<string> => (await desk.lab.centralRunner().run(read('ovn-sbctl', ...args))).stdout.trim()
/** Name of the chassis that carries the gateway now. */
const active = async (): Promise<string> => {
  const chassis = await sb('--bare', '--columns=chassis', 'find', 'Port_Binding', 'logical_port=cr-ovn-cluster-external')
  return (await sb('get', 'Chassis', chassis, 'name')).replaceAll('"', '')
}

const DISTRIBUTED: Wanted = { type: 'distributed', nodes: ['node1', 'node2'] }

/** node1's second NIC, which leads nowhere in a fresh lab, into a network of the outside; undefined: out again. */
async function plugSpare(network: string | undefined): Promise<void> {
  const [wire, node1] = [nodeNetns(desk.lab.name, 'wire'), nodeNetns(desk.lab.name, 'node1')]
  const at = async (netns: string, ...args: readonly string[]): Promise<void> => void (await localRunner().run(write('ip', 'netns', 'exec', netns, ...args)))
  await at(wire, 'ip', 'link', 'set', 'spare', ...(network === undefined ? ['nomaster', 'down'] : ['master', network, 'up']))
  await at(node1, 'ip', 'link', 'set', 'eth2', network === undefined ? 'down' : 'up')
  for (const [netns, dev] of [
    [wire, 'spare'],
    [node1, 'eth2'],
  ] as const)
    await at(netns, 'ethtool', '-K', dev, 'tx', 'off')
}

const CHANGES: readonly Change[] = [
  {
    what: 'address',
    wanted: { address: '172.56.0.101/16' },
    proof: async () => [await ping('172.56.0.101'), await ping('172.56.0.100')],
    expected: [true, false],
  },
  { what: 'MAC', wanted: { mac: '16:52:f3:13:6a:26' }, proof: port('mac'), expected: '16:52:f3:13:6a:26' },
  {
    what: 'next hop',
    wanted: { nextHop: '172.56.0.2' },
    prepare: () => desk.lab.outsideRunner().run(write('ip', 'address', 'replace', '172.56.0.2/16', 'dev', 'eth0')),
    proof: async () => (await desk.nb('--bare', '--columns=nexthops', 'find', 'Logical_Router_Policy', 'priority=29250')).match(/\S+/g),
    expected: ['172.56.0.2', '172.56.0.2'],
  },
  { what: 'node', wanted: { nodes: ['node2'] }, proof: active, expected: 'node2-chassis' },
  {
    what: 'NIC',
    wanted: { nic: 'eth2' },
    prepare: () => plugSpare('wan'),
    proof: async () => (await desk.ovs('node1', 'list-ports', 'br-external')).match(/^eth.*$/gm),
    expected: ['eth2'],
  },
  {
    what: 'type from distributed to centralized',
    wanted: {},
    prepare: async () => {
      await desk.site(DISTRIBUTED)
      return desk.ovngw('change', '--yes')
    },
    proof: async () => [await active(), (await desk.nb('--bare', '--columns=logical_port', 'find', 'NAT', 'type=dnat_and_snat')).trim()],
    expected: ['node1-chassis', ''],
  },
  {
    what: 'type',
    wanted: DISTRIBUTED,
    proof: async () => (await desk.nb('--bare', '--columns=logical_port', 'find', 'NAT', 'type=dnat_and_snat')).trim(),
    expected: 'a.default',
  },
]

let served: LabSnapshot

describe('change', () => {
  afterAll(() => plugSpare(undefined))
  beforeAll(async () => {
    served = await desk.lab.snapshot()
  })
  beforeEach(async () => {
    await desk.lab.restore(served)
    await desk.site()
  })

  test.each(CHANGES)('$what: done, proved with packets, taken back exactly', async ({ wanted, prepare, proof, expected }) => {
    await prepare?.()
    const moment = await desk.moment()
    await desk.site(wanted)
    expect(await desk.ovngw('change', '--yes')).toMatchObject({ code: 0, err: '' })
    expect({ proof: await proof(), packets: await packets() }).toEqual({ proof: expected, packets: ALIVE })
    expect(await desk.ovngw('plan', 'change')).toMatchObject({ code: 0, err: '' })
    expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await desk.moment()).toEqual(moment)
    expect(await packets()).toEqual(ALIVE)
  })
})

/** What a loop of two NICs leaves behind now and then, R9: the gateway's own broadcast came back, and the bridge takes it to be outside. */
test('announce brings back a gateway whose bridge learned it outside', async () => {
  await desk.lab.restore(served)
  await desk.site()
  const node = desk.lab.nodeRunner('node1')
  expect(await ping('172.56.0.100')).toBe(true) // now the outside does not ask for its MAC again
  const announced = arpAnnouncement({ address: parseIpv4('172.56.0.100'), mac: parseMac(GATEWAY.mac), vlan: 0 })
  const nic = (await desk.ovs('node1', 'get', 'interface', 'eth1', 'ofport')).trim()
  await node.run(write('ovs-ofctl', 'packet-out', 'br-external', nic, 'NORMAL', announced))
  expect(await ping('172.56.0.100')).toBe(false)
  expect(await desk.ovngw('task', 'announce', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await ping('172.56.0.100')).toBe(true)
})

test('a MAC that was taken back is announced no more', async () => {
  await desk.lab.restore(served)
  await desk.site({ mac: '16:52:f3:13:6a:26' })
  expect(await desk.ovngw('change', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
  // ovn-controller repeats an announcement after 1, 2, 4, 8 s
  const listen = ['timeout', '10', 'tcpdump', '-n', '-c', '1', 'arp and ether src 16:52:f3:13:6a:26'] as const
  const heard = await desk.lab.outsideRunner().run(read(...listen), { timeoutMs: 20_000 })
  expect(heard.stderr).toContain('0 packets captured')
})

describe('uninstall', () => {
  beforeAll(async () => desk.site())

  test('with annotated pods it refuses and lists them: exit 3, nothing written', async () => {
    await desk.stored()
    const { code, err } = await desk.ovngw('uninstall', '--yes')
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringContaining(`default/a (${EIP}), default/b (${SNAT})`) })
    expect(err).toContain('--release-pods')
    expect(await desk.stored()).toEqual([])
    expect(await packets()).toEqual(ALIVE)
  })

  test('--release-pods: everything as before the install', async () => {
    expect(await desk.ovngw('uninstall', '--release-pods', '--yes')).toMatchObject({ code: 0, err: '' })
    expect(await desk.moment()).toEqual(before)
    expect(await desk.answers(EIP)).toBe(false)
  })
})
