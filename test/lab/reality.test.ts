/**
 * What Kube-OVN really does (design/reality.md, R-numbers), and what ovngw makes of it: each row of docs/reality.md is produced here, on the
 * lab, with plain writes as somebody without ovngw does them, and the program as a child process. UPDATE_DOCS=1 writes the table anew.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Finding } from '../../lib/kernel/check.ts'
import { CONFIG_MAP, VPC } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { write } from '../../lib/proc/command.ts'
import { type Desk, sitDown, type Told } from './desk.ts'
import { GATEWAY, OUTSIDE } from './site.ts'

const DOCS = fileURLToPath(new URL('../../docs/reality.md', import.meta.url))
const EIP = '172.56.0.221'
const SNAT = '172.56.0.230'
const ANNOTATION = { eip: 'ovn.kubernetes.io/eip', snat: 'ovn.kubernetes.io/snat', routed: 'ovn.kubernetes.io/routed' }

type Outcome = 'refused' | 'reported' | 'repaired'
interface Row {
  readonly fact: string
  readonly situation: string
  readonly verb: string
  readonly outcome: Outcome
  readonly finding: Pick<Finding, 'id' | 'object' | 'hint'>
}
const rows: Row[] = []

let desk: Desk
/** No gateway; pods web (node1) and crawler (node2) without annotations. */
let bare: LabSnapshot
/** A gateway as the site wants it. */
let installed: LabSnapshot
/** web has an EIP, crawler a SNAT. */
let served: LabSnapshot

beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  pristine = await desk.lab.snapshot()
  await desk.site()
  await desk.lab.addPod({ name: 'web', node: 'node1' })
  await desk.lab.addPod({ name: 'crawler', node: 'node2' })
  await desk.act({ op: 'wait' })
  bare = await desk.lab.snapshot()
  await well(desk.ovngw('install', '--yes'))
  installed = await desk.lab.snapshot()
  await well(desk.ovngw('assign', 'default/web', '--eip', EIP, '--yes'))
  await well(desk.ovngw('assign', 'default/crawler', '--snat', SNAT, '--yes'))
  served = await desk.lab.snapshot()
})
let pristine: LabSnapshot
afterAll(async () => {
  await desk.lab.restore(pristine)
  await desk.close()
})
beforeEach(async () => {
  await desk.site()
})

async function well(told: Promise<Told>): Promise<void> {
  expect(await told).toMatchObject({ code: 0, err: '' })
}

/** The finding of a check that fails over what was done; the check by itself wrote nothing. `all`: among all checks, as `ovngw check` runs them. */
async function reported(id: string, object?: string, { all = false } = {}): Promise<Finding> {
  await desk.stored()
  const { code, findings } = await desk.hear('check', ...(all ? [] : [id]))
  expect(await desk.stored()).toEqual([])
  const failed = findings.filter((f) => f.outcome === 'fail')
  const found = failed.find((f) => f.id === id && (object === undefined || f.object === object))
  expect({ code, found }, JSON.stringify(failed.map((f) => [f.id, f.object, f.detail]))).toMatchObject({ code: 3, found: { id } })
  return found as Finding
}

/** The finding over which a run stops before it touches anything. */
async function refused(id: string, ...args: readonly string[]): Promise<Finding> {
  const moment = await desk.moment()
  await desk.stored()
  const { code, findings } = await desk.hear(...args, '--yes')
  const found = findings.find((f) => f.id === id && f.outcome === 'fail')
  expect({ code, found }).toMatchObject({ code: 3, found: { id } })
  expect(await desk.stored()).toEqual([])
  expect(await desk.moment()).toEqual(moment)
  return found as Finding
}

/** Types the command the finding prints: it ends well, and the check passes. */
async function mended(finding: Finding): Promise<void> {
  await well(desk.follow(finding.hint))
  expect(await desk.hear('check', finding.id)).toMatchObject({ code: 0 })
}

const keep = (fact: string, situation: string, verb: string, outcome: Outcome, { id, object, hint }: Finding): void => {
  rows.push({ fact, situation, verb, outcome, finding: { id, object, hint } })
}

const annotate = async (pod: string, annotations: Readonly<Record<string, string | null>>): Promise<void> => {
  await desk.act({ op: 'annotate', pod, annotations })
  await desk.act({ op: 'wait' })
}
const configure = async (data: Readonly<Record<string, string>>): Promise<void> => {
  await desk.act({ op: 'patch-configmap', data })
  await desk.act({ op: 'wait' })
}
const WEB = EIP
const alive = async (): Promise<void> =>
  expect({ web: await desk.seenAs('web'), crawler: await desk.seenAs('crawler'), eip: await desk.answers(EIP) }).toEqual({ web: WEB, crawler: SNAT, eip: true })
