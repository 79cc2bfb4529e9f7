/** Recorded lines of kube-ovn-controller (shared/recordings) and lines of the daemons' sources: each has a cause, ordinary lines have none. */
import { expect, test } from 'vitest'
import { causesIn, type LogSource } from '../../lib/diagnose/log-causes.ts'

const SITE = { name: 'lab', file: 'inventory/lab.yaml' }

test.each<[LogSource, string, string, string]>([
  ['kube-ovn-controller', 'E1122 10:00:00.000000 7 pod.go:939] failed to get subnet external, subnet.kubeovn.io "external" not found', 'R1', 'config-next-hop'],
  ['kube-ovn-controller', 'E1122 10:00:00.000000 7 pod.go:950] no available gateway nic address', 'R1', 'config-next-hop'],
  ['kube-ovn-controller', 'E1122 10:00:00.000000 7 external_gw.go:250] failed to get gw node node9, node "node9" not found', 'R6', 'config-nodes'],
  ['kube-ovn-controller', 'E1122 10:00:00.000000 7 external_gw.go:262] node node2 has no chassis annotation, kube-ovn-cni not ready', 'R22', 'node-chassis'],
  [
    'kube-ovn-controller',
    'E1122 10:00:00.000000 7 pod.go:1020] failed to add nat rules, ovn-nbctl: a NAT with this type (dnat_and_snat), external_ip (172.56.0.221) already exists',
    'R14',
    'pod-duplicates',
  ],
  ['kube-ovn-controller', 'E1122 10:00:00.000000 7 net.go:216] failed to parse address "not-an-ip"', 'R15', 'pod-address-values'],
  [
    'kube-ovn-cni',
    'I1122 10:00:00.000000 7 ovs_linux.go:1022] external bridge should change from br-prov to br-external, delete external bridge br-prov',
    'R10',
    'nic-not-in-other-bridge',
  ],
  ['kube-ovn-cni', 'E1122 10:00:00.000000 7 ovs_linux.go:1008] failed to get nic eth7, Link not found', 'R9', 'nic-exists'],
  ['kube-ovn-cni', 'E1122 10:00:00.000000 7 ovs_linux.go:1035] failed to enable external gateway, exit status 1', 'R9, R11', 'gateway-bridge'],
  [
    'ovn-controller',
    "2026-11-22T10:00:00.000Z|00031|patch|ERR|bridge not found for localnet port 'localnet.external' with network name 'external'; skipping",
    'R36',
    'gateway-mapping',
  ],
  ['ovs-vswitchd', '2026-11-22T10:00:00.000Z|00123|bridge|WARN|could not open network device eth7 (No such device)', 'R9', 'nic-exists'],
  [
    'ovs-vswitchd',
    "2026-11-22T10:00:00.000Z|00124|ofproto|WARN|No usable peer 'patch-localnet.external-to-br-int' exists in 'netdev' datapath.",
    'R11',
    'gateway-patch',
  ],
])('%s: %s', (from, line, rule, check) => {
  const [found, ...more] = causesIn(from, `a line before\n${line}\n${line}\na line after\n`)
  expect(more).toEqual([])
  expect(found).toMatchObject({ times: 2, line })
  expect(found?.cause.cause).toContain(`(${rule}`)
  expect(found?.cause.next(SITE, 'kube-system')).toMatch(new RegExp(`^ovngw check .*${check}.* --site lab$`))
})

test('whom the lines are about is named once each', () => {
  const line = (node: string): string => `E pod.go] failed to get gw node ${node}, node "${node}" not found`
  expect(causesIn('kube-ovn-controller', [line('a'), line('b'), line('a')].join('\n'))[0]?.about).toEqual(['a', 'b'])
})

test.each([
  [
    'ovn-controller',
    '2026-11-22T10:00:00Z|00031|binding|INFO|Changing chassis for lport cr-ovn-cluster-external from aaaa to bbbb.',
    'cr-ovn-cluster-external',
  ],
  ['ovn-controller', '2026-11-22T10:00:00Z|00031|binding|INFO|Claiming lport cr-ovn-cluster-external for this chassis.', 'cr-ovn-cluster-external'],
  [
    'ovs-vswitchd',
    '2026-11-22T10:00:00Z|00040|bfd|INFO|ovn0-node2: BFD state change: up->down "No Diagnostic"->"Control Detection Time Expired".',
    'ovn0-node2',
  ],
] as const)('%s: %s is about %s', (from, line, about) => expect(causesIn(from, line)[0]?.about).toEqual([about]))

test('ordinary lines have no cause, nor has a line of another daemon', () => {
  const ordinary = 'I1122 10:00:00.000000 7 external_gw.go:57] last external gw configmap: \nI1122 10:00:00 7 pod.go:1] handle add/update pod default/web-0\n'
  expect(causesIn('kube-ovn-controller', ordinary)).toEqual([])
  expect(causesIn('ovn-controller', 'could not open network device eth7')).toEqual([])
})
