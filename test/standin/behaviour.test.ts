/** What reality.md says of Kube-OVN and no recorded step shows, tried on the stand-in. Real OVSDB servers, an API server in memory. */
import { afterEach, describe, expect, it } from 'vitest'
import { type KubeObject, POD, SUBNET, VPC } from '../../lib/kube/port.ts'
import { type BareWorld, bareWorld } from './bare-world.ts'
import { type Facts, facts } from './facts.ts'
import { recording } from './replay.ts'
import { type Performer, performer, settle, until } from './world.ts'

const NODES = ['node1', 'node2']
const SEED = {
  'external-gw-addr': '172.56.0.1/16',
  'external-gw-nodes': 'node1',
  'external-gw-nic': 'eth1',
  'nic-ip': '172.56.0.100/16',
  'nic-mac': '16:52:f3:13:6a:25',
}
const EIP = 'ovn.kubernetes.io/eip'
const SNAT = 'ovn.kubernetes.io/snat'
const ROUTED = 'ovn.kubernetes.io/routed'

let world: BareWorld
let perform: Performer
afterEach(() => world.close())

async function open(profile = 'v1.16.2', args: readonly string[] = []): Promise<void> {
  world = await bareWorld(profile, recording('v1.16.2', 's01-before'), args)
  perform = performer(world, NODES)
  await settle(world, NODES, {})
}

const enabled = (data: Readonly<Record<string, string>> = {}): Promise<void> =>
  act({ op: 'create-configmap', data: { 'enable-external-gw': 'true', ...SEED, ...data } })
