/** Making another chassis the active one by priority, and seeing that it is. */
import { activeChassis } from '../ovn/sb.ts'
import { commit, type Op, setGatewayChassis } from '../ovn/transaction.ts'
import type { Hands } from './restore.ts'
import { topologySlice } from './topology.ts'
import { until, type Waiting } from './until.ts'

export type Priority = { readonly name: string; readonly priority: number }
export type Move = { readonly port: string; readonly to: string; readonly chassis: readonly Priority[] }

/** OVN takes no higher one. */
const HIGHEST = 32_767

/** With `name` above all others: its row alone changes, and changes back; at the end of the scale two change places. Highest first. */
export function first(chassis: readonly Priority[], name: string): readonly Priority[] {
  const top = Math.max(...chassis.map((c) => c.priority))
  const own = chassis.find((c) => c.name === name)?.priority ?? 0
  if (top < HIGHEST) return chassis.map((c) => (c.name === name ? { name, priority: top + 1 } : c))
  return chassis.map((c) => (c.name === name ? { name, priority: top } : c.priority === top ? { ...c, priority: own } : c))
}

async function missing(hands: Pick<Hands, 'lookAgain'>, { port, chassis }: Move): Promise<readonly Op[]> {
  const { gatewayChassis } = await topologySlice(hands)
  const wrong = chassis.filter((c) => !gatewayChassis.some((g) => g.chassis_name === c.name && g.priority === c.priority))
  return wrong.map((c) => setGatewayChassis(port, c.name, c.priority))
}

/** Name of the chassis that has claimed the router port. */
export const carrier = async ({ lookAgain }: Pick<Hands, 'lookAgain'>, port: string): Promise<string | undefined> =>
  activeChassis(await lookAgain().sb(), port)?.name

export const awaitCarrier = (hands: Hands, port: string, to: string, waiting: Waiting): Promise<void> =>
  until(waiting, async () => {
    const now = await carrier(hands, port)
    return now === to ? undefined : now === undefined ? `no chassis has claimed cr-${port} yet` : `cr-${port} is still on ${now}`
  })

/** Writes the priorities, and waits until `to` has claimed the port. */
export async function moveTo(hands: Hands, move: Move, waiting: Waiting): Promise<void> {
  await commit(hands.nb, await missing(hands, move), { signal: hands.signal })
  await awaitCarrier(hands, move.port, move.to, waiting)
}

export const isMoved = async (hands: Pick<Hands, 'lookAgain'>, move: Move): Promise<boolean> =>
  (await missing(hands, move)).length === 0 && (await carrier(hands, move.port)) === move.to
