/** `ovngw diagnose` and `bundle` over the lab: a fault is made by hand, its link is named, and where ovngw printed the cure that is what is typed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseTarGzip } from 'nanotar'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { connect } from '../../lib/kube/client.ts'
import { CONFIG_MAP, POD as POD_TYPE, type Resource } from '../../lib/kube/port.ts'
import type { LabPod, LabSnapshot } from '../../lib/lab/index.ts'
import { read } from '../../lib/proc/command.ts'
import { type Desk, sitDown } from './desk.ts'
import { OUTSIDE } from './site.ts'

const SECRET: Resource = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
const EIP = '172.56.0.233'
const POD = 'default/web-0'

let desk: Desk
let bare: LabSnapshot
let pod: LabPod
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await site()
  pod = await desk.lab.addPod({ name: 'web-0', node: 'node2' })
  for (const runbook of ['install', 'apply']) expect(await desk.ovngw(runbook, '--yes')).toMatchObject({ code: 0, err: '' })
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

/** Undone last-first after each test, also when it failed. */
const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const mend of undo.splice(0).reverse()) await mend()
})

const site = (nextHop = OUTSIDE): Promise<void> => desk.site({ nextHop }, { assignments: [{ pod: POD, eip: EIP }] })

interface Diagnosis {
  readonly code: number
  readonly state: string
  readonly broken: string | null
  readonly why?: string
  readonly next?: string
}

/** The last line of `-o json`. */
async function diagnose(...args: readonly string[]): Promise<Diagnosis> {
  const { code, out, err } = await desk.ovngw('diagnose', ...args, '-o', 'json')
  expect(err).toBe('')
  return { code, ...(JSON.parse(out.trim().split('\n').at(-1) ?? '') as Omit<Diagnosis, 'code'>) }
}

const at = async (node: string, bin: string, ...args: readonly string[]): Promise<void> => {
  const { code, stderr } = await desk.lab.nodeRunner(node).run(read(bin, ...args))
  if (code !== 0) throw new Error(`${bin} ${args.join(' ')}: ${stderr}`)
}

const WHOLE = { code: 0, state: 'whole', broken: null }
const broken = (link: string, why: unknown) => ({ code: 3, state: 'broken', broken: link, why })

test('all is well: the pod, the gateway, the address; real packets are seen at every hop', async () => {
  expect(await diagnose('gateway')).toMatchObject(WHOLE)
  const { code, out } = await desk.ovngw('diagnose', 'pod', POD, '--probe')
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('links are whole') })
  // On a busy machine a capture may begin after the first ping; other packets of the pod count in its flows too.
  const both = '[1-3] out [1-3] back'
  const hops = ['node2/\\S+', 'node2/tunnel', 'node1/tunnel', 'node1/eth1', 'outside \\([^)]*\\)'].map((hop) => `${hop} ${both}`)
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(`[1-3] of 3 pings to \\S+ answered: ${hops.join('.*')}`))
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(/node2 sends it through the tunnel to \S+; node1 hands it on to br-external/)
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  const address = await desk.ovngw('diagnose', 'address', EIP)
  expect(address).toMatchObject({ code: 0, out: expect.stringContaining(`EIP of pod ${POD}`) })
  expect(await desk.ovngw('diagnose', 'address', OUTSIDE)).toMatchObject({ code: 0, out: expect.stringMatching(/answered by [0-9a-f:]{17}/) })
})

