import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answer } from '../../lib/ovn/call.ts'
import { listNb, readNb } from '../../lib/ovn/nb.ts'
import { activeChassis, listSb, readSb } from '../../lib/ovn/sb.ts'
import {
  commit,
  delGatewayChassis,
  lrpDel,
  lsDel,
  lspDel,
  natDel,
  op,
  policyDel,
  routeDel,
  setGatewayChassis,
  together,
  transactions,
} from '../../lib/ovn/transaction.ts'
import { listOvs, readOvs } from '../../lib/ovs/vsctl.ts'
import { show } from '../../lib/proc/command.ts'
import { recorded, SCENES } from './recorded.ts'
import { missing, type Sandbox, sandbox } from './sandbox.ts'

// Real tools on a machine that others load too.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const HOSTILE = [
  'two words',
  '-v',
  '--db=tcp:1.2.3.4:6641',
  '--help',
  '-',
  'a,b',
  '"quoted"',
  "it's",
  '$(touch /tmp/x)',
  '`id`',
  '{x}=[y]',
  'new\nline',
  'tab\tback\\slash',
  'ü€𝄞',
  '@r1',
  ';|&>',
  '*',
  '%s%n',
  'a=b',
  '$HOME',
]

describe('commands', () => {
  it.each([
    [
      natDel('ovn-cluster', { type: 'dnat_and_snat', external_ip: '172.56.0.221', logical_ip: '10.16.0.3' }),
      '--if-exists lr-nat-del ovn-cluster dnat_and_snat 172.56.0.221',
    ],
    [natDel('ovn-cluster', { type: 'snat', external_ip: '172.56.0.200', logical_ip: '10.16.0.2' }), '--if-exists lr-nat-del ovn-cluster snat 10.16.0.2'],
    [policyDel('ovn-cluster', 29250, 'ip4.src == 10.16.0.3'), "--if-exists lr-policy-del ovn-cluster 29250 'ip4.src == 10.16.0.3'"],
    [
      routeDel('ovn-cluster', { ip_prefix: '10.16.0.3', nexthop: '172.56.0.1', policy: 'src-ip' }),
      '--if-exists --policy=src-ip lr-route-del ovn-cluster 10.16.0.3 172.56.0.1',
    ],
    [routeDel('ovn-cluster', { ip_prefix: '10.16.0.3' }), '--if-exists lr-route-del ovn-cluster 10.16.0.3'],
    [
      together('port and peer', [lrpDel('ovn-cluster-external'), lspDel('external-ovn-cluster')]),
      '--if-exists lrp-del ovn-cluster-external -- --if-exists lsp-del external-ovn-cluster',
    ],
    [lsDel('external'), '--if-exists ls-del external'],
    [setGatewayChassis('ovn-cluster-external', 'node2-chassis', 101), 'lrp-set-gateway-chassis ovn-cluster-external node2-chassis 101'],
    [delGatewayChassis('ovn-cluster-external', 'node1-chassis'), 'lrp-del-gateway-chassis ovn-cluster-external node1-chassis'],
  ])('%#: %o', (o, line) => {
    expect(transactions([o]).map(show)).toEqual([`ovn-nbctl --timeout=15 -- ${line}`])
    expect(transactions([o])[0]?.effect).toBe('write')
  })

  it('reads name tables, and columns only where every schema has them', () => {
    expect(show(listNb())).toContain('--timeout=15 --format=json -- list Logical_Switch -- list Logical_Switch_Port -- list Logical_Router -- ')
    expect(show(listSb())).toContain('-- --columns=_uuid,name,hostname,other_config,external_ids,nb_cfg list Chassis -- ')
    expect(listOvs().args.filter((a) => a === 'list')).toHaveLength(4)
    for (const c of [listNb(), listSb(), listOvs()]) expect([c.effect, c.args.some((a) => a.startsWith('--wait'))]).toEqual(['read', false])
  })

  it('refuses the one argument that ovn-nbctl would take for a separator', () => {
    expect(() => lrpDel('--')).toThrow(/cannot take "--"/)
    expect(() => policyDel('ovn-cluster', 1, '--')).toThrow(/cannot take "--"/)
    expect(() => lsDel('a\0b')).toThrow(/cannot take/)
  })

  it('splits by size in order, never inside an op', () => {
    const ops = Array.from({ length: 10 }, (_, i) => together(`${i}`, [op('a', ['x'], `${i}`.repeat(40)), op('b', ['y'], 'é'.repeat(5))]))
    for (const max of [1, 300, 320, 340, 1000, 1e9]) {
      const made = transactions(ops, max)
      const encoded = (c: { readonly args: readonly string[] }): number => c.args.slice(1).reduce((n, a) => n + `&command=${encodeURIComponent(a)}`.length, 0)
      expect(made.flatMap((c) => c.args.slice(1))).toEqual(ops.flatMap((o) => o.commands.flatMap((c) => ['--', ...c])))
      for (const c of made) expect(c.args.filter((a) => a === 'x').length).toBe(c.args.filter((a) => a === 'y').length)
      for (const c of made.filter((m) => m.args.filter((a) => a === 'x').length > 1)) expect(encoded(c)).toBeLessThanOrEqual(max)
    }
    expect([transactions(ops, 1).length, transactions(ops, 1e9).length, transactions([]).length]).toEqual([10, 1, 0])
  })
})

