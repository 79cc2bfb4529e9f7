/** What Kube-OVN leaves behind of pods is removed, and nothing that somebody owns: on the lab, with packets. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { OVN_EIP, OVN_FIP, type Resource } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { write } from '../../lib/proc/command.ts'
import { until } from '../standin/world.ts'
import { type Desk, type Moment, sitDown, type Told } from './desk.ts'
import { answering, EIP, IP, ROUTED, SNAT } from './hand.ts'

const OLD = '172.56.0.221'
const NEW = '172.56.0.222'

let desk: Desk
let bare: LabSnapshot
/** web has EIP OLD, crawler a SNAT; both are served. */
let served: LabSnapshot
let web: string
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  web = (await desk.lab.addPod({ name: 'web', node: 'node1' })).ip
  await desk.lab.addPod({ name: 'crawler', node: 'node2' })
  await desk.act({ op: 'wait' })
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.ovngw('assign', 'default/web', '--eip', OLD, '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.ovngw('assign', 'default/crawler', '--snat', '172.56.0.230', '--yes')).toMatchObject({ code: 0, err: '' })
  served = await desk.lab.snapshot()
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})
beforeEach(async () => desk.lab.restore(served))

const annotate = async (pod: string, annotations: Readonly<Record<string, string | null>>): Promise<void> => {
  await desk.act({ op: 'annotate', pod, annotations: { ...annotations, [ROUTED]: null } })
  await desk.act({ op: 'wait' })
}
const remove = async (pod: string): Promise<void> => {
  await desk.act({ op: 'delete-pods', pods: [pod] })
  await desk.act({ op: 'wait' })
}
const sweep = (): Promise<Told> => desk.ovngw('sweep', '--yes')
const nats = (): Promise<string> => desk.nb('--no-headings', '--format=csv', '--data=bare', '--columns=type,external_ip,logical_ip', 'list', 'NAT')

/** Nothing to do, and nothing written. */
async function clean(): Promise<void> {
  const moment = await desk.moment()
  await desk.stored()
  expect(await sweep()).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/no strays[\s\S]*nothing to do/) })
  expect(await desk.stored()).toEqual([])
  expect(await desk.moment()).toEqual(moment)
}

/** Sweeps, takes it back, and sweeps again: each time exactly what was before. */
async function sweptAndBack(): Promise<void> {
  const before = await desk.moment()
  const told = await sweep()
  expect({ code: told.code, err: told.err }, told.out).toEqual({ code: 0, err: '' })
  const after = await desk.moment()
  expect(after).not.toEqual(before)
  expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.moment()).toEqual(before)
  expect(await sweep()).toMatchObject({ code: 0, err: '' })
  expect(await desk.moment()).toEqual(after)
  expect(await desk.hear('check', 'nat-strays', 'pod-nat', 'pod-policy')).toMatchObject({ code: 0 })
  await clean()
}

test('of a cluster where all is owned it removes nothing', async () => {
  await clean()
  expect(await desk.ovngw('plan', 'sweep')).toMatchObject({ code: 0, err: '' })
})

describe('what is left behind', () => {
  test('R12: the old EIP of a pod that has a new one', async () => {
    await annotate('web', { [EIP]: NEW })
    await answering(desk, { [OLD]: true, [NEW]: true })
    const { code, out } = await desk.ovngw('plan', 'sweep')
    expect({ code, out }).toMatchObject({
      code: 7,
      out: expect.stringContaining(`${OLD} → ${web} is reached by whoever is now ${web}: default/web, whose EIP is ${NEW}`),
    })
    await sweptAndBack()
    await answering(desk, { [OLD]: false, [NEW]: true })
    expect(await desk.seenAs('web')).toBe(NEW)
  })

  test('R18: the next pod with the address of one that is gone', async () => {
    await annotate('web', { [EIP]: NEW })
    await remove('web')
    await desk.lab.addPod({ name: 'heir', node: 'node2', annotations: { [IP]: web, [EIP]: '172.56.0.223' } })
    await desk.act({ op: 'wait' })
    await answering(desk, { [OLD]: true, [NEW]: false, '172.56.0.223': true })
    await sweptAndBack()
    await answering(desk, { [OLD]: false, [NEW]: false, '172.56.0.223': true })
    expect(await desk.seenAs('heir')).toBe('172.56.0.223')
  })

  test('R18: the finding of a row that nobody has prints this command; whoever gets the address then is reached under its own EIP only', async () => {
    await annotate('web', { [EIP]: NEW })
    await remove('web')
    const { findings } = await desk.hear('check', 'nat-strays')
    expect(findings).toMatchObject([{ outcome: 'fail', object: OLD, hint: 'ovngw sweep --site lab' }])
    expect(await desk.follow(findings[0]?.hint)).toMatchObject({ code: 0, err: '' })
    await desk.lab.addPod({ name: 'heir', node: 'node1', annotations: { [IP]: web, [EIP]: '172.56.0.223' } })
    await desk.act({ op: 'wait' })
    await answering(desk, { [OLD]: false, [NEW]: false, '172.56.0.223': true })
    await clean()
  })

  test('R17: the policy of a pod that has no annotation any more, and of an address no pod has', async () => {
    const ip = (await desk.lab.pods()).find((p) => p.name === 'crawler')?.ip
    // The outside answers private addresses here, so that an untranslated packet can be seen at all.
    await desk.lab.outsideRunner().run(write('ip', 'route', 'replace', '10.16.0.0/16', 'via', '172.56.0.100'))
    try {
      await annotate('crawler', { [SNAT]: null })
      await desk.nb('lr-policy-add', 'ovn-cluster', '29250', 'ip4.src == 10.16.0.99', 'reroute', '172.56.0.1')
      expect(await desk.seenAs('crawler')).toBe(ip)
      const { code, out } = await desk.ovngw('drift', '--exit-code', '-o', 'csv')
      expect(code).toBe(7)
      expect(out).toMatch(/default\/crawler,.*stray.*untranslated[\s\S]*-,.*10\.16\.0\.99.*ovngw sweep/)
      await sweptAndBack()
      expect(await desk.nb('find', 'Logical_Router_Policy', 'priority=29250', 'match="ip4.src == 10.16.0.99"')).toBe('')
      expect(await desk.seenAs('crawler')).not.toBe(ip)
    } finally {
      await desk.lab.outsideRunner().run(write('ip', 'route', 'del', '10.16.0.0/16'))
    }
  })

  test('R3: the route of an address nobody has; that of a living pod stays', async () => {
    await desk.nb('--policy=src-ip', 'lr-route-add', 'ovn-cluster', '10.16.0.99', '172.56.0.1')
    await desk.nb('--may-exist', '--policy=src-ip', 'lr-route-add', 'ovn-cluster', web, '172.56.0.1')
    await sweptAndBack()
    expect(await desk.nb('--bare', '--columns=ip_prefix', 'find', 'Logical_Router_Static_Route', 'policy=src-ip')).toContain(web)
    expect(await desk.nb('find', 'Logical_Router_Static_Route', 'ip_prefix=10.16.0.99')).toBe('')
  })
})