const chassis = async (): Promise<string> => (await desk.nb('--bare', '--columns=chassis_name', 'list', 'Gateway_Chassis')).trim()
const uplinks = async (): Promise<string[]> => (await desk.ovs('node1', 'list-ports', 'br-external')).split('\n').filter((p) => /^eth/.test(p))

describe('before there is a gateway', () => {
  beforeEach(async () => desk.lab.restore(bare))

  test('R1: no next hop', async () => {
    await desk.site({ nextHop: undefined })
    keep('R1', 'the site names no next hop, as in the document', 'install', 'refused', await refused('config-next-hop', 'install'))
  })

  test('R1: the ConfigMap of the document, by hand', async () => {
    const { nic, address, mac } = GATEWAY
    const data = { 'enable-external-gw': 'true', 'external-gw-nodes': 'node1', 'external-gw-nic': nic, 'nic-ip': address, 'nic-mac': mac }
    await desk.act({ op: 'create-configmap', data })
    await annotate('web', { [ANNOTATION.eip]: EIP, [ANNOTATION.routed]: null })
    expect(await desk.answers(EIP)).toBe(false)
    const finding = await reported('gateway-config-applied', 'external-gw-addr')
    await mended(finding)
    expect(await desk.answers(EIP)).toBe(true)
    keep('R1', 'the document’s ConfigMap without external-gw-addr: pods never get their NAT', 'change', 'repaired', finding)
  })

  test('R10: the tunnel NIC', async () => {
    await desk.site({ nic: 'eth0' })
    keep('R10', 'the site names the NIC of the tunnel bridge', 'install', 'refused', await refused('nic-not-in-other-bridge', 'install'))
    expect(await desk.ovs('node1', 'list-br')).toContain('br-phy')
  })

  test('R24: cluster interconnection', async () => {
    const metadata = { namespace: 'kube-system', name: 'ovn-ic-config' }
    await desk.world.kube.create(CONFIG_MAP, { metadata, data: { 'enable-ic': 'true', 'az-name': 'az1' } })
    keep('R24', 'the cluster is interconnected with others', 'install', 'refused', await refused('no-interconnect', 'install'))
  })
})