describe.skipIf(missing())('the real tools', () => {
  let box: Sandbox
  beforeAll(async () => {
    box = await sandbox()
  })
  afterAll(() => box[Symbol.asyncDispose]())

  it('answer eleven NB, three SB, four OVS tables in one call each', async () => {
    await box.tool('ovn-sbctl', 'chassis-add', 'node1-chassis', 'geneve', '10.250.0.11')
    await box.tool('ovn-nbctl', 'lb-add', 'web', '172.56.0.9:80', '10.16.0.5:8080', '--', 'lb-add', 'six', '[fd00::9]:80', '[fd00::5]:80')
    await box.tool('ovs-vsctl', 'init', '--', 'add-br', 'br-external', '--', 'add-port', 'br-external', 'eth1')
    const [nb, sb, ovs] = [await readNb(box.runner), await readSb(box.runner), await readOvs(box.runner)]
    expect(box.commands).toHaveLength(3)
    expect(Object.keys(nb)).toHaveLength(11)
    expect(Object.fromEntries(nb.loadBalancers.map((lb) => [lb.name, [lb.protocol, lb.vips]]))).toEqual({
      web: ['tcp', { '172.56.0.9:80': '10.16.0.5:8080' }],
      six: ['tcp', { '[fd00::9]:80': '[fd00::5]:80' }],
    })
    expect([sb.chassis[0]?.name, sb.encaps[0]?.ip]).toEqual(['node1-chassis', '10.250.0.11'])
    expect([ovs.bridges.map((b) => b.name), ovs.interfaces.map((i) => i.name).sort()]).toEqual([['br-external'], ['br-external', 'eth1']])
  })

  it('an error of the tool is not an empty answer', async () => {
    const gone = answer(box.runner, { bin: 'ovn-nbctl', args: ['--timeout=5', '--format=json', 'list', 'No_Such_Table'], effect: 'read' })
    await expect(gone).rejects.toMatchObject({ code: 'COMMAND', why: expect.stringContaining('No_Such_Table') })
  })

  it.each(HOSTILE)('take %j as one name, and give it back exactly', async (name) => {
    await box.tool('ovn-nbctl', '--', 'ls-add', name)
    await box.tool('ovn-nbctl', '--', 'lr-add', name)
    await box.tool('ovs-vsctl', '--', 'set', 'Open_vSwitch', '.', `external_ids:hostile=${JSON.stringify(name)}`)
    const nb = await readNb(box.runner)
    expect([nb.switches.map((s) => s.name), nb.routers.map((r) => r.name)]).toEqual([[name], [name]])
    expect((await readOvs(box.runner)).openVswitch.external_ids['hostile']).toBe(name)
    // Every argument position anyone's text can reach, with the row there and not there.
    const match = `ip4.src == 10.16.0.3 && "${name}"`
    await box.tool('ovn-nbctl', '--', 'lrp-add', name, 'p', '00:00:00:00:00:01', '10.0.0.1/8', '--', 'lrp-set-gateway-chassis', 'p', name, '5')
    await box.tool('ovn-nbctl', '--', 'lr-policy-add', name, '1', match, 'drop')
    await box.tool('ovn-nbctl', '--', 'lr-nat-add', name, 'snat', '172.56.0.200', '10.16.0.3', '--', 'lr-route-add', name, '10.16.0.3', '172.56.0.1')
    await commit(box.runner, [setGatewayChassis('p', name, 7)])
    expect((await readNb(box.runner)).gatewayChassis.map((c) => [c.chassis_name, c.priority])).toEqual([[name, 7]])
    const nat = { type: 'snat', external_ip: '172.56.0.200', logical_ip: '10.16.0.3' }
    await commit(box.runner, [delGatewayChassis('p', name), policyDel(name, 1, match), natDel(name, nat), routeDel(name, { ip_prefix: '10.16.0.3' })])
    await commit(box.runner, [lrpDel(name), lspDel(name), lsDel(name)])
    const after = await readNb(box.runner)
    expect([after.gatewayChassis, after.policies, after.nats, after.routes, after.switches]).toEqual([[], [], [], [], []])
    expect(after.routerPorts.map((p) => p.name)).toEqual(['p'])
    await box.tool('ovn-nbctl', '--', 'lr-del', name)
  })

  it('keep any text exactly through a column', async () => {
    await box.tool('ovn-nbctl', 'ls-add', 'any')
    const [row] = (await readNb(box.runner)).switches
    const { SWITCH, assign } = await import('../../lib/ovn/kinds.ts')
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !s.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 4 }), async (ids) => {
        await commit(box.runner, [op('set', ['set', 'Logical_Switch', row?.uuid ?? ''], assign(SWITCH, { uuid: '', external_ids: ids }, 'external_ids'))])
        expect((await readNb(box.runner)).switches[0]?.external_ids).toEqual(ids)
      }),
      { numRuns: 40 },
    )
  })
})

