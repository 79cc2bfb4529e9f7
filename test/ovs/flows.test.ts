/** Flows of a switch: listings and traces of ovs 3.1.0 over OVN 23.03, on the lab's userspace datapath. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { grown, parseFlows, parseFlowTrace, parsePort, traceFlow } from '../../lib/ovs/flows.ts'
import { show } from '../../lib/proc/command.ts'

const traced = (name: string) => parseFlowTrace(readFileSync(new URL(`../fixtures/ofproto/ovs-3.1.0-${name}.txt`, import.meta.url), 'utf8'))

test('on the pod’s node the packet goes into the tunnel, with what the other end needs to go on', () => {
  expect(traced('pod-node')).toMatchObject({
    dropped: undefined,
    waits: false,
    tunnel: { target: '10.250.0.11', id: '0x3', metadata: '0x10004' },
    from: '16:52:f3:13:6a:25',
    to: '0e:6f:76:22:00:01',
    ttl: 63,
  })
})

test('on the gateway’s node it is handed to the external bridge', () => {
  expect(traced('gateway-node')).toMatchObject({ dropped: undefined, tunnel: undefined, bridges: ['br-external'] })
})

test('a packet nobody wants: the table that drops it', () => {
  expect(traced('dropped')).toMatchObject({ dropped: '40. priority 0', bridges: [] })
})

// Not recorded: there is no kernel datapath in the lab. Written as ovs-dpctl(8) and odp-util.c format it.
test('the kernel’s datapath writes its tunnel otherwise', () => {
  const actions =
    'set(tunnel(tun_id=0x3,dst=10.250.0.11,ttl=64,tp_dst=6081,geneve({class=0x102,type=0x80,len=4,0x10004}),flags(df|csum|key))),set(eth(src=16:52:f3:13:6a:25,dst=0e:6f:76:22:00:01)),set(ipv4(ttl=63)),2'
  expect(parseFlowTrace(`bridge("br-int")\n 8. x\nDatapath actions: ${actions}\n`)).toMatchObject({
    tunnel: { target: '10.250.0.11', id: '0x3', metadata: '0x10004' },
    to: '0e:6f:76:22:00:01',
    ttl: 63,
  })
})

test('the packet to trace is one argument; a port whose name would say more is refused', () => {
  const sent = { port: '53842afe623a_h', from: 'd2:4c:fe:be:5d:7e', to: '0e:6f:76:30:00:02', source: '10.16.0.2', target: '172.56.0.1' }
  const command = traceFlow(sent)
  expect(command === undefined ? '' : show(command)).toBe(
    'ovs-appctl ofproto/trace br-int in_port=53842afe623a_h,icmp,dl_src=d2:4c:fe:be:5d:7e,dl_dst=0e:6f:76:30:00:02,nw_src=10.16.0.2,nw_dst=172.56.0.1,nw_ttl=64,icmp_type=8',
  )
  expect(traceFlow({ ...sent, port: 'x,nw_dst=1.2.3.4' })).toBeUndefined()
})

const FLOWS = (snat: number, dropped: number): string => `NXST_FLOW reply (xid=0x8):
 cookie=0x60a74c8a, duration=70.329s, table=43, n_packets=${snat}, n_bytes=18111, idle_age=2, priority=100,ip,reg15=0x3,metadata=0x3,nw_src=10.16.0.2 actions=ct(table=44,zone=NXM_NX_REG11[0..15],nat)
 cookie=0x419adafb, duration=70.329s, table=45, n_packets=7, n_bytes=0, idle_age=70, priority=162,ip,reg9=0x10/0x10,reg15=0x3,metadata=0x3,nw_src=10.16.0.2 actions=load:0->OXM_OF_PKT_REG4[4]
 cookie=0x93b0f08f, duration=70.521s, table=25, n_packets=${dropped}, n_bytes=0, idle_age=70, priority=150,ip,reg14=0x3,nw_dst=172.56.0.233 actions=drop
`

test('what a flow had in between, and whether it drops', () => {
  expect(grown(parseFlows(FLOWS(34, 0)), parseFlows(FLOWS(37, 2)))).toEqual([
    { table: 43, packets: 3, drops: false },
    { table: 25, packets: 2, drops: true },
  ])
})

test('what a bridge got and gave by a port', () => {
  const said =
    'OFPST_PORT reply (xid=0x2): 1 ports\n  port  2: rx pkts=58, bytes=26279, drop=?, errs=?\n           tx pkts=68, bytes=27156, drop=?, errs=?, coll=?\n'
  expect(parsePort(said)).toEqual({ got: 58, gave: 68 })
  expect(parsePort('ovs-ofctl: br-external: unknown port `9`\n')).toBeUndefined()
})
