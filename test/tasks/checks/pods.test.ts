/** Pods, addresses and packets, each made wrong in one way on a healthy recording (s27: pod-eip 10.16.0.2 ↔ .233, pod-snat 10.16.0.3 → .200). */

import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../../lib/define.ts'
import { markOf } from '../../../lib/gateway/judge-packets.ts'
import { servedBy, straysOf } from '../../../lib/gateway/rows.ts'
import type { Pool, Site } from '../../../lib/inventory/site.ts'
import { OvngwError } from '../../../lib/kernel/errors.ts'
import type { KubeObject } from '../../../lib/kube/port.ts'
import { type Output, type Runner, show } from '../../../lib/proc/command.ts'
import { addressFree } from '../../../tasks/checks/address-free.ts'
import { addressSilent } from '../../../tasks/checks/address-silent.ts'
import { addressValid } from '../../../tasks/checks/address-valid.ts'
import { addressChecks, oldAddressDead, packetChecks, podChecks, podPacketChecks } from '../../../tasks/checks/index.ts'
import { natStrays } from '../../../tasks/checks/nat-strays.ts'
import { poolExcluded } from '../../../tasks/checks/pool-excluded.ts'
import { contextOf, EMPTY_SITE, found, type Recording, recording, wrong } from './recorded-look.ts'

const healthy = (change: (made: Recording) => void = () => {}): Recording => {
  const made = recording('s27')
  change(made)
  return made
}
const pod = (made: Recording, name: string): KubeObject => made.pods.find((p) => p.metadata.name === name) ?? ({ metadata: { name } } as KubeObject)
const annotate = (made: Recording, name: string, set: Record<string, string>): void => {
  const annotations = pod(made, name).metadata.annotations as Record<string, string>
  for (const [k, v] of Object.entries(set)) annotations[`ovn.kubernetes.io/${k}`] = v
}
const REF = { namespace: 'default', name: 'pod-eip' }