describe('recordings of Kube-OVN', () => {
  it.each(SCENES)('%s parses', (scene) => {
    const { nb, sb, ovs } = recorded(scene)
    expect(nb.routers.map((r) => r.name)).toEqual(['ovn-cluster'])
    expect(sb.chassis.map((c) => c.hostname).sort()).toEqual(['node1', 'node2'])
    expect(ovs('node1').bridges.map((b) => b.name)).toEqual(expect.arrayContaining(['br-int', 'br-phy']))
  })

  it('the active chassis is where the cr- port is bound, whatever the priorities say (R5)', () => {
    const { nb, sb } = recorded('kube-ovn-v1.16.2-ovn-25.03-s16')
    expect(nb.gatewayChassis.map((c) => [c.chassis_name, c.priority])).toEqual(
      expect.arrayContaining([
        ['node1-chassis', 100],
        ['node2-chassis', 100],
      ]),
    )
    expect(activeChassis(sb, 'ovn-cluster-external')?.name).toBe('node2-chassis')
    expect(activeChassis(sb, 'ovn-cluster-join')).toBeUndefined()
  })

  it('newer columns are absent in the older schema, not empty', () => {
    const nat = (scene: (typeof SCENES)[number]) => recorded(scene).nb.nats[0]
    expect([nat('kube-ovn-v1.16.2-ovn-25.03-s04')?.priority, 'priority' in (nat('kube-ovn-v1.11.24-ovn-23.03-s03') ?? {})]).toEqual([0, false])
  })
})