describe('the gateway', () => {
  beforeEach(async () => desk.lab.restore(served))

  test('R4: a new nic-ip is ignored', async () => {
    await configure({ 'nic-ip': '172.56.0.101/16' })
    await desk.site({ address: '172.56.0.101/16' })
    const networks = async (): Promise<string> => (await desk.nb('get', 'Logical_Router_Port', 'ovn-cluster-external', 'networks')).trim()
    expect(await networks()).toBe('["172.56.0.100/16"]')
    const finding = await reported('gateway-router-port')
    await mended(finding)
    expect(await networks()).toBe('["172.56.0.101/16"]')
    await alive()
    keep('R4', 'nic-ip edited in the ConfigMap: ignored', 'change', 'repaired', finding)
  })

  test('R5: moved by hand, the old chassis stays', async () => {
    await configure({ 'external-gw-nodes': 'node2' })
    await desk.site({ nodes: ['node2'] })
    expect((await chassis()).split(/\s+/).sort()).toEqual(['node1-chassis', 'node2-chassis'])
    const finding = await reported('gateway-chassis')
    await mended(finding)
    expect(await chassis()).toBe('node2-chassis')
    await alive()
    keep('R5', 'external-gw-nodes edited: both chassis on the port, of one priority', 'change', 'repaired', finding)
  })

  test('R8: enable-external-gw "False" enables', async () => {
    await configure({ 'enable-external-gw': 'False' })
    const finding = await reported('config-keys', 'enable-external-gw')
    await mended(finding)
    await alive()
    keep('R8', 'enable-external-gw is "False", which means enabled', 'change', 'repaired', finding)
  })

  test('R8: extraExternalSubnets', async () => {
    await desk.world.kube.patch(VPC, { name: 'ovn-cluster' }, { spec: { extraExternalSubnets: ['other'] } })
    keep('R8', 'extraExternalSubnets on the default VPC: the ConfigMap is ignored', 'check', 'reported', await reported('config-extra-subnets'))
  })

  test('R9: a NIC that does not exist, by hand', async () => {
    await configure({ 'external-gw-nic': 'eth7' })
    await expect.poll(uplinks, { timeout: 15_000 }).toEqual(['eth1', 'eth7'])
    const finding = await reported('gateway-bridge')
    await mended(finding)
    expect(await uplinks()).toEqual(['eth1'])
    await alive()
    keep('R9', 'external-gw-nic edited to eth7: two uplinks in one bridge, one of them missing', 'change', 'repaired', finding)
  })

  test('R9: a NIC that does not exist, asked of ovngw', async () => {
    await desk.site({ nic: 'eth7' })
    keep('R9', 'the site names a NIC the node does not have', 'change', 'refused', await refused('nic-exists', 'change'))
  })

  test('R28: the router port deleted alone', async () => {
    await desk.nb('lrp-del', 'ovn-cluster-external')
    expect(await desk.answers(EIP)).toBe(false)
    const finding = await reported('gateway-sync')
    await mended(finding)
    await alive()
    keep('R28', 'the router port deleted by hand: every sync fails from then on', 'repair', 'repaired', finding)
  })

  test('R31: the controller restarted', async () => {
    await desk.lab.restartController()
    await expect.poll(() => desk.nb('find', 'Logical_Router_Policy', 'priority=29250'), { timeout: 15_000 }).toBe('')
    expect({ web: await desk.seenAs('web'), crawler: await desk.seenAs('crawler') }).toEqual({ web: undefined, crawler: undefined })
    await expect.poll(async () => (await desk.ovngw('check', 'controller-alive')).code, { timeout: 30_000 }).toBe(0)
    const finding = await reported('pod-policy', 'default/web', { all: true })
    await mended(finding)
    await alive()
    keep('R31', 'the controller restarted: the reroute policies of all EIP and SNAT pods are gone', 'repair', 'repaired', finding)
  })

  test('R7: disabled by hand', async () => {
    await desk.lab.restore(installed)
    await configure({ 'enable-external-gw': 'false' })
    const finding = await reported('gateway-leftovers', 'ovn-cluster-external')
    await mended(finding)
    expect(await desk.nb('find', 'Logical_Router_Port', 'name=ovn-cluster-external')).toBe('')
    expect(await desk.nb('find', 'Logical_Switch', 'name=external')).toBe('')
    keep('R7', 'enable-external-gw edited to "false": switch, router port and chassis stay', 'uninstall', 'repaired', finding)
  })
})

