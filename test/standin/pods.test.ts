/** What reality.md says of pods and of restarts and no recorded step shows, tried on the stand-in. Real OVSDB servers, an API server in memory. */
import { describe, expect, it } from 'vitest'
import { type KubeObject, POD, SUBNET } from '../../lib/kube/port.ts'
import { EIP, lastly, ROUTED, SNAT, Trial } from './trial.ts'

const t = new Trial()

describe('pods', () => {
  it('R1: without external-gw-addr the next hop is the gateway of a Subnet named like the switch', async () => {
    await t.open()
    await t.enabled({ 'external-gw-addr': '' })
    await t.pod('web', { [SNAT]: '172.56.0.200' })
    expect(await t.routed('web')).toBeUndefined()
    t.world.kube.put(SUBNET, { metadata: { name: 'external' }, spec: { gateway: '172.56.0.9' } })
    await lastly('the pod is routed', async () => (await t.routed('web')) === 'true')
    expect(await t.policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.9'])
  })

  it('R33: without a ConfigMap an annotated pod is never routed, another one is', async () => {
    await t.open()
    await t.pod('plain', {})
    await t.pod('web', { [EIP]: '172.56.0.233' })
    expect([await t.routed('plain'), await t.routed('web')]).toEqual(['true', undefined])
    expect(t.said('failed to get ex-gateway config')).toBe(true)
  })

  it('R30: a new next hop reaches a pod only after routed is dropped, and replaces the old one', async () => {
    await t.open()
    await t.enabled()
    await t.pod('web', { [EIP]: '172.56.0.233' })
    await t.config({ 'external-gw-addr': '172.56.0.2/16' })
    expect(await t.policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.1'])
    await t.annotate('web', { [ROUTED]: null })
    expect(await t.policies()).toEqual(['29250 | ip4.src == 10.16.0.2 | reroute | 172.56.0.2'])
  })

  it('R25, R26: NAT rows taken away by hand stay away; a good one comes back when routed is dropped', async () => {
    await t.open()
    await t.enabled()
    await t.pod('web', { [EIP]: '172.56.0.233' })
    await t.annotate('web', { [EIP]: '172.56.0.234', [ROUTED]: null })
    await t.world.nbctl('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', '172.56.0.233')
    await t.config({ touch: '1' })
    expect(await t.nat()).toEqual(['dnat_and_snat,172.56.0.234,10.16.0.2'])
    await t.world.nbctl('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', '172.56.0.234')
    await t.annotate('web', { [ROUTED]: null })
    expect(await t.nat()).toEqual(['dnat_and_snat,172.56.0.234,10.16.0.2'])
  })

  it('R20: pods of another VPC and of the host network get no NAT', async () => {
    await t.open()
    await t.enabled()
    await t.world.nbctl('ls-add', 'blue')
    t.world.kube.put(SUBNET, { metadata: { name: 'blue' }, spec: { cidrBlock: '10.20.0.0/24', gateway: '10.20.0.1', vpc: 'blue' } })
    await t.pod('other', { 'ovn.kubernetes.io/logical_switch': 'blue', [EIP]: '172.56.0.233' })
    const host: KubeObject = {
      metadata: { namespace: 'default', name: 'host', annotations: { [EIP]: '172.56.0.234' } },
      spec: { nodeName: 'node1', hostNetwork: true },
    }
    t.world.kube.put(POD, host)
    await t.act({ op: 'patch-configmap', data: { touch: '1' } })
    expect(await t.nat()).toEqual([])
    expect([await t.routed('other'), await t.routed('host')]).toEqual(['true', undefined])
  })

  it('addresses: the first free one, not one given back since the start, the asked one', async () => {
    await t.open()
    for (const name of ['a', 'b']) await t.pod(name, {})
    await t.act({ op: 'delete-pods', pods: ['a'] })
    await t.pod('c', {})
    await t.pod('d', { 'ovn.kubernetes.io/ip_address': '10.16.0.2', 'ovn.kubernetes.io/mac_address': '02:00:00:00:00:07' })
    const ports = (
      await t.world.nb('--bare', '--format=csv', '--no-headings', '--columns=name,addresses', 'find', 'Logical_Switch_Port', 'external_ids:ls=ovn-default')
    ).trim()
    expect(ports.split('\n').map((l) => l.replaceAll(/[0-9a-f:]{17} /g, '')).sort()).toEqual(['b.default,10.16.0.3', 'c.default,10.16.0.4', 'd.default,10.16.0.2', 'ovn-default-ovn-cluster,router']) // biome-ignore format: one line
  })
})

describe('beginning again', () => {
  it('R31: a restart deletes the reroute policies; starting over on a restored snapshot changes nothing', async () => {
    await t.open()
    await t.enabled()
    await t.pod('web', { [EIP]: '172.56.0.233' })
    await t.pod('job', { [SNAT]: '172.56.0.200' })
    await t.world.nbctl('set', 'Logical_Router_Policy', await policyId(), 'external_ids:touched=yes')
    const before = await t.now()
    await t.startedOver()
    expect(await t.now()).toEqual(before)
    await t.perform({ op: 'restart-controller' })
    await t.rest()
    expect(await t.policies()).toEqual([])
    expect(await t.nat()).toEqual(['dnat_and_snat,172.56.0.233,10.16.0.2', 'snat,172.56.0.200,10.16.0.3'])
  })

  it('starting over after a disable keeps status.enableExternal as it was left (R7)', async () => {
    await t.open()
    await t.enabled()
    await t.config({ 'enable-external-gw': 'false' })
    const before = await t.now()
    expect(before['vpc']).toEqual(['{"spec":{"enableExternal":false},"status":{"enableExternal":true}}'])
    await t.startedOver()
    expect(await t.now()).toEqual(before)
  })

  it('a pod deleted while nobody looked: its port goes with the next start, its NAT rows stay', async () => {
    await t.open()
    await t.enabled()
    await t.pod('web', { [EIP]: '172.56.0.233' })
    await t.world.stop()
    t.world.kube.remove(POD, { namespace: 'default', name: 'web' })
    await t.perform({ op: 'restart-controller' })
    await t.rest()
    expect((await t.world.nb('lsp-list', 'ovn-default')).includes('web.default')).toBe(false)
    expect(await t.nat()).toEqual(['dnat_and_snat,172.56.0.233,10.16.0.2'])
  })
})

const policyId = async (): Promise<string> =>
  (await t.world.nb('--bare', '--columns=_uuid', 'find', 'Logical_Router_Policy', 'priority=29250')).trim().split('\n')[0] ?? ''
