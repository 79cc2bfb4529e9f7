/** What the outside hosts believe: MACs by address, of each host that can be asked. */
import type { Runner } from '../proc/command.ts'
import { neighbours } from './judge-packets.ts'

export type Macs = readonly (Readonly<Record<string, string>> | null)[]

/** In the order of `probe.outside`; null: this host does not say. */
export const readNeighbours = ({ outside, signal }: { readonly outside: readonly Runner[]; readonly signal: AbortSignal }): Promise<Macs> =>
  Promise.all(
    outside.map(async (host) => {
      const known = await neighbours(host, signal)
      return known === undefined ? null : Object.fromEntries(known.map((n) => [n.address, n.mac]))
    }),
  )
