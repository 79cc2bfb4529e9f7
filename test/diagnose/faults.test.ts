/** Faults beside the recordings, made in a healthy one (s27): each is named by its link, with the evidence and a command. */
import { expect, test } from 'vitest'
import { podLinks } from '../../lib/diagnose/pod-links.ts'
import { type Recording, recording } from '../tasks/checks/recorded-look.ts'
import { checkOf, diagnosed, HOP, named, type World } from './recorded.ts'

const EIP = '172.56.0.233'

async function after(world: World, change: (made: Recording) => void = () => undefined, name = 'pod-eip') {
  const made = recording('s27')
  change(made)
  const walked = await diagnosed(made, world, (ctx) => podLinks(ctx, { namespace: 'default', name }, checkOf, { probe: false }))
  const at = walked.find((w) => w.state === 'broken')
  const cause = at?.findings.find((f) => f.outcome === 'fail')
  return { link: named(walked), detail: cause?.detail ?? '', hint: cause?.hint ?? '', walked }
}

const dead = { stdout: '', stderr: 'ovn-appctl: cannot read pidfile "/var/run/ovn/ovn-controller.pid"', code: 1 }

test.concurrent('ovn-controller of the gateway’s node is dead', async () => {
  expect(await after({ controller: { node1: dead } })).toMatchObject({ link: 'chassis', detail: 'ovn-controller does not run' })
})

test.concurrent('ovn-controller runs and does not reach SB', async () => {
  const answer = { stdout: 'not connected\n', stderr: '', code: 0 }
  expect(await after({ controller: { node1: answer } })).toMatchObject({ link: 'chassis', detail: 'ovn-controller does not reach the southbound database' })
})

test.concurrent('who may not ask ovn-controller does not call it dead', async () => {
  const denied = { stdout: '', stderr: 'ovn-appctl: cannot connect: Permission denied', code: 1 }
  expect((await after({ controller: { node1: denied, node2: denied } })).link).toBe('whole')
})

test.concurrent('the tunnel of a pod on another node: BFD down, or no port at all; a pod beside the gateway is not concerned', async () => {
  const down = { tunnels: { node2: { state: 'down', diagnostic: 'Control Detection Time Expired' } } } as const
  expect(await after(down, undefined, 'pod-snat')).toMatchObject({ link: 'tunnel', detail: expect.stringContaining('Control Detection Time Expired') })
  expect(await after({ tunnels: { node2: 'none' } }, undefined, 'pod-snat')).toMatchObject({ link: 'tunnel' })
  expect((await after(down)).link).toBe('whole')
})

test.concurrent('the NIC is down; what lies behind it is not judged', async () => {
  const { link, hint, walked } = await after({ silent: true }, (made) => {
    const nic = made.hosts['node1']?.address.find((a) => a['ifname'] === 'eth1')
    if (nic === undefined) throw new Error('the recording has no eth1')
    Object.assign(nic, { flags: ['BROADCAST', 'MULTICAST'], operstate: 'DOWN' })
  })
  expect({ link, hint }).toEqual({ link: 'nic', hint: 'ip link set eth1 up   # on node1' })
  expect(walked.filter((w) => w.state === 'not judged').map((w) => [w.link, w.findings.length])).toEqual([
    ['next-hop', 0],
    ['back', 0],
    ['size', 0],
  ])
})

test.concurrent('nobody answers for the next hop; somebody else does too', async () => {
  expect(await after({ silent: true })).toMatchObject({ link: 'next-hop', detail: `nobody answers for the next hop ${HOP} at node1` })
  const thief = '02:bb:bb:bb:bb:bb'
  expect((await after({ answers: { [EIP]: thief } })).walked.find((w) => w.link === 'back')?.findings).toContainEqual(
    expect.objectContaining({ outcome: 'fail', object: EIP, detail: expect.stringContaining(thief) }),
  )
})

test.concurrent('no chassis has claimed the router port', async () => {
  const { link, detail } = await after({}, (made) => {
    const table = made.sb['Port_Binding']
    const at = (column: string): number => table?.headings.indexOf(column) ?? -1
    for (const row of table?.data ?? []) if (row[at('type')] === 'chassisredirect') row[at('chassis')] = ['set', []]
  })
  expect({ link, detail }).toEqual({ link: 'chassis', detail: expect.stringContaining('no chassis has claimed') })
})

const uuid = (n: number): readonly ['uuid', string] => ['uuid', `00000000-0000-4000-9000-00000000000${n}`]
function denied(made: Recording, direction: 'from-lport' | 'to-lport' = 'from-lport'): World['acls'] {
  const ports = made.nb['Logical_Switch_Port']
  const port = ports?.data.find((r) => r[ports.headings.indexOf('name')] === 'pod-eip.default')?.[ports.headings.indexOf('_uuid')]
  const acl = [uuid(1), 'drop', direction, 'inport == @deny.default && ip', 2000, ['map', []]]
  return [
    { headings: ['_uuid', 'action', 'direction', 'match', 'priority', 'external_ids'], data: [acl] },
    { headings: ['_uuid', 'name', 'ports', 'acls', 'external_ids'], data: [[uuid(2), 'deny.default', port, uuid(1), ['map', []]]] },
  ]
}

test.concurrent('a NetworkPolicy that denies egress: ovn-trace decides, without it nothing is claimed', async () => {
  const acls = denied(recording('s27'))
  if (acls === undefined) throw new Error('no ACL')
  const drops =
    ' 8. ls_in_acl_eval (northd.c:6987): inport == @deny.default, priority 3000\n    reg8[17] = 1;\n 9. ls_in_acl_action: reg8[17] == 1\n    drop;\n'
  expect(await after({ acls, trace: drops })).toMatchObject({ link: 'port', detail: expect.stringContaining('inport == @deny.default') })
  expect((await after({ acls, trace: '12. ls_out_check\n    /* output to "localnet.external", type "localnet" */\n' })).link).toBe('whole')
  expect((await after({ acls })).link).toBe('whole')
  expect((await after({ acls, trace: drops }, undefined, 'pod-snat')).link).toBe('whole')
})

test.concurrent('a NetworkPolicy that denies ingress breaks the way back, of a pod with an EIP', async () => {
  const acls = denied(recording('s27'), 'to-lport')
  if (acls === undefined) throw new Error('no ACL')
  const trace = ' 5. ls_out_acl_eval (northd.c:6987)\n    reg8[17] = 1;\n 6. ls_out_acl_action: reg8[17] == 1\n    drop;\n'
  expect(await after({ acls, trace })).toMatchObject({ link: 'back', detail: expect.stringContaining('what it gets is dropped in ls_out_acl_action') })
})

test.concurrent('a node that does not answer leaves its links unseen, never whole', async () => {
  expect((await after({ controller: {} }, (made) => made.down.push('node1'))).link).toMatch(/^\? /)
})