const config = (data: Readonly<Record<string, string>>): Promise<void> => act({ op: 'patch-configmap', data })
const pod = (name: string, annotations: Readonly<Record<string, string>>): Promise<void> => act({ op: 'create-pod', pod: name, node: 'node1', annotations })
const annotate = (name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> => act({ op: 'annotate', pod: name, annotations })

/** The action, and the stand-in has dealt with it. */
async function act(action: Parameters<Performer>[0]): Promise<void> {
  await perform(action)
  await perform({ op: 'wait' })
}

const now = async (): Promise<Facts> => facts(await world.read(), { noPatchPorts: true })
const nat = async (): Promise<string[]> =>
  (await world.nb('--bare', '--format=csv', '--no-headings', '--columns=type,external_ip,logical_ip', 'list', 'NAT')).trim().split('\n').filter(Boolean).sort()
const policies = async (): Promise<string[]> => (await world.nb('lr-policy-list', 'ovn-cluster')).split('\n').filter((l) => l.includes('29250')).map((l) => l.trim().split(/\s{2,}/).join(' | ')) // biome-ignore format: one line
const port = async (): Promise<string> => (await world.nb('--if-exists', 'get', 'Logical_Router_Port', 'ovn-cluster-external', 'networks')).trim()
const routed = async (name: string): Promise<string | undefined> => (await world.kube.find(POD, { namespace: 'default', name }))?.metadata.annotations?.[ROUTED]
const said = (text: string): boolean => world.log.some((line) => line.includes(text))
const lastly = (what: string, look: () => Promise<boolean> | boolean): Promise<true> => until(what, async () => ((await look()) ? true : undefined))

describe('the gateway', () => {
  it('R28: a router port deleted alone never comes back, whatever the ConfigMap says', async () => {
    await open()
    await enabled()
    await world.nbctl('lrp-del', 'ovn-cluster-external')
    await config({ touch: '1' })
    await lastly(
      'the error is repeated',
      () => world.log.filter((l) => l.includes('get logical router port ovn-cluster-external: object not found')).length > 1,
    )
    expect(await port()).toBe('')
  })

  it('R29: disable, delete port and switch, enable with a new address: the new port is there, NAT and policies are kept', async () => {
    await open()
    await enabled()
    await pod('web', { [EIP]: '172.56.0.233' })
    const before = [await nat(), await policies()]
    await config({ 'enable-external-gw': 'false' })
    await world.nbctl('lrp-del', 'ovn-cluster-external', '--', 'ls-del', 'external')
    await config({ 'enable-external-gw': 'true', 'nic-ip': '172.56.0.170/16' })
    await lastly('the new address', async () => (await port()) === '["172.56.0.170/16"]')
    expect([await nat(), await policies()]).toEqual(before)
    expect(before).toEqual([['dnat_and_snat,172.56.0.233,10.16.0.2'], ['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.1']])
  })

  it('R8: only the exact string false disables', async () => {
    await open()
    await enabled({ 'enable-external-gw': 'no' })
    expect(await port()).toBe('["172.56.0.100/16"]')
    await config({ 'enable-external-gw': 'False' })
    expect((await now())['nodes']?.[0]).toContain('"label":"true"')
  })

  it('R8: extraExternalSubnets on the default VPC makes the ConfigMap ignored', async () => {
    await open()
    await world.kube.patch(VPC, { name: 'ovn-cluster' }, { spec: { extraExternalSubnets: ['other'] } })
    await enabled()
    expect(await port()).toBe('')
  })

  it('R5, R27: a moved gateway keeps its old chassis; taken away by hand it stays away, and a priority set by hand stays', async () => {
    await open()
    await enabled()
    await config({ 'external-gw-nodes': 'node2' })
    const chassis = async (): Promise<string[]> => (await world.nb('lrp-get-gateway-chassis', 'ovn-cluster-external')).trim().split(/\n/).sort()
    expect((await chassis()).map((l) => l.split(/\s+/).join(' '))).toEqual(['ovn-cluster-external-node1-chassis 100', 'ovn-cluster-external-node2-chassis 100'])
    await world.nbctl(
      'lrp-del-gateway-chassis',
      'ovn-cluster-external',
      'node1-chassis',
      '--',
      'lrp-set-gateway-chassis',
      'ovn-cluster-external',
      'node2-chassis',
      '77',
    )
    await config({ touch: '1' })
    expect((await chassis()).map((l) => l.split(/\s+/).join(' '))).toEqual(['ovn-cluster-external-node2-chassis 77'])
  })

  it('R35: a restart forgets the list it had: a node taken from it meanwhile stays a gateway', async () => {
    await open()
    await enabled()
    await world.stop()
    await world.patchConfig({ 'external-gw-nodes': 'node2' })
    await perform({ op: 'restart-controller' })
    await lastly('node2 is a gateway', async () => (await now())['nodes']?.[1]?.includes('"label":"true"') ?? false)
    expect((await now())['nodes']?.[0]).toContain('"label":"true"')
  })

  it('R36: the flags name switch, network and VLAN; the mapping has the name of the switch', async () => {
    await open('v1.16.2', ['--external-gateway-switch=uplink', '--external-gateway-net=phys', '--external-gateway-vlanid=30'])
    await enabled()
    const ports = (await world.nb('--bare', '--columns=name,tag,options', 'find', 'Logical_Switch_Port', 'type=localnet')).trim().split('\n')
    expect(ports).toEqual(['localnet.uplink', '30', 'network_name=phys'])
    await lastly('the bridge', async () => (await world.vsctl('node1', 'list-ports', 'br-uplink').catch(() => '')).trim() === 'eth1')
    expect((await world.vsctl('node1', 'get', 'open', '.', 'external_ids:ovn-bridge-mappings')).trim()).toBe('"uplink:br-uplink"')
  })

  it('v1.16.2 deletes on a disable what is called ovn-external, which its default is not (R7)', async () => {
    await open('v1.16.2', ['--external-gateway-switch=ovn-external'])
    await enabled()
    await config({ 'enable-external-gw': 'false' })
    expect((await world.nb('ls-list')).includes('ovn-external')).toBe(false)
  })

  it('a Subnet with a VLAN keeps the bridge on a disable', async () => {
    await open()
    world.kube.put(SUBNET, { metadata: { name: 'external' }, spec: { vlan: 'v30', gateway: '172.56.0.1' } })
    await enabled()
    await lastly('the bridge', async () => (await world.vsctl('node1', 'list-br')).includes('br-external'))
    await config({ 'enable-external-gw': 'false' })
    expect(await world.vsctl('node1', 'list-br')).toContain('br-external')
  })
})

describe('pods', () => {
  it('R1: without external-gw-addr the next hop is the gateway of a Subnet named like the switch', async () => {
    await open()
    await enabled({ 'external-gw-addr': '' })
    await pod('web', { [SNAT]: '172.56.0.200' })
    expect(await routed('web')).toBeUndefined()
    world.kube.put(SUBNET, { metadata: { name: 'external' }, spec: { gateway: '172.56.0.9' } })
    await lastly('the pod is routed', async () => (await routed('web')) === 'true')
    expect(await policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.9'])
  })

  it('R33: without a ConfigMap an annotated pod is never routed, another one is', async () => {
    await open()
    await pod('plain', {})
    await pod('web', { [EIP]: '172.56.0.233' })
    expect([await routed('plain'), await routed('web')]).toEqual(['true', undefined])
    expect(said('failed to get ex-gateway config')).toBe(true)
  })

  it('R30: a new next hop reaches a pod only after routed is dropped, and replaces the old one', async () => {
    await open()
    await enabled()
    await pod('web', { [EIP]: '172.56.0.233' })
    await config({ 'external-gw-addr': '172.56.0.2/16' })
    expect(await policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.1'])
    await annotate('web', { [ROUTED]: null })
    expect(await policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.2'])
  })

  it('R25, R26: NAT rows taken away by hand stay away; a good one comes back when routed is dropped', async () => {
    await open()
    await enabled()
    await pod('web', { [EIP]: '172.56.0.233' })
    await annotate('web', { [EIP]: '172.56.0.234', [ROUTED]: null })
    await world.nbctl('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', '172.56.0.233')
    await config({ touch: '1' })
    expect(await nat()).toEqual(['dnat_and_snat,172.56.0.234,10.16.0.2'])
    await world.nbctl('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', '172.56.0.234')
    await annotate('web', { [ROUTED]: null })
    expect(await nat()).toEqual(['dnat_and_snat,172.56.0.234,10.16.0.2'])
  })

  it('R20: pods of another VPC and of the host network get no NAT', async () => {
    await open()
    await enabled()
    await world.nbctl('ls-add', 'blue')
    world.kube.put(SUBNET, { metadata: { name: 'blue' }, spec: { cidrBlock: '10.20.0.0/24', gateway: '10.20.0.1', vpc: 'blue' } })
    await pod('other', { 'ovn.kubernetes.io/logical_switch': 'blue', [EIP]: '172.56.0.233' })
    const host: KubeObject = {
      metadata: { namespace: 'default', name: 'host', annotations: { [EIP]: '172.56.0.234' } },
      spec: { nodeName: 'node1', hostNetwork: true },
    }
    world.kube.put(POD, host)
    await act({ op: 'patch-configmap', data: { touch: '1' } })
    expect(await nat()).toEqual([])
    expect([await routed('other'), await routed('host')]).toEqual(['true', undefined])
  })

  it('addresses: the first free one, not one given back since the start, the asked one', async () => {
    await open()
    for (const name of ['a', 'b']) await pod(name, {})
    await act({ op: 'delete-pods', pods: ['a'] })
    await pod('c', {})
    await pod('d', { 'ovn.kubernetes.io/ip_address': '10.16.0.2', 'ovn.kubernetes.io/mac_address': '02:00:00:00:00:07' })
    const ports = (
      await world.nb('--bare', '--format=csv', '--no-headings', '--columns=name,addresses', 'find', 'Logical_Switch_Port', 'external_ids:ls=ovn-default')
    ).trim()
    expect(ports.split('\n').map((l) => l.replaceAll(/[0-9a-f:]{17} /g, '')).sort()).toEqual(['b.default,10.16.0.3', 'c.default,10.16.0.4', 'd.default,10.16.0.2', 'ovn-default-ovn-cluster,router']) // biome-ignore format: one line
  })
})

describe('beginning again', () => {
  it('R31: a restart deletes the reroute policies; starting over on a restored snapshot changes nothing', async () => {
    await open()
    await enabled()
    await pod('web', { [EIP]: '172.56.0.233' })
    await pod('job', { [SNAT]: '172.56.0.200' })
    await world.nbctl('set', 'Logical_Router_Policy', (await policyId()) ?? '', 'external_ids:touched=yes')
    const before = await now()
    world.startOver()
    await lastly('the second life', async () => (await world.status())?.generation === 2 && (await world.status())?.settled === true)
    expect(await now()).toEqual(before)
    await perform({ op: 'restart-controller' })
    await settle(world, NODES, {})
    expect(await policies()).toEqual([])
    expect(await nat()).toEqual(['dnat_and_snat,172.56.0.233,10.16.0.2', 'snat,172.56.0.200,10.16.0.3'])
  })

  it('starting over after a disable keeps status.enableExternal as it was left (R7)', async () => {
    await open()
    await enabled()
    await config({ 'enable-external-gw': 'false' })
    const before = await now()
    expect(before['vpc']).toEqual(['{"spec":{"enableExternal":false},"status":{"enableExternal":true}}'])
    world.startOver()
    await lastly('the second life', async () => (await world.status())?.generation === 2 && (await world.status())?.settled === true)
    expect(await now()).toEqual(before)
  })

  it('a pod deleted while nobody looked: its port goes with the next start, its NAT rows stay', async () => {
    await open()
    await enabled()
    await pod('web', { [EIP]: '172.56.0.233' })
    await world.stop()
    world.kube.remove(POD, { namespace: 'default', name: 'web' })
    await perform({ op: 'restart-controller' })
    await settle(world, NODES, {})
    expect((await world.nb('lsp-list', 'ovn-default')).includes('web.default')).toBe(false)
    expect(await nat()).toEqual(['dnat_and_snat,172.56.0.233,10.16.0.2'])
  })
})

const policyId = async (): Promise<string | undefined> =>
  (await world.nb('--bare', '--columns=_uuid', 'find', 'Logical_Router_Policy', 'priority=29250')).trim().split('\n')[0]