describe('addresses of pods', () => {
  beforeEach(async () => desk.lab.restore(served))

  test('R12: an EIP changed the documented way', async () => {
    await annotate('web', { [ANNOTATION.eip]: '172.56.0.222', [ANNOTATION.routed]: null })
    expect([await desk.answers(EIP), await desk.answers('172.56.0.222')]).toEqual([true, true])
    const finding = await reported('pod-nat', 'default/web')
    await mended(finding)
    expect([await desk.answers(EIP), await desk.answers('172.56.0.222')]).toEqual([false, true])
    expect(await desk.seenAs('web')).toBe('172.56.0.222')
    keep('R12', 'an EIP changed by annotation: the old address still reaches the pod', 'assign', 'repaired', finding)
  })

  test('R14: an EIP somebody has, asked of ovngw', async () => {
    keep('R14', 'an EIP another pod has', 'assign', 'refused', await refused('address-free', 'assign', 'default/crawler', '--eip', EIP))
  })

  test('R14: an EIP twice, by annotation', async () => {
    await annotate('crawler', { [ANNOTATION.eip]: EIP, [ANNOTATION.snat]: null, [ANNOTATION.routed]: null })
    const finding = await reported('pod-duplicates', EIP)
    await mended(finding)
    expect({ seen: await desk.seenAs('web'), eip: await desk.answers(EIP) }).toEqual({ seen: EIP, eip: true })
    keep('R14', 'the same EIP on a second pod: routed=true, no NAT row, no outside traffic', 'release', 'repaired', finding)
  })

  test('R15: addresses a pod cannot have, asked of ovngw', async () => {
    for (const address of ['172.56.0.100', '10.99.0.1', '172.56.255.255']) await refused('address-valid', 'assign', 'default/crawler', '--eip', address)
    for (const text of ['172.56.0.300', 'not-an-ip', 'fd00::1'])
      expect(await desk.ovngw('assign', 'default/crawler', '--eip', text, '--yes')).toMatchObject({ code: 2, err: expect.stringContaining('--eip') })
    keep('R15', 'the physical gateway’s own address as EIP', 'assign', 'refused', await refused('address-valid', 'assign', 'default/crawler', '--eip', OUTSIDE))
  })

  test('R15: an address a pod cannot have, by annotation', async () => {
    await annotate('crawler', { [ANNOTATION.eip]: '172.56.0.300', [ANNOTATION.snat]: null, [ANNOTATION.routed]: null })
    const finding = await reported('pod-address-values', 'default/crawler')
    await mended(finding)
    expect(await desk.hear('check', 'pod-policy', 'pod-nat', 'nat-strays')).toMatchObject({ code: 0 })
    keep('R15', '172.56.0.300 as EIP: routed=true, packets leave with their private source address', 'release', 'repaired', finding)
  })

  test('R17: an annotation removed, the policy stays', async () => {
    const ip = (await desk.lab.pods()).find((p) => p.name === 'crawler')?.ip
    // The outside answers private addresses here, so that an untranslated packet can be seen at all.
    await desk.lab.outsideRunner().run(write('ip', 'route', 'replace', '10.16.0.0/16', 'via', '172.56.0.100'))
    try {
      await annotate('crawler', { [ANNOTATION.snat]: null, [ANNOTATION.routed]: null })
      expect(await desk.seenAs('crawler')).toBe(ip)
      const finding = await reported('pod-policy', 'default/crawler')
      await mended(finding)
      expect(await desk.seenAs('crawler')).not.toBe(ip)
      keep('R17', 'the snat annotation removed: packets leave untranslated', 'release', 'repaired', finding)
    } finally {
      await desk.lab.outsideRunner().run(write('ip', 'route', 'del', '10.16.0.0/16'))
    }
  })

  test('R32: the pod that wrongly shared an EIP is deleted', async () => {
    await annotate('crawler', { [ANNOTATION.eip]: EIP, [ANNOTATION.snat]: null, [ANNOTATION.routed]: null })
    await desk.act({ op: 'delete-pods', pods: ['crawler'] })
    await desk.act({ op: 'wait' })
    expect(await desk.answers(EIP)).toBe(false)
    const finding = await reported('pod-nat', 'default/web')
    await mended(finding)
    expect({ seen: await desk.seenAs('web'), eip: await desk.answers(EIP) }).toEqual({ seen: EIP, eip: true })
    keep('R32', 'a pod that shared an EIP is deleted: the owner’s NAT row is gone', 'assign', 'repaired', finding)
  })
})

const ABOUT = `# What Kube-OVN does, and what ovngw makes of it

Made by \`test/lab/reality.test.ts\` on the practice cluster (Kube-OVN v1.16.2's behaviour, played by the stand-in): every situation is produced
with plain writes or asked of ovngw, the command is run, and where it says *repaired* the printed command was typed and the check passed after it,
with packets where traffic is concerned. \`UPDATE_DOCS=1 npx vitest run --project lab test/lab/reality.test.ts\` writes it anew.

*refused*: stopped before anything was written · *reported*: a check fails by name · *repaired*: mended by the next command.
`

const table = (): string => {
  const number = ({ fact }: Row): number => Number(fact.slice(1))
  const cell = (text: string | undefined): string => (text === undefined ? '' : `\`${text.replaceAll('|', '\\|')}\``)
  const line = ({ fact, situation, verb, outcome, finding: { id, object, hint } }: Row): string =>
    `| ${fact} | ${situation} | \`${verb}\` | ${outcome} | \`${id}\` | ${cell(object)} | ${cell(hint)} |`
  const sorted = rows.toSorted((a, b) => number(a) - number(b))
  return `${ABOUT}\n| | what happens | met by | outcome | finding | object | next command it prints |\n|---|---|---|---|---|---|---|\n${sorted.map(line).join('\n')}\n`
}

describe('docs/reality.md', () => {
  test('names an object and a next command in every row', () => {
    for (const { fact, finding } of rows)
      expect({ fact, object: finding.object, hint: finding.hint }).toEqual({ fact, object: expect.any(String), hint: expect.any(String) })
  })

  test('has every fact of the issue', () => {
    const asked = ['R1', 'R4', 'R5', 'R7', 'R8', 'R9', 'R10', 'R12', 'R14', 'R15', 'R17', 'R24', 'R28', 'R31', 'R32']
    expect([...new Set(rows.map((r) => r.fact))].toSorted()).toEqual(asked.toSorted())
  })

  test('is what was seen', async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(DOCS, table())
    expect(await readFile(DOCS, 'utf8')).toBe(table())
  })
})
