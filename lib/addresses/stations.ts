/** The external network's own stations: nodes, router ports, the next hop. */
import { judgeExternal } from '../gateway/judge-address.ts'
import { readExternal } from '../gateway/judge-external.ts'
import type { Look } from '../gateway/look.ts'
import type { Owner } from './owner.ts'

const STATIONS: ReadonlySet<Owner['kind']> = new Set(['node', 'router-port', 'next-hop'])

/**
 * Whether the owner is a station at an address that address-valid refuses: then it was named there. Not every station is refused (the ports of
 * other routers, outside addresses of nodes); and where address-valid could not look it named none.
 */
export async function namedByValid(look: Look): Promise<(owner: Owner, address: string) => boolean> {
  const why = await readExternal(look).then(judgeExternal, () => () => undefined)
  return ({ kind }, address) => STATIONS.has(kind) && why(address) !== undefined
}