describe('pods', () => {
  test('healthy: nothing to say, pod by pod', async () => {
    const findings = await found(healthy(), podChecks(['default/pod-eip', 'default/pod-snat']))
    expect(wrong(findings)).toEqual([])
    expect(findings.filter((f) => f.outcome === 'pass' && f.id === 'pod-nat').map((f) => f.object)).toEqual(['default/pod-eip', 'default/pod-snat'])
  })

  test.each<[string, (m: Recording) => void]>([
    ['on the host’s network', (m) => void Object.assign(pod(m, 'pod-eip')['spec'] as object, { hostNetwork: true })],
    ['in another VPC', (m) => annotate(m, 'pod-eip', { logical_router: 'other' })],
    ['on an underlay', (m) => void Object.assign(m.subnets.find((s) => s.metadata.name === 'ovn-default')?.['spec'] as object, { vlan: 'vlan7' })],
    ['dual stack', (m) => annotate(m, 'pod-eip', { ip_address: '10.16.0.2,fd00::2' })],
    ['IPv6 only', (m) => annotate(m, 'pod-eip', { ip_address: 'fd00::2' })],
  ])('out of reach (R20): %s; said once', async (_how, change) => {
    expect(wrong(await found(healthy(change), podChecks(['default/pod-eip'])))).toEqual(['fail pod-reach default/pod-eip'])
  })

  test('no such pod: said once', async () => expect(wrong(await found(healthy(), podChecks(['shop/web'])))).toEqual(['fail pod-reach shop/web']))

  test('a pod without annotations must have no rows', async () => {
    const made = healthy((m) => {
      const annotations = pod(m, 'pod-eip').metadata.annotations as Record<string, string>
      delete annotations['ovn.kubernetes.io/eip']
    })
    expect(wrong(await found(made, podChecks(['default/pod-eip'])))).toEqual(['fail pod-nat default/pod-eip', 'fail pod-policy default/pod-eip'])
  })

  describe('a virtual machine on the move: two pods with one address inside', () => {
    const moving = (annotations: Readonly<Record<string, string>>): Recording =>
      healthy((m) => {
        const first = pod(m, 'pod-eip')
        const { 'ovn.kubernetes.io/eip': _, ...kept } = first.metadata.annotations ?? {}
        m.pods.push({ ...first, metadata: { ...first.metadata, name: 'pod-eip-target', uid: 'target', annotations: { ...kept, ...annotations } } })
      })
    const all = [...podChecks(), ...podChecks(['default/pod-eip', 'default/pod-eip-target'])]

    test('the one without annotation makes no stray of the other’s rows', async () => expect(wrong(await found(moving({}), all))).toEqual([]))
    test('one EIP for both is no duplicate', async () =>
      expect(wrong(await found(moving({ 'ovn.kubernetes.io/eip': '172.56.0.233' }), [...all, addressFree({})]))).toEqual([]))
    test('apply and release leave the rows of the other', async () => {
      const look = contextOf(moving({})).look()
      const target = (await look.pods()).find((p) => p.name === 'pod-eip-target')
      expect(target && straysOf(target, await servedBy(look))).toEqual({ nats: [], policies: [], routes: [] })
    })
  })

  test('another next hop (R30)', async () => {
    const made = healthy((m) => void Object.assign(m.configMap?.['data'] as object, { 'external-gw-addr': '172.56.0.2/16' }))
    expect(wrong(await found(made, podChecks(['default/pod-eip'])))).toEqual(['fail pod-policy default/pod-eip'])
  })

  test('rows of an OvnFip are its own; where the list is denied it is unknown, never a stray (R34)', async () => {
    const claimed = recording('s04')
    claimed.others['ovn-fips'] = [{ metadata: { name: 'fip' }, status: { v4Eip: '172.56.0.233' } }]
    expect(wrong(await found(claimed, podChecks(['default/pod-eip'])))).toEqual([])
    const denied = recording('s13')
    denied.others['ovn-snat-rules'] = 'denied'
    expect(wrong(await found(denied, [natStrays({ gapMs: 0 })]))).toEqual(['unknown nat-strays'])
    const pods = recording('s04')
    pods.others['ovn-snat-rules'] = 'denied'
    expect(wrong(await found(pods, podChecks(['default/pod-eip'])))).toEqual(['unknown pod-nat default/pod-eip'])
  })

  test('a row that is gone at the second look is no stray', async () => {
    const [before, after] = [recording('s13'), recording('s27')]
    const ctx = { look: contextOf(before).look, lookAgain: contextOf(after).look }
    expect(wrong(await found(before, [natStrays({ gapMs: 0 })], ctx))).toEqual([])
  })

  test('the next pod with the address of a dead one is named (R18)', async () => {
    const made = recording('s13')
    annotate(made, 'pod-snat2', { ip_address: '10.16.0.3' })
    const [finding] = (await found(made, [natStrays({ gapMs: 0 })])).filter((f) => f.object === '172.56.0.233')
    expect(finding).toMatchObject({ outcome: 'fail', hint: 'ovngw sweep' })
    expect(finding?.detail).toContain('default/pod-snat2')
  })

  test('ten thousand healthy pods are one line', async () => {
    const made = healthy((m) => {
      const one = pod(m, 'pod-snat')
      const headings = m.nb['NAT']?.headings ?? []
      const row = m.nb['NAT']?.data.find((r) => r[headings.indexOf('type')] === 'snat') ?? []
      const policies = m.nb['Logical_Router_Policy']
      const policy = policies?.data.find((r) => r[policies.headings.indexOf('match')] === 'ip4.src == 10.16.0.3') ?? []
      const router = m.nb['Logical_Router']
      const refs = (column: string): unknown[] => {
        const at = router?.headings.indexOf(column) ?? -1
        const found = router?.data.find((r) => r[router.headings.indexOf('name')] === 'ovn-cluster')?.[at] as ['set', unknown[]] | ['uuid', string]
        return found[0] === 'set' ? (found[1] as unknown[]) : []
      }
      const id = (kind: number, n: number): unknown[] => ['uuid', `${kind.toString().padStart(8, '0')}-0000-4000-8000-${n.toString().padStart(12, '0')}`]
      for (let n = 0; n < 10_000; n++) {
        const ip = `10.17.${n >> 8}.${n & 255}`
        m.pods.push({ ...one, metadata: { ...one.metadata, name: `p${n}`, annotations: { ...one.metadata.annotations, 'ovn.kubernetes.io/ip_address': ip } } })
        m.nb['NAT']?.data.push(row.map((c, i) => (headings[i] === '_uuid' ? id(1, n) : headings[i] === 'logical_ip' ? ip : c)))
        policies?.data.push(policy.map((c, i) => (policies.headings[i] === '_uuid' ? id(2, n) : policies.headings[i] === 'match' ? `ip4.src == ${ip}` : c)))
        refs('nat').push(id(1, n))
        refs('policies').push(id(2, n))
      }
    })
    const findings = await found(made, podChecks())
    expect(wrong(findings)).toEqual([])
    expect(findings.find((f) => f.id === 'pod-nat')?.detail).toBe('10002 pods as they should be')
  })
})

