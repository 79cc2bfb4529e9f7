/** An address outside to ask: the site's probe target, else the next hop. */
import { readNextHop, tryIpv4 } from '../gateway/judge-scene.ts'
import type { Look } from '../gateway/look.ts'
import type { Ipv4 } from '../net/ip.ts'

export const targetOf = async (look: Look): Promise<Ipv4 | undefined> => tryIpv4(look.site.probe?.target[0]) ?? (await hopOf(look))

/** The next hop as wanted; undefined: nobody says which, or it is no IPv4 address. */
export const hopOf = async (look: Look): Promise<Ipv4 | undefined> => tryIpv4(await readNextHop(look))
