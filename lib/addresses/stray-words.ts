/** Why a row that nobody asks for is a danger, in one sentence. Pure. */
import { type PodView, podName } from '../gateway/pods.ts'
import type { Nat } from '../ovn/tables.ts'

/** R12, R18. */
export function whyNat({ type, external_ip: outside, logical_ip: inside }: Nat, holder: PodView | undefined): string {
  if (type === 'snat')
    return holder === undefined
      ? `whichever pod gets ${inside} next leaves as ${outside}`
      : `packets of ${podName(holder)} (${inside}) leave as ${outside}, which it does not ask for`
  if (holder === undefined) return `${outside} → ${inside} will reach whichever pod gets ${inside} next`
  const asked = holder.eip === undefined ? 'which has no EIP' : `whose EIP is ${holder.eip}`
  return `${outside} → ${inside} is reached by whoever is now ${inside}: ${podName(holder)}, ${asked}`
}

/** R17, and what is left of R3. */
export function whyWay(inside: string, nextHops: readonly string[], holder: PodView | undefined): string {
  const [who, why] =
    holder === undefined ? [`whichever pod gets ${inside} next`, 'no pod has that address'] : [`${podName(holder)} (${inside})`, 'it has no EIP or SNAT']
  return `packets of ${who} are sent to ${nextHops.join(', ')} untranslated: ${why}`
}