describe('addresses', () => {
  const pool = (more: Partial<Pool>): Site => ({
    ...EMPTY_SITE,
    pools: [{ name: 'web', ranges: [{ first: '203.0.113.0', last: '203.0.113.15' }], reserved: { '172.56.0.222': 'printer' }, onLink: true, ...more }],
  })
  const judge = async (address: string, site: Site = EMPTY_SITE, kind: 'eip' | 'snat' = 'eip') =>
    wrong(
      await found(
        healthy((m) => void Object.assign(m, { site })),
        [addressValid({ address, kind, pod: REF }), addressFree({ address, kind, pod: REF })],
      ),
    )

  test.each([
    ['free', '172.56.0.240', []],
    ['the pod’s own', '172.56.0.233', []],
    ['another pod’s SNAT (R19)', '172.56.0.200', ['fail address-free 172.56.0.200']],
    ['the next hop (R15)', '172.56.0.1', ['fail address-valid 172.56.0.1']],
    ['the router port (R15)', '172.56.0.100', ['fail address-valid 172.56.0.100']],
    ['a node’s', '10.250.0.12', ['fail address-valid 10.250.0.12']],
    ['outside the network (R15)', '203.0.113.9', ['fail address-valid 203.0.113.9']],
    ['the broadcast address', '172.56.255.255', ['fail address-valid 172.56.255.255']],
    ['no address (R15)', '172.56.0.300', ['fail address-valid 172.56.0.300']],
    ['IPv6 (R15)', 'fd00::9', ['fail address-valid fd00::9']],
  ])('an EIP that is %s', async (_what, address, expected) => {
    expect(await judge(address)).toEqual(expected)
  })

  test.each<[string, string[], string[]]>([
    ['excludes the pool', ['172.56.0.1', '172.56.0.200..172.56.0.239'], []],
    ['excludes a part of it', ['172.56.0.200..172.56.0.220'], ['warn pool-excluded web']],
    ['excludes nothing', [], ['warn pool-excluded web']],
    ['says what nobody understands', ['from 200 to 239'], ['warn pool-excluded web']],
  ])('a Subnet that covers a pool and %s', async (_what, excludeIps, expected) => {
    const pools = [{ name: 'web', ranges: [{ first: '172.56.0.200', last: '172.56.0.239' }], reserved: {}, onLink: true }]
    const made = healthy((m) => {
      m.subnets.push({ metadata: { name: 'external' }, spec: { cidrBlock: '172.56.0.0/16', excludeIps } })
      Object.assign(m, { site: { ...EMPTY_SITE, pools } })
    })
    expect(wrong(await found(made, [poolExcluded({})]))).toEqual(expected)
  })

  test('a SNAT may be shared (R19), an EIP may be no SNAT', async () => {
    expect(await judge('172.56.0.200', EMPTY_SITE, 'snat')).toEqual([])
    const other = { ...REF, name: 'pod-snat' }
    expect(wrong(await found(healthy(), [addressFree({ address: '172.56.0.233', kind: 'snat', pod: other })]))).toEqual(['fail address-free 172.56.0.233'])
  })

  test('both owners are named', async () => {
    const made = recording('s07')
    const [finding] = await found(made, [addressFree({ address: '172.56.0.222', kind: 'eip', pod: { namespace: 'shop', name: 'web' } })])
    expect(finding?.detail).toContain('EIP of pod default/pod-eip')
    expect(finding?.detail).toContain('EIP of pod default/pod-dup')
  })

  /** .240 as the EIP of a pod that has nothing yet. */
  const free = async (change: (made: Recording) => void) =>
    found(healthy(change), [addressFree({ address: '172.56.0.240', kind: 'eip', pod: { namespace: 'shop', name: 'web' } })])

  test('everybody who has it is named with a way out', async () => {
    const [finding] = await free((m) => {
      m.others['ovn-eips'] = [{ metadata: { name: 'office' }, spec: { v4Ip: '172.56.0.240' } }]
      m.others['services'] = [{ metadata: { name: 'web', namespace: 'shop' }, spec: { externalIPs: ['172.56.0.240'] } }]
    })
    const [eip, service] = ['kubectl delete ovn-eips.kubeovn.io office', 'kubectl -n shop edit services web   # take the address out']
    expect(finding).toMatchObject({ outcome: 'fail', detail: `it is OvnEip office (${eip}) and Service shop/web (${service})`, hint: eip })
    expect(finding?.seen).toEqual({
      owners: [
        { kind: 'ovn-eip', object: 'OvnEip office', way: eip },
        { kind: 'service', object: 'Service shop/web', way: service },
      ],
    })
  })

  test('one owner: its way out is the next command', async () => {
    const [finding] = await free((m) => annotate(m, 'pod-eip', { eip: '172.56.0.240' }))
    expect(finding).toMatchObject({ detail: 'it is EIP of pod default/pod-eip', hint: 'ovngw release default/pod-eip' })
  })

  const SOURCES = [
    'ovn-eips',
    'ovn-fips',
    'ovn-snat-rules',
    'ovn-dnat-rules',
    'iptables-eips',
    'vpc-egress-gateways',
    'ips',
    'vips',
    'services',
    'pods',
  ] as const
  test.each(SOURCES)('%s cannot be listed: unknown, never free', async (plural) => {
    const [finding] = await free((m) => void Object.assign(m.others, { [plural]: 'denied' }))
    expect(finding).toMatchObject({ outcome: 'unknown', object: '172.56.0.240', detail: expect.stringContaining(`you may not list ${plural}`) })
  })

  test('what is taken is taken, whatever else cannot be listed', async () => {
    const [finding] = await free((m) => {
      annotate(m, 'pod-eip', { eip: '172.56.0.240' })
      Object.assign(m.others, { services: 'denied', ips: 'denied' })
    })
    expect(finding).toMatchObject({ outcome: 'fail', detail: 'it is EIP of pod default/pod-eip' })
    const [unseen] = await free((m) => void Object.assign(m.others, { services: 'denied', ips: 'denied' }))
    expect(unseen?.detail).toMatch(/^nobody seen has it, but IPs, Services could not be read: /)
  })

  test('no NAT row is called somebody’s while the pods cannot be listed', async () => {
    const made = healthy((m) => void Object.assign(m.others, { pods: 'denied' }))
    expect(wrong(await found(made, [addressFree({ address: '172.56.0.233', kind: 'eip', pod: REF })]))).toEqual(['unknown address-free 172.56.0.233'])
  })

  test('an older Kube-OVN does not have all types: none of them', async () => {
    const types = SOURCES.filter((s) => s !== 'services' && s !== 'pods')
    const made = healthy((m) => void Object.assign(m.others, Object.fromEntries(types.map((t) => [t, 'no type']))))
    const wish = { address: '172.56.0.240', kind: 'eip', pod: REF } as const
    expect(wrong(await found(made, [addressValid(wish), addressFree(wish)]))).toEqual([])
  })

  test('the port of another router, which address-valid does not know, is named', async () => {
    const made = healthy((m) => {
      const ports = m.nb['Logical_Router_Port']
      const [port = []] = ports?.data ?? []
      const set: Record<string, unknown> = { _uuid: ['uuid', '00000000-0000-4000-8000-00000000cafe'], name: 'tenant-external', networks: '172.56.0.240/16' }
      ports?.data.push(port.map((c, i) => set[ports.headings[i] ?? ''] ?? c))
    })
    const wish = { address: '172.56.0.240', kind: 'eip', pod: REF } as const
    const findings = await found(made, [addressValid(wish), addressFree(wish)])
    expect(wrong(findings)).toEqual(['fail address-free 172.56.0.240'])
    expect(findings.at(-1)?.detail).toBe('it is router port tenant-external')
  })

  test('a pool that is routed to us, a reserved address', async () => {
    expect(await judge('203.0.113.9', pool({ onLink: false }))).toEqual([])
    expect(await judge('203.0.113.9', pool({ onLink: true }))).toEqual(['fail address-valid 203.0.113.9'])
    expect(await judge('172.56.0.222', pool({}))).toEqual(['fail address-free 172.56.0.222'])
  })

  /** A node on whose wire these stations answer the probes for their address; each capture ends after two rounds. */
  const wire = (owners: Record<string, string>): Pick<Ctx, 'node'> => {
    const asked: string[] = []
    let [rounds, ended] = [0, Promise.withResolvers<void>()]
    const target = (frame: string): string => [76, 78, 80, 82].map((i) => Number.parseInt(frame.slice(i, i + 2), 16)).join('.')
    return {
      node: (name) => ({
        where: `node ${name}`,
        run: async (command, options) => {
          if (command.bin === 'ovs-ofctl') {
            asked.push(...command.args.slice(5).map(target))
            rounds++
            if (rounds % 2 === 0) ended.resolve()
            return { stdout: '', stderr: '', code: 0 }
          }
          if (command.bin !== 'timeout') return contextOf(healthy()).node(name).run(command, options)
          await ended.promise
          ended = Promise.withResolvers()
          const lines = asked.flatMap((a) => (owners[a] === undefined ? [] : [`12:00:00.000000 ARP, Reply ${a} is-at ${owners[a]}, length 28\n`]))
          return { stdout: lines.join(''), stderr: '', code: 124 }
        },
      }),
    }
  }
  const HOP = '52:54:00:00:00:01'
  test.each([
    ['silent, the next hop answers', { '172.56.0.1': HOP }, 'pass'],
    ['somebody answers', { '172.56.0.1': HOP, '172.56.0.240': '52:54:00:00:00:99' }, 'fail'],
    ['the next hop does not answer: unknown', {}, 'unknown'],
    ['the next hop answers for everybody (proxy ARP): unknown', { '172.56.0.1': HOP, '172.56.0.240': HOP }, 'unknown'],
  ])('on the wire: %s', async (_what, owners, outcome) => {
    const made = healthy()
    const findings = await found(made, [addressSilent({ address: '172.56.0.240', kind: 'eip', pod: REF })], wire(owners))
    expect(findings.map((f) => f.outcome)).toEqual([outcome])
  })

  test('no address is given to a pod while the gateway is off (R33)', async () => {
    const made = recording('s20')
    expect(wrong(await found(made, addressChecks({ namespace: 'shop', name: 'web' }, { eip: '172.56.0.240' })))).toEqual(['fail gateway-enabled'])
  })

  test('a pod that is still to be made can be asked for', async () => {
    expect(wrong(await found(healthy(), addressChecks({ namespace: 'shop', name: 'web' }, { eip: '172.56.0.240' }), wire({ '172.56.0.1': HOP })))).toEqual([])
  })
})