describe('what somebody owns', () => {
  const made = ({ group, version, kind }: Resource): { apiVersion: string; kind: string } => ({ apiVersion: `${group}/${version}`, kind })
  const fip = async (): Promise<void> => {
    await desk.world.kube.create(OVN_EIP, {
      ...made(OVN_EIP),
      metadata: { name: 'office' },
      spec: { externalSubnet: 'external', v4Ip: '172.56.0.226', type: 'nat' },
    })
    await desk.world.kube.create(OVN_FIP, { ...made(OVN_FIP), metadata: { name: 'office' }, spec: { ovnEip: 'office', v4Ip: '10.16.0.88' } })
    await desk.nb('lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.0.226', '10.16.0.88')
  }

  test('R34: the row of an OvnFip is left alone while a stray beside it goes', async () => {
    await fip()
    await desk.nb('lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.0.227', '10.16.0.88')
    await sweptAndBack()
    expect(await nats()).toContain('172.56.0.226,10.16.0.88')
    expect(await nats()).not.toContain('172.56.0.227')
  })

  test('R34: who may not list OvnFips removes nothing: exit 3, and it is said what could not be read', async () => {
    await desk.nb('lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.0.227', '10.16.0.88')
    const kubeconfig = await narrow()
    const before = await desk.moment()
    const { code, findings } = await desk.hear('sweep', '--yes', '--kubeconfig', kubeconfig)
    expect({ code, findings }).toMatchObject({
      code: 3,
      findings: expect.arrayContaining([expect.objectContaining({ id: 'owners-read', outcome: 'unknown', object: 'OvnFips' })]),
    })
    expect(await desk.moment()).toEqual(before)
    expect(await sweep()).toMatchObject({ code: 0, err: '' })
    expect(await nats()).not.toContain('172.56.0.227')
  })

  test('a row by hand whose finding is accepted stays', async () => {
    await desk.nb('lr-nat-add', 'ovn-cluster', 'dnat_and_snat', '172.56.0.227', '10.16.0.88')
    expect(await desk.ovngw('sweep', '--yes', '--accept', 'nat-strays:172.56.0.227')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is left alone: accepted'),
    })
    expect(await nats()).toContain('172.56.0.227')
  })

  test('a rollback does not put a row back beside one that has its external address by now: exit 5, both named', async () => {
    await annotate('web', { [EIP]: NEW })
    expect(await sweep()).toMatchObject({ code: 0, err: '' })
    await annotate('crawler', { [SNAT]: null, [EIP]: OLD })
    const after: Moment = await desk.moment()
    expect(await desk.ovngw('rollback', 'last', '--yes')).toMatchObject({ code: 5, out: expect.stringContaining(`NAT row dnat_and_snat ${OLD} → ${web}`) })
    expect(await desk.moment()).toEqual(after)
    expect(await desk.seenAs('crawler')).toBe(OLD)
  })

  const ROLE: Resource = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles', kind: 'ClusterRole', namespaced: false }
  const BINDING: Resource = { ...ROLE, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' }

  /** A user who may everything but list OvnFips. */
  async function narrow(): Promise<string> {
    const kubeovn = [
      'vpcs',
      'subnets',
      'ovn-eips',
      'ovn-snat-rules',
      'ovn-dnat-rules',
      'iptables-eips',
      'vpc-egress-gateways',
      'ips',
      'vips',
      'provider-networks',
    ]
    const rules = [
      { apiGroups: ['', 'apps', 'coordination.k8s.io', 'authorization.k8s.io'], resources: ['*'], verbs: ['*'] },
      { apiGroups: ['kubeovn.io'], resources: kubeovn, verbs: ['*'] },
    ]
    await desk.world.kube.create(ROLE, { metadata: { name: 'narrow' }, rules })
    await desk.world.kube.create(BINDING, {
      metadata: { name: 'narrow' },
      roleRef: { apiGroup: ROLE.group, kind: 'ClusterRole', name: 'narrow' },
      subjects: [{ apiGroup: ROLE.group, kind: 'User', name: 'narrow' }],
    })
    const kubeconfig = await desk.lab.userKubeconfig('narrow')
    const user = await connect({ kubeconfig })
    await until('the role is known', async () =>
      user.list(OVN_EIP).then(
        () => true,
        () => undefined,
      ),
    )
    await user.close()
    return kubeconfig
  }
})
