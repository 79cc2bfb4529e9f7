/** What reality.md says of the gateway and no recorded step shows, tried on the stand-in. Real OVSDB servers, an API server in memory. */
import { describe, expect, it } from 'vitest'
import { SUBNET, VPC } from '../../lib/kube/port.ts'
import { EIP, lastly, Trial } from './trial.ts'

const t = new Trial()

describe('the gateway', () => {
  it('R28: a router port deleted alone never comes back, whatever the ConfigMap says', async () => {
    await t.open()
    await t.enabled()
    await t.world.nbctl('lrp-del', 'ovn-cluster-external')
    await t.config({ touch: '1' })
    await lastly(
      'the error is repeated',
      () => t.world.log.filter((l) => l.includes('get logical router port ovn-cluster-external: object not found')).length > 1,
    )
    expect(await t.port()).toBe('')
  })

  it('R29: disable, delete port and switch, enable with a new address: the new port is there, NAT and policies are kept', async () => {
    await t.open()
    await t.enabled()
    await t.pod('web', { [EIP]: '172.56.0.233' })
    const before = [await t.nat(), await t.policies()]
    await t.config({ 'enable-external-gw': 'false' })
    await t.world.nbctl('lrp-del', 'ovn-cluster-external', '--', 'ls-del', 'external')
    await t.config({ 'enable-external-gw': 'true', 'nic-ip': '172.56.0.170/16' })
    await lastly('the new address', async () => (await t.port()) === '["172.56.0.170/16"]')
    expect([await t.nat(), await t.policies()]).toEqual(before)
    expect(before).toEqual([['dnat_and_snat,172.56.0.233,10.16.0.2'], ['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.1']])
  })

  it('R8: only the exact string false disables', async () => {
    await t.open()
    await t.enabled({ 'enable-external-gw': 'no' })
    expect(await t.port()).toBe('["172.56.0.100/16"]')
    await t.config({ 'enable-external-gw': 'False' })
    expect((await t.now())['nodes']?.[0]).toContain('"label":"true"')
  })

  it('R8: extraExternalSubnets on the default VPC makes the ConfigMap ignored', async () => {
    await t.open()
    await t.world.kube.patch(VPC, { name: 'ovn-cluster' }, { spec: { extraExternalSubnets: ['other'] } })
    await t.enabled()
    expect(await t.port()).toBe('')
  })

  it('R5, R27: a moved gateway keeps its old chassis; taken away by hand it stays away, and a priority set by hand stays', async () => {
    await t.open()
    await t.enabled()
    await t.config({ 'external-gw-nodes': 'node2' })
    const chassis = async (): Promise<string[]> => (await t.world.nb('lrp-get-gateway-chassis', 'ovn-cluster-external')).trim().split(/\n/).sort()
    expect((await chassis()).map((l) => l.split(/\s+/).join(' '))).toEqual(['ovn-cluster-external-node1-chassis 100', 'ovn-cluster-external-node2-chassis 100'])
    await t.world.nbctl(
      'lrp-del-gateway-chassis',
      'ovn-cluster-external',
      'node1-chassis',
      '--',
      'lrp-set-gateway-chassis',
      'ovn-cluster-external',
      'node2-chassis',
      '77',
    )
    await t.config({ touch: '1' })
    expect((await chassis()).map((l) => l.split(/\s+/).join(' '))).toEqual(['ovn-cluster-external-node2-chassis 77'])
  })

  it('R35: a restart forgets the list it had: a node taken from it meanwhile stays a gateway', async () => {
    await t.open()
    await t.enabled()
    await t.world.stop()
    await t.world.patchConfig({ 'external-gw-nodes': 'node2' })
    await t.perform({ op: 'restart-controller' })
    await lastly('node2 is a gateway', async () => (await t.now())['nodes']?.[1]?.includes('"label":"true"') ?? false)
    expect((await t.now())['nodes']?.[0]).toContain('"label":"true"')
  })

  it('R36: the flags name switch, network and VLAN; the mapping has the name of the switch', async () => {
    await t.open('v1.16.2', ['--external-gateway-switch=uplink', '--external-gateway-net=phys', '--external-gateway-vlanid=30'])
    await t.enabled()
    const ports = (await t.world.nb('--bare', '--columns=name,tag,options', 'find', 'Logical_Switch_Port', 'type=localnet')).trim().split('\n')
    expect(ports).toEqual(['localnet.uplink', '30', 'network_name=phys'])
    await lastly('the bridge', async () => (await t.world.vsctl('node1', 'list-ports', 'br-uplink').catch(() => '')).trim() === 'eth1')
    expect((await t.world.vsctl('node1', 'get', 'open', '.', 'external_ids:ovn-bridge-mappings')).trim()).toBe('"uplink:br-uplink"')
  })

  it('v1.16.2 deletes on a disable what is called ovn-external, which its default is not (R7)', async () => {
    await t.open('v1.16.2', ['--external-gateway-switch=ovn-external'])
    await t.enabled()
    await t.config({ 'enable-external-gw': 'false' })
    expect((await t.world.nb('ls-list')).includes('ovn-external')).toBe(false)
  })

  it('a Subnet with a VLAN keeps the bridge on a disable', async () => {
    await t.open()
    t.world.kube.put(SUBNET, { metadata: { name: 'external' }, spec: { vlan: 'v30', gateway: '172.56.0.1' } })
    await t.enabled()
    await lastly('the bridge', async () => (await t.world.vsctl('node1', 'list-br')).includes('br-external'))
    await t.config({ 'enable-external-gw': 'false' })
    expect(await t.world.vsctl('node1', 'list-br')).toContain('br-external')
  })
})
