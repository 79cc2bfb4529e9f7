/** An address outside to ask: the site's probe target, else the next hop. */
import { nextHopOf, tryIp, wantedGateway } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import { type Ipv4, isIpv4 } from '../net/ip.ts'

export const targetOf = async (look: Look): Promise<Ipv4 | undefined> => asIpv4(look.site.probe?.target[0]) ?? (await hopOf(look))

/** The next hop as wanted; undefined: nobody says which, or it is no IPv4 address. */
export async function hopOf(look: Look): Promise<Ipv4 | undefined> {
  const wanted = await wantedGateway(look)
  return wanted === undefined ? undefined : asIpv4(nextHopOf(wanted, await look.settings(), await look.subnets()))
}

function asIpv4(text: string | undefined): Ipv4 | undefined {
  const ip = tryIp(text)
  return ip !== undefined && isIpv4(ip) ? ip : undefined
}
