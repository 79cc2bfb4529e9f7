/** OpenFlow on a node: how many packets each flow of an address has had, and what the switch would do with one packet. */
import type { Ipv4 } from '../net/ip.ts'
import { type Command, read } from '../proc/command.ts'

/** `ovs-ofctl dump-flows br-int ip,nw_src=10.16.0.3`: the flows that name the address. */
export const dumpFlows = (bridge: string, side: 'nw_src' | 'nw_dst', address: Ipv4): Command => read('ovs-ofctl', 'dump-flows', bridge, `ip,${side}=${address}`)

export interface Flow {
  /** Table, priority and match: names one flow of a bridge. */
  readonly key: string
  readonly table: number
  readonly packets: number
  readonly drops: boolean
}

export function parseFlows(stdout: string): readonly Flow[] {
  return stdout.split('\n').flatMap((line): Flow[] => {
    const [, table, packets, rest, actions] = /\btable=(\d+), n_packets=(\d+), .*?(priority=\S*) actions=(.*)$/.exec(line) ?? []
    return table === undefined ? [] : [{ key: `${table} ${rest}`, table: Number(table), packets: Number(packets), drops: actions === 'drop' }]
  })
}

/** `ovs-ofctl dump-ports BRIDGE OFPORT` */
export const dumpPort = (bridge: string, ofport: number): Command => read('ovs-ofctl', 'dump-ports', bridge, `${ofport}`)

/** Packets the bridge got by the port, and gave to it. */
export function parsePort(stdout: string): { readonly got: number; readonly gave: number } | undefined {
  const [got, gave] = [/rx pkts=(\d+)/, /tx pkts=(\d+)/].map((pattern) => pattern.exec(stdout)?.[1])
  return got === undefined || gave === undefined ? undefined : { got: Number(got), gave: Number(gave) }
}

export interface Grown {
  readonly table: number
  readonly packets: number
  readonly drops: boolean
}

/** Flows that had packets in between, by table. */
export function grown(before: readonly Flow[], after: readonly Flow[]): readonly Grown[] {
  const had = new Map(before.map((f) => [f.key, f.packets]))
  return after.map(({ key, table, packets, drops }) => ({ table, drops, packets: packets - (had.get(key) ?? 0) })).filter((f) => f.packets > 0)
}

export interface Sent {
  /** Name of the port on br-int it comes in by. */
  readonly port: string
  readonly from: string
  readonly to: string
  readonly source: string
  readonly target: string
  readonly ttl?: number
  /** It came by a tunnel. */
  readonly tunnel?: { readonly source: string; readonly target: string; readonly id: string; readonly metadata: string }
}

/** `ovs-appctl ofproto/trace br-int in_port=…,icmp,…`: nothing is sent. A name that would be read as more of the flow is refused (undefined). */
export function traceFlow({ port, from, to, source, target, ttl = 64, tunnel }: Sent): Command | undefined {
  if (!/^[\w.@-]+$/.test(port)) return undefined
  const outer = tunnel === undefined ? '' : `,tun_id=${tunnel.id},tun_src=${tunnel.source},tun_dst=${tunnel.target},tun_metadata0=${tunnel.metadata}`
  const flow = `in_port=${port}${outer},icmp,dl_src=${from},dl_dst=${to},nw_src=${source},nw_dst=${target},nw_ttl=${ttl},icmp_type=8`
  return read('ovs-appctl', 'ofproto/trace', 'br-int', flow)
}

export interface FlowTrace {
  /** The table that dropped it, with its match: `25. ip,nw_dst=172.56.0.233, priority 150`. */
  readonly dropped: string | undefined
  /** Bridges beside br-int it was handed on to, in order. */
  readonly bridges: readonly string[]
  /** It waits for ovn-controller, which asks for a MAC. */
  readonly waits: boolean
  readonly tunnel: { readonly target: string; readonly id: string; readonly metadata: string } | undefined
  /** As it leaves. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly ttl: number | undefined
}

const last = (text: string, pattern: RegExp): string | undefined => [...text.matchAll(pattern)].at(-1)?.[1]

/** Reads a trace of either datapath: `set(tunnel(…))` of the kernel, `tnl_push(…)` of userspace. */
export function parseFlowTrace(stdout: string): FlowTrace {
  const actions = [...stdout.matchAll(/^Datapath actions: (.*)$/gm)].map(([, text = '']) => text)
  const end = actions.at(-1) ?? ''
  const all = actions.join('\n')
  const tables = [...stdout.matchAll(/^ *(\d+\. .*)$/gm)].map(([, text = '']) => text)
  const push = actions.find((a) => /tnl_push\(|set\(tunnel\(/.test(a)) ?? ''
  const target = /set\(tunnel\([^)]*?\bdst=([\d.]+)/.exec(push)?.[1] ?? /tnl_push\(.*?ipv4\([^)]*?\bdst=([\d.]+)/.exec(push)?.[1]
  const id = /tun_id=(0x[0-9a-f]+)/.exec(push)?.[1] ?? /\bvni=(0x[0-9a-f]+)/.exec(push)?.[1]
  const metadata = /class=0x102,type=0x80,len=4,(0x[0-9a-f]+)/.exec(push)?.[1]
  const ttl = last(all, /set\(ipv4\([^)]*?ttl=(\d+)/g)
  return {
    dropped: end === 'drop' ? tables.at(-1)?.replace(/, cookie 0x[0-9a-f]+$/, '') : undefined,
    bridges: [...new Set([...stdout.matchAll(/^ *bridge\("([^"]+)"\)/gm)].map(([, name = '']) => name))].filter((name) => name !== 'br-int'),
    waits: /userspace\(.*controller\(/.test(end),
    tunnel: target === undefined || id === undefined || metadata === undefined ? undefined : { target, id, metadata },
    from: last(all, /set\(eth\([^)]*?\bsrc=([0-9a-f:]{17})/g),
    to: last(all, /set\(eth\([^)]*?\bdst=([0-9a-f:]{17})/g),
    ttl: ttl === undefined ? undefined : Number(ttl),
  }
}
