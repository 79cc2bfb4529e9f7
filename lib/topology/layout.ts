/** Where cards and links go, in pixels, by dagre (its only door; MIT and small where elkjs is EPL and 8 MB). */
import { graphlib, layout } from '@dagrejs/dagre'
import { type Card, RANKS, type Topology } from './model.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** Top left corner and size. */
export interface Box extends Point {
  readonly width: number
  readonly height: number
}

export interface Placed {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, Box>
  /** By index of the topology's links; from the lower edge of one card to the upper edge of the other. */
  readonly lines: readonly (readonly Point[])[]
}

const rankOf = new Map(RANKS.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank])))

export function place({ cards, links }: Topology, sizeOf: (card: Card) => Pick<Box, 'width' | 'height'>, margin: number): Placed {
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 46, rankalign: 'top', marginx: margin, marginy: margin })
  for (const card of cards) graph.setNode(card.id, { ...sizeOf(card) })
  const rank = new Map(cards.map((c) => [c.id, rankOf.get(c.kind) ?? 0]))
  const drawn = links.filter((l) => rank.has(l.from) && rank.has(l.to))
  // A link that skips a rank keeps its distance, so that cards of one kind stay side by side.
  for (const l of drawn)
    graph.setEdge(
      l.from,
      l.to,
      { minlen: Math.max(1, (rank.get(l.to) ?? 0) - (rank.get(l.from) ?? 0)), weight: l.kind === 'main' ? 8 : l.kind === 'idle' ? 2 : 0 },
      `${links.indexOf(l)}`,
    )
  layout(graph)
  const boxes = new Map(
    cards.map(({ id }) => {
      const { x, y, width, height } = graph.node(id) as Box
      return [id, { x: x - width / 2, y: y - height / 2, width, height }]
    }),
  )
  const lines = links.map((l, i) => {
    const [from, to] = [boxes.get(l.from), boxes.get(l.to)]
    if (from === undefined || to === undefined) return []
    // dagre bends a link in every gap between ranks; one that skips no rank needs none.
    const skips = (rank.get(l.to) ?? 0) - (rank.get(l.from) ?? 0) > 1
    const bends = skips ? (graph.edge(l.from, l.to, `${i}`) as { points: readonly Point[] }).points.slice(1, -1) : []
    const between = bends.filter((p) => p.y > from.y + from.height && p.y < to.y)
    return [{ x: from.x + from.width / 2, y: from.y + from.height }, ...between, { x: to.x + to.width / 2, y: to.y }]
  })
  const { width = 0, height = 0 } = graph.graph() as Partial<Box>
  return { width: Math.ceil(width), height: Math.ceil(height), boxes, lines }
}
