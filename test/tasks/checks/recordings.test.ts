/** Every moment of the real Kube-OVN, judged by every check: what reality.md says is wrong is found, by that id, and nothing else is. */
import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../../lib/define.ts'
import type { BoundCheck } from '../../../lib/kernel/check.ts'
import { checks } from '../../../tasks/checks/index.ts'
import { natStrays } from '../../../tasks/checks/nat-strays.ts'
import { found, recording, wrong } from './recorded-look.ts'

/** All but `rights`, which asks the API server questions a recording cannot answer. */
const all: readonly BoundCheck<Ctx>[] = checks
  .filter((c) => c.check.id !== 'rights')
  .map((c) => (c.check.id === natStrays.check.id ? natStrays({ gapMs: 0 }) : c({})))

// Chain A goes on from state to state: what one step breaks stays broken in the next.
const R11 = 'fail gateway-patch node1/eth1'
const R12 = 'fail pod-nat default/pod-eip'
const R13 = 'pod-nat: routed-truth default/pod-eip'
const R14 = ['fail pod-duplicates 172.56.0.222', 'pod-duplicates: pod-nat default/pod-dup', 'pod-duplicates: routed-truth default/pod-dup']
const R15 = [
  ...['pod-bad1', 'pod-bad2', 'pod-bad3', 'pod-bad4', 'pod-bad5', 'pod-bad6'].map((p) => `fail pod-address-values default/${p}`),
  // A junk value has no row, and says routed=true all the same.
  ...['pod-bad1', 'pod-bad2', 'pod-bad4'].flatMap((p) => [`pod-address-values: pod-nat default/${p}`, `pod-address-values: routed-truth default/${p}`]),
]
const R17 = 'fail pod-policy default/pod-snat2'
const R18 = ['fail nat-strays 172.56.0.221', 'fail nat-strays 172.56.0.233']
const R19 = 'fail pod-duplicates 172.56.0.201'
const R4 = 'fail gateway-router-port ovn-cluster-external'
const port = 'ovn-cluster-external'
const ACTIVE = `gateway-chassis: gateway-active-chassis cr-${port}`
const bridges = ['node1/br-external', 'node1/ovn-bridge-mappings', 'node2/br-external', 'node2/ovn-bridge-mappings']
const left = (...objects: readonly string[]): readonly string[] => objects.map((o) => `fail gateway-leftovers ${o}`)