describe('packets', () => {
  /** A host that gets answers from these addresses; it refuses commands it was not told about. */
  const host = (where: string, alive: readonly string[], more: Record<string, string> = {}): Runner => ({
    where,
    run: async (command): Promise<Output> => {
      const line = show(command)
      const known = Object.entries(more).find(([start]) => line.startsWith(start))?.[1]
      if (known !== undefined) return { stdout: known, stderr: '', code: 0 }
      const address = command.args.at(-1) ?? ''
      if (command.bin === 'nc') return { stdout: '', stderr: '', code: alive.includes(`${command.args.at(-2)}:${address}`) ? 0 : 1 }
      if (command.bin !== 'ping') throw new OvngwError('NOT_RUN', { what: `no ${command.bin} at ${where}` })
      const received = alive.includes(address) ? 3 : 0
      return { stdout: `PING ${address}\n3 packets transmitted, ${received} received, 0% packet loss`, stderr: '', code: received > 0 ? 0 : 1 }
    },
  })
  const PORT = '172.56.0.100'
  const HOP = '172.56.0.1'

  test('without a probe packets are unproved, not passed', async () => {
    const findings = await found(healthy(), [...packetChecks(), ...podPacketChecks(REF, { eip: '172.56.0.233' }), ...oldAddressDead('172.56.0.9')])
    expect(findings.map((f) => f.outcome)).toEqual(['skip', 'skip', 'skip', 'skip'])
  })

  test.each([
    ['answers', [PORT, HOP], false, 'pass', 'fatal'],
    ['is silent, the next hop is not', [HOP], false, 'fail', 'fatal'],
    ['is silent like everything: a bad probe stops nothing', [], false, 'unknown', 'warning'],
    ['was silent before the change too', [HOP], true, 'unknown', 'warning'],
  ] as const)('the router port %s', async (_what, alive, baselineDead, outcome, level) => {
    const findings = await found(healthy(), packetChecks({ baselineDead }), { outside: [host('outside', alive)] })
    expect(findings).toMatchObject([{ outcome, level, object: 'outside' }])
  })

  const SITE: Site = { ...EMPTY_SITE, assignments: [{ target: { pod: REF }, eip: '172.56.0.233', prove: { protocol: 'tcp', port: 443 } }] }
  test.each([
    ['it answers', EMPTY_SITE, ['172.56.0.233'], [], 'pass'],
    ['it does not, the pod answers its node', EMPTY_SITE, [], ['10.16.0.2'], 'fail'],
    ['it does not, nor does the pod to its node: silent to ICMP', EMPTY_SITE, [], [], 'unknown'],
    ['it answers on the declared port', SITE, ['172.56.0.233:443'], [], 'pass'],
    ['it does not answer on the declared port', SITE, ['172.56.0.233'], [], 'fail'],
  ] as const)('EIP from outside: %s', async (_what, site, outside, node, outcome) => {
    const made = healthy((m) => void Object.assign(m, { site }))
    const [check] = podPacketChecks(REF, { eip: '172.56.0.233' })
    const findings = await found(made, check === undefined ? [] : [check], { outside: [host('outside', outside)], node: () => host('node1', node) })
    expect(findings.map((f) => f.outcome)).toEqual([outcome])
  })

  test.each([
    ['an echo saw its EIP', { curl: '172.56.0.233 40112\n' }, [], '', 'pass'],
    ['an echo saw its private address', { curl: '10.16.0.2 40112\n' }, [], '', 'fail'],
    ['no curl, wget does', { wget: '172.56.0.233 40112\n' }, [], '', 'pass'],
    ['neither: tcpdump outside saw its ping', {}, [], 'IP 172.56.0.233 > 172.56.0.1: ICMP echo request', 'pass'],
    ['tcpdump outside saw its private address', {}, [], 'IP 10.16.0.2 > 172.56.0.1: ICMP echo request', 'fail'],
    ['no answer where others get one (R31)', {}, [HOP], '', 'fail'],
    ['no answer, but nobody else gets one', {}, [], '', 'unknown'],
  ] as const)('leaves as: %s', async (_what, inside, alive, captured, outcome) => {
    const [check] = podPacketChecks(REF, {})
    const outside = [host('outside', alive, { 'timeout 8 tcpdump': captured })]
    const findings = await found(healthy(), check === undefined ? [] : [check], { outside, pod: () => host('pod', [], inside) })
    expect(findings.map((f) => f.outcome)).toEqual([outcome])
  })

  test('leaves as: an echo of the site is enough, and is asked where it listens', async () => {
    const site: Site = { ...EMPTY_SITE, probe: { outside: [{ http: 'http://192.0.2.9:9000' }], target: [HOP] } }
    const made = healthy((m) => void Object.assign(m, { site }))
    const [check] = podPacketChecks(REF, {})
    const inside = { 'curl -s -m 5 http://192.0.2.9:9000/': '172.56.0.233 40112\n' }
    const findings = await found(made, check === undefined ? [] : [check], { outside: [], pod: () => host('pod', [], inside) })
    expect(findings).toMatchObject([{ outcome: 'pass', detail: '192.0.2.9 saw 172.56.0.233' }])
  })

  test('pods asked at the same time are told apart by the size of their pings', () => {
    const marks = Array.from({ length: 250 }, (_, i) => markOf(`10.16.0.${i + 2}`))
    expect(new Set(marks).size).toBe(250)
    // with 28 bytes of headers a ping stays under the smallest pod MTU, 1400
    expect(Math.max(...marks)).toBeLessThanOrEqual(1400 - 28)
  })

  test.each([
    ['silent, the router port answers', [PORT], 'pass'],
    ['it still answers (R12)', [PORT, '172.56.0.221'], 'fail'],
    ['silent like everything', [], 'unknown'],
  ] as const)('an old EIP: %s', async (_what, alive, outcome) => {
    const findings = await found(healthy(), oldAddressDead('172.56.0.221'), { outside: [host('outside', alive)] })
    expect(findings.map((f) => f.outcome)).toEqual([outcome])
  })
})
