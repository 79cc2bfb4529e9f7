/** What the wizard proposes and refuses: judged by the same functions as the checks of `install`, before anything is written. */
import { randomBytes } from 'node:crypto'
import { showOwners } from '../addresses/owners.ts'
import { readOwners } from '../addresses/read.ts'
import type { Ctx } from '../define.ts'
import { judgeExternal } from '../gateway/judge-address.ts'
import { type MacUser, wrongAddress, wrongMac } from '../gateway/judge-config.ts'
import { isError } from '../kernel/errors.ts'
import { addressOf, type Cidr, cidrOf, network, networkCidr, parseCidr, prefixLength } from '../net/cidr.ts'
import { addToIp, isIpv4, parseIp } from '../net/ip.ts'
import { localMacOf } from '../net/mac.ts'
import { whoHas } from '../ovs/probe.ts'

/** True, or what is wrong with a text. */
export type Verdict = true | string

/** The verdict of a reader that throws. */
export function judge(read: (text: string) => unknown): (text: string) => Verdict {
  return (text) => {
    try {
      read(text.trim())
      return true
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

/** `172.56.0.1/16`: the next hop with its network's prefix length. */
export function judgeNextHop(text: string): Verdict {
  if (!text.includes('/')) return `add the prefix length of its network, like ${text.trim() === '' ? '192.0.2.1' : text.trim()}/24`
  const read = judge(parseCidr)(text)
  if (read !== true) return read
  const hop = parseCidr(text.trim())
  return isIpv4(addressOf(hop)) ? (wrongAddress(hop, undefined) ?? true) : 'an IPv4 address is wanted: the gateway serves IPv4 only'
}

/** Where the NIC's own addresses and routes point to; undefined: nothing is known. */
export async function guessNextHop({ look }: Ctx, node: string, nic: string): Promise<Cidr | undefined> {
  const [links, routes] = await Promise.all([look().links(node), look().routes(node)])
  const own = links.find((l) => l.name === nic)?.addresses.find((a) => !a.includes(':'))
  if (own === undefined) return undefined
  const net = parseCidr(own)
  const route = routes.find((r) => r.dev === nic && r.gateway !== undefined && !r.gateway.includes(':'))
  return cidrOf(route?.gateway === undefined ? addToIp(network(net), 1) : parseIp(route.gateway), prefixLength(net))
}

/** Why the gateway itself cannot have an address; undefined: nobody the cluster knows of has it. */
export async function judgeOwn(ctx: Ctx, nextHop: Cidr): Promise<(text: string) => string | undefined> {
  const look = ctx.look()
  // No check asks again whose the gateway's own address is: without NB and Pods nothing is proposed.
  const [nodes, ovnEips, { owners }] = await Promise.all([look.nodes(), look.ovnEips(), readOwners(look), look.nb(), look.pods()])
  const hop = addressOf(nextHop)
  const external = judgeExternal({ network: networkCidr(nextHop), routerPort: [], nextHop: hop, pools: [], nodes, ovnEips })
  return (text) => {
    const wrong = external(text) ?? wrongAddress(cidrOf(parseIp(text), prefixLength(nextHop)), hop)
    if (wrong !== undefined) return wrong
    // A port that is there already may be the gateway's own.
    const whose = owners.of(parseIp(text)).filter((o) => o.kind !== 'router-port')
    return whose.length === 0 ? undefined : `${text} is ${showOwners(whose)}`
  }
}

/** Candidates for the gateway's address, likely ones first: x.x.x.100 of the next hop's own /24, then upwards. */
export function* candidates(nextHop: Cidr): Generator<string> {
  const base = network(parseCidr(`${addressOf(nextHop)}/${Math.max(24, prefixLength(nextHop))}`))
  for (const offset of [...range(100, 254), ...range(1, 99)]) yield addToIp(base, offset)
}

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** MACs in use on the node and in OVN. */
export async function macUsers({ look }: Ctx, node: string): Promise<readonly MacUser[]> {
  const [links, nb] = await Promise.all([look().links(node), look().nb()])
  return [
    ...links.map((l): MacUser => ({ mac: l.mac ?? '', who: `${l.name} of ${node}` })),
    ...nb.routerPorts.map((p): MacUser => ({ mac: p.mac, who: `router port ${p.name}` })),
  ]
}

/** A locally administered MAC nobody known has. */
export function freshMac(users: readonly MacUser[]): string {
  for (;;) {
    const mac = localMacOf(randomBytes(6))
    if (wrongMac(mac, users) === undefined) return mac
  }
}

/** MACs that answer for the address on the NIC's wire; undefined: it could not be asked there. */
export async function answering(ctx: Ctx, node: string, nic: string, address: string): Promise<readonly string[] | undefined> {
  try {
    return await whoHas(ctx.node(node), { dev: nic, address: parseIp(address), count: 2 }, { signal: ctx.signal })
  } catch (error) {
    if (isError(error, 'COMMAND') || isError(error, 'NOT_RUN')) return undefined
    throw error
  }
}