const TABLE: readonly (readonly [scene: string, about: string, expected: readonly string[]])[] = [
  ['s01', 'nothing there yet', []],
  [
    's02',
    'R1: no next hop; R11: bridge without netdev',
    ['fail config-next-hop external-gw-addr', R11, 'fail pod-nat default/pod-eip', 'fail pod-nat default/pod-snat'],
  ],
  ['s03', 'R2: routed; R11 is still true there', [R11]],
  ['s04', 'R12: EIP changed as documented', [R12]],
  ['s05', 'SNAT changed: replaced', [R12]],
  ['s06', 'R13: routed kept', [R12, R13]],
  ['s06b', 'then dropped', [R12]],
  ['s07', 'R14: duplicate EIP', [R12, ...R14]],
  ['s08', 'R19: one SNAT for two pods is normal', [R12, ...R14]],
  ['s09', 'R19: an EIP that is another pod’s SNAT', [R12, ...R14, R19]],
  ['s10', 'R19: both on one pod is normal', [R12, ...R14, R19]],
  ['s11', 'R15: values that are no addresses of ours', [R12, ...R14, R19, ...R15]],
  ['s12', 'R17: annotation removed', [R12, ...R14, R19, ...R15, R17]],
  ['s13', 'R18: pods deleted', [...R18, R17]],
  ['s14', 'R4: nic-ip and nic-mac changed', [...R18, R17, R4]],
  ['s15', 'R5: gateway moved to node2', [...R18, R17, R4, `fail gateway-chassis ${port}`, 'fail gateway-patch node2/eth1']],
  ['s16', 'R5: two nodes, equal priorities', [...R18, R17, R4, `warn gateway-chassis ${port}`, 'fail gateway-patch node2/eth1']],
  ['s17', 'R6: an unknown node', [...R18, R17, R4, 'node-exists: config-nodes node9', 'fail node-exists node9', `fail gateway-chassis ${port}`, ACTIVE]],
  [
    's18',
    'R7: disabled, all is left',
    [
      ...R18,
      'fail gateway-enabled',
      ...left('10.16.0.2', '10.16.0.2', '10.16.0.3', '10.16.0.3', '10.16.0.5', '172.56.0.201', '172.56.0.221', '172.56.0.233', 'external', port, ...bridges),
    ],
  ],
  ['s19', 'R4: enabled again, address still the old one', [...R18, R17, R4, `fail gateway-chassis ${port}`, ACTIVE]],
  [
    's20',
    'R7: ConfigMap deleted',
    [...R18, 'fail gateway-enabled', ...left('10.16.0.2', '10.16.0.5', '172.56.0.201', '172.56.0.221', '172.56.0.233', 'external', port, ...bridges)],
  ],
  ['s21', 'R9: no such NIC, the old one beside it', ['fail nic-exists node1/eth7', 'fail gateway-bridge node1/eth7']],
  ['s22', 'R10 after the accident: node1 still carries the port', [`fail gateway-chassis ${port}`, 'fail gateway-patch node2/eth0']],
  ['s23', 'R21: type distributed, healthy', []],
  // The pods' rows are still those of the distributed gateway of s23 (external_mac, R21): a centralized one does not serve them.
  [
    's24',
    'R22: no chassis annotation, rows of another type',
    [
      'fail node-chassis node2',
      'node-chassis: gateway-switch',
      ...['pod-d1', 'pod-d2'].flatMap((p) => [`fail pod-nat default/${p}`, `pod-nat: routed-truth default/${p}`]),
    ],
  ],
  ['s25', 'R23: labels without ConfigMap; R7', ['fail gateway-enabled', ...left('172.56.0.240', '172.56.0.241', 'external', port, ...bridges)]],
  ['s26', 'R31: controller restarted', ['fail pod-policy default/pod-eip', 'fail pod-policy default/pod-snat']],
  ['s27', 'R31 mended: healthy', []],
  ['s28', 'R37: port rebuilt; a key of no meaning', ['warn config-keys touch']],
  ['s29', 'R32: the owner lost its row', ['warn config-keys touch', 'fail pod-nat default/pod-eip', R13]],
]

describe('Kube-OVN v1.16.2', () => {
  test.each(TABLE)('%s %s', async (scene, _about, expected) => {
    expect(wrong(await found(recording(scene), all))).toEqual([...expected].sort())
  })
})

describe('Kube-OVN v1.11.24', () => {
  test.each([
    ['s01', 'nothing there yet', []],
    ['s02', 'R1', ['fail config-next-hop external-gw-addr', R11, 'fail pod-nat default/pod-eip', 'fail pod-nat default/pod-snat']],
    ['s03', 'R3: a src-ip route is enough here', [R11]],
    ['s04', 'R12: replaces the old row', [R11]],
    ['s05', 'replaces', [R11]],
    ['s07', 'R14: leaves the second pod un-routed', [R11, 'fail pod-duplicates 172.56.0.221', 'pod-duplicates: pod-nat default/pod-dup']],
    ['s13', 'pods deleted', [R11]],
    ['s18', 'R7: only the mapping stays', left('node1/ovn-bridge-mappings')],
  ] as const)('%s %s', async (scene, _about, expected) => {
    expect(wrong(await found(recording(scene, '1.11.24'), all))).toEqual([...expected].sort())
  })
})

test('every finding that is no pass has a next command', async () => {
  for (const scene of TABLE.map(([s]) => s)) {
    const findings = (await found(recording(scene), all)).filter((f) => f.outcome === 'fail' || f.outcome === 'warn')
    expect(findings.filter((f) => f.hint === undefined).map((f) => `${scene} ${f.id} ${f.detail}`)).toEqual([])
  }
})
