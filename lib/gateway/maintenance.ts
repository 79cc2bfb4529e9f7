/** A gateway node out of the active role for a while: who is, in what order the others stand, and the mark on the Node that tells everybody. Pure. */
import type { KubeObject } from '../kube/port.ts'
import { type Candidate, type Failover, hintAddNode, hintUnfit, nameOf, no, noGateway, refuseBfd } from './failover.ts'
import { hint, type Named } from './judge-hints.ts'
import type { Priority } from './moving.ts'
import { MAINTENANCE } from './names.ts'

/** Priorities of all chassis before, and as the drain set them; who did it and when. */
export type Mark = { readonly before: readonly Priority[]; readonly after: readonly Priority[]; readonly by: string; readonly at: string }

/** `mark` null: the annotation is there and cannot be read. */
export type Marked = { readonly node: string; readonly mark: Mark | null }

export const markedNodes = (nodes: readonly KubeObject[]): readonly Marked[] =>
  nodes.flatMap((n) => {
    const text = n.metadata.annotations?.[MAINTENANCE]
    return text === undefined ? [] : [{ node: n.metadata.name, mark: parseMark(text) }]
  })

function parseMark(text: string): Mark | null {
  try {
    const { before, after, by, at } = JSON.parse(text) as Record<string, unknown>
    return isOrder(before) && isOrder(after) && typeof by === 'string' && typeof at === 'string' ? { before, after, by, at } : null
  } catch {
    return null
  }
}

const isOrder = (value: unknown): value is readonly Priority[] =>
  Array.isArray(value) && value.length > 0 && value.every((p: Partial<Priority> | null) => typeof p?.name === 'string' && Number.isInteger(p.priority))

const listed = (chassis: readonly Priority[]): string => chassis.map((c) => `${c.name} ${c.priority}`).join(', ')
export const prioritiesOf = (f: Failover): readonly Priority[] => f.chassis.map((c) => ({ name: c.chassis, priority: c.priority }))
export const sameOrder = (a: readonly Priority[], b: readonly Priority[]): boolean => listed([...a].sort(byName)) === listed([...b].sort(byName))
const byName = (a: Priority, b: Priority): number => (a.name < b.name ? -1 : 1)

function gatewayNode(f: Failover | null, node: string, site: Named): { readonly all: Failover; readonly own: Candidate } {
  if (f === null) throw noGateway(site)
  const own = f.chassis.find((c) => c.node === node)
  if (own !== undefined) return { all: f, own }
  throw no(`${node} is no gateway node`, `gateway nodes are ${f.chassis.map(nameOf).join(', ')}`, hint.check(site, 'gateway-chassis', 'node-chassis'))
}

/** @throws OvngwError CHECK_FAILED when a node (another than `but`) is in maintenance */
export function refuseMarked(marks: readonly Marked[], site: Named, but?: string): void {
  const [other] = marks.filter((m) => m.node !== but)
  if (other !== undefined)
    throw no(`${other.node} is in maintenance`, `since ${other.mark?.at ?? '?'}, by ${other.mark?.by ?? '?'}`, hint.done(site, other.node))
}

/** The chassis with `node` last, those that can carry the gateway before those that cannot. @throws OvngwError CHECK_FAILED where nobody else can */
export function drained(f: Failover | null, marks: readonly Marked[], node: string, site: Named) {
  const { all, own } = gatewayNode(f, node, site)
  refuseMarked(marks, site, node)
  refuseBfd(all)
  const others = all.chassis.filter((c) => c !== own)
  const fit = others.filter((c) => c.unfit === null)
  if (fit.length === 0)
    throw no(
      `${node} is the only gateway node that could carry the gateway now`,
      others.length === 0 ? 'there is no other gateway chassis' : others.map((c) => `${nameOf(c)}: ${c.unfit}`).join('; '),
      others.length === 0 ? hintAddNode(site) : hint.check(site),
    )
  const order = [...fit, ...others.filter((c) => c.unfit !== null), own]
  const top = Math.max(order.length, ...all.chassis.map((c) => c.priority))
  return { all, fit, after: order.map((c, i) => ({ name: c.chassis, priority: top - i })) }
}

/** Whose maintenance ends; undefined: nobody's. @throws OvngwError CHECK_FAILED, where it cannot be told what to put back */
export function finished(f: Failover | null, marks: readonly Marked[], node: string | undefined, site: Named) {
  if (node !== undefined) gatewayNode(f, node, site)
  const asked = node === undefined ? marks : marks.filter((m) => m.node === node)
  const [one, second] = asked
  if (one === undefined) return undefined
  if (second !== undefined) throw no(`${asked.length} nodes are in maintenance`, asked.map((m) => m.node).join(', '), hint.done(site, one.node))
  const { all, own } = gatewayNode(f, one.node, site)
  if (one.mark === null)
    throw no(
      `what was before the maintenance of ${one.node} cannot be read`,
      `its annotation ${MAINTENANCE} is not as ovngw writes it`,
      `kubectl annotate node ${one.node} ${MAINTENANCE}-   # then ${hint.change(site)} sets the priorities`,
    )
  if (own.unfit !== null) throw no(`${one.node} cannot carry the gateway yet`, own.unfit, hintUnfit(site))
  return { all, node: one.node, mark: one.mark, untouched: sameOrder(prioritiesOf(all), one.mark.after) }
}