test('probe: ICMP, large packets, TCP and UDP pass both ways on the wire, and the far side sees the EIP', async () => {
  const { code, out, err } = await desk.ovngw('probe', POD, '--target', `${OUTSIDE}:8080`, '--port', 'tcp/8080,udp/8080', '--size', '1400', '-o', 'json')
  const rows = out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as { way?: string; what: string; judged: string; seen: string })
  const kinds = ['icmp', 'icmp 1400 DF', 'tcp/8080', 'udp/8080']
  expect(rows.slice(0, -1).map((r) => [r.way, r.what, r.judged, r.seen])).toEqual([
    ...kinds.map((what) => ['to outside', what, 'pass', EIP]),
    ...kinds.map((what) => ['from outside', what, 'pass', OUTSIDE]),
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  // Larger than the tunnel between the nodes: it is said who refuses it, and nothing else is called broken.
  const large = await desk.ovngw('probe', POD, '--to-outside', '--size', '1600', '-o', 'json')
  expect(large).toMatchObject({ code: 3, out: expect.stringMatching(/"what":"icmp 1600 DF","outcome":"silent".*larger than the sender’s own MTU, 1400/) })
})

test('answers are dropped where no check looks: packets say between which hops; no capture is left', async () => {
  undo.push(() => at('node1', 'ovs-ofctl', 'del-flows', 'br-external', `icmp,nw_dst=${EIP}`))
  await at('node1', 'ovs-ofctl', 'add-flow', 'br-external', `priority=100,icmp,nw_dst=${EIP},actions=drop`)
  const { code, out } = await desk.ovngw('diagnose', 'pod', POD, '--probe')
  expect(code).toBe(3)
  expect(out.replaceAll(/\s+/g, ' ')).toContain('lost on its way back between node1/eth1 and node1/br-')
  const { stdout: pids } = await desk.lab.nodeRunner('node1').run(read('ip', 'netns', 'pids', `${desk.lab.name}-node1`))
  const names = await Promise.all(
    pids
      .trim()
      .split('\n')
      .map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  )
  expect(names).toContainEqual(expect.stringContaining('ovs-vswitchd'))
  expect(names.filter((name) => name.startsWith('tcpdump'))).toEqual([])
})

test('a NAT row is gone: the printed command puts it back', async () => {
  await desk.nb('lr-nat-del', 'ovn-cluster', 'dnat_and_snat', EIP)
  const found = await diagnose('pod', POD)
  expect(found).toMatchObject(broken('nat', expect.stringContaining(EIP)))
  expect(await desk.follow(found.next)).toMatchObject({ code: 0 })
  expect(await diagnose('pod', POD)).toMatchObject(WHOLE)
})

test('a reroute policy is gone (R31): the printed command puts it back', async () => {
  await desk.nb('lr-policy-del', 'ovn-cluster', '29250', `ip4.src == ${pod.ip}`)
  const found = await diagnose('pod', POD)
  expect(found).toMatchObject(broken('path', expect.stringMatching(/policy|route/)))
  expect(await desk.follow(found.next)).toMatchObject({ code: 0 })
})

test('a NetworkPolicy denies what the pod sends, or gets: OVN’s own trace says so', async () => {
  await desk.nb('pg-add', 'deny.default', 'web-0.default')
  undo.push(() => desk.nb('pg-del', 'deny.default'))
  await desk.nb('--type=port-group', 'acl-add', 'deny.default', 'from-lport', '2000', 'inport == @deny.default && ip', 'drop')
  await desk.nb('--wait=sb', 'sync')
  expect(await diagnose('pod', POD)).toMatchObject(broken('port', expect.stringContaining('2000 inport == @deny.default')))
  await desk.nb('acl-del', 'deny.default')
  await desk.nb('--type=port-group', 'acl-add', 'deny.default', 'to-lport', '2000', 'outport == @deny.default && ip', 'drop')
  await desk.nb('--wait=sb', 'sync')
  expect(await diagnose('pod', POD)).toMatchObject(broken('back', expect.stringContaining('2000 outport == @deny.default')))
})

test('the NIC is down', async () => {
  await at('node1', 'ip', 'link', 'set', 'eth1', 'down')
  undo.push(() => at('node1', 'ip', 'link', 'set', 'eth1', 'up'))
  expect(await diagnose('pod', POD)).toMatchObject({ ...broken('nic', 'eth1 is down'), next: 'ip link set eth1 up   # on node1' })
  expect(await diagnose('gateway')).toMatchObject(broken('nic', 'eth1 is down'))
})

test('ovn-controller of the gateway’s node hangs', async () => {
  const pid = (await readFile(join(desk.lab.dir, 'node1', 'ovn-controller.pid'), 'utf8')).trim()
  process.kill(Number(pid), 'SIGSTOP')
  undo.push(async () => process.kill(Number(pid), 'SIGCONT'))
  expect(await diagnose('pod', POD)).toMatchObject(broken('chassis', expect.stringContaining('ovn-controller')))
})

test('the next hop is one that nobody has', async () => {
  const nowhere = '172.56.0.99'
  const uuid = (await desk.nb('--bare', '--columns=_uuid', 'find', 'Logical_Router_Policy', `match="ip4.src == ${pod.ip}"`)).trim()
  await desk.nb('set', 'Logical_Router_Policy', uuid, `nexthops=${nowhere}`)
  undo.push(() => desk.nb('set', 'Logical_Router_Policy', uuid, `nexthops=${OUTSIDE}`))
  expect(await diagnose('pod', POD)).toMatchObject(broken('path', expect.stringContaining(nowhere)))
  await site(nowhere)
  undo.push(() => site())
  expect(await diagnose('pod', POD)).toMatchObject(broken('next-hop', expect.stringContaining(nowhere)))
})

test('an EIP that is no address', async () => {
  await desk.lab.addPod({ name: 'odd', node: 'node1', annotations: { 'ovn.kubernetes.io/eip': '172.56.0.300' } })
  undo.push(() => desk.lab.deletePod('default', 'odd'))
  expect(await diagnose('pod', 'default/odd')).toMatchObject(broken('annotation', expect.stringContaining('172.56.0.300')))
  expect(await desk.ovngw('diagnose', 'pod', 'default/nobody')).toMatchObject({ code: 3, err: expect.stringContaining('there is no pod default/nobody') })
})

test('bundle: facts, findings and journals are in it, the user’s own key is not', async () => {
  const planted = 'hunter2-Zq9vX7planted'
  const kube = await connect({ kubeconfig: desk.lab.kubeconfig })
  undo.push(() => kube.close())
  const annotations = { 'example.com/token': planted }
  await kube.create(SECRET, { metadata: { name: 'planted', namespace: 'kube-system' }, stringData: { password: planted } })
  undo.push(() => kube.delete(SECRET, { name: 'planted', namespace: 'kube-system' }))
  await kube.patch(POD_TYPE, { name: 'web-0', namespace: 'default' }, { metadata: { annotations } })
  await kube.patch(CONFIG_MAP, { name: 'ovn-external-gw-config', namespace: 'kube-system' }, { metadata: { annotations } })
  const { code, out, err } = await desk.ovngw('bundle', '--out', 'b.tar.gz')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(join(desk.dir, 'b.tar.gz'))
  const files = await parseTarGzip(await readFile(join(desk.dir, 'b.tar.gz')))
  const names = files.map((f) => f.name.replace(/^ovngw-bundle\//, ''))
  expect(names).toEqual(
    expect.arrayContaining(['about.json', 'findings.json', 'ovn/nb.json', 'nodes/node1/ovs.json', expect.stringMatching(/^journals\/.*-install\.jsonl$/)]),
  )
  const all = files.map((f) => f.text).join('\n')
  expect(all).toContain(EIP)
  const keys = [...(await readFile(desk.kubeconfig, 'utf8')).matchAll(/client-key-data"?: ?"?([A-Za-z0-9+/=]{40,})/g)].map((m) => m[1] ?? '')
  expect(keys).toHaveLength(1)
  for (const secret of [...keys, planted, Buffer.from(planted).toString('base64'), 'PRIVATE KEY']) expect(all.includes(secret)).toBe(false)
  expect(await desk.ovngw('bundle', '--out', 'b.tar.gz')).toMatchObject({ code: 2, err: expect.stringContaining('cannot write') })
})
