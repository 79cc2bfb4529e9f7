/** The external switch and the router port with its gateway chassis, without any pod's rows: to be journaled and put back. */
import { type NbSlice, sliceOf } from '../ovn/slice.ts'
import type { Hands } from './restore.ts'
import { sliceNames } from './state.ts'

export async function topologySlice({ lookAgain }: Pick<Hands, 'lookAgain'>): Promise<NbSlice> {
  const look = lookAgain()
  const [nb, settings, parts] = await Promise.all([look.nb(), look.settings(), look.parts()])
  return sliceOf(nb, sliceNames(parts, settings), { topology: true, addresses: [] })
}
