/** Facts and findings become the picture. Pure: the same facts and findings give the same picture. */
import type { Finding } from '../kernel/check.ts'
import { fitCards, fitRows } from './fit.ts'
import { configCard, nodeCard, outsideCard, routerCard, switchCard } from './gateway-cards.ts'
import { type Card, isBroken, isMark, type Link, type Row, type Topology } from './model.ts'
import { type Group, placing } from './place.ts'
import { podCards } from './pod-cards.ts'
import type { Host, TopologyFacts } from './read.ts'

const active = ({ wanted, hosts }: TopologyFacts, host: Host): boolean =>
  wanted?.type === 'distributed' ? host.labelled : host.active || (hosts.length === 1 && host.priority !== undefined)

export function topologyOf(facts: TopologyFacts, findings: readonly Finding[], groupOf: (id: string) => Group | undefined): Topology {
  const marks = findings.filter(isMark)
  const pods = podCards(facts, new Set(marks.flatMap((f) => f.object ?? [])))
  const bare = [outsideCard(facts), configCard(facts), ...facts.hosts.map((h) => nodeCard(facts, h)), switchCard(facts), routerCard(facts), ...pods.cards]
  const { cards, elsewhere } = marked(bare, marks, facts, groupOf)
  const links: readonly Link[] = [
    { from: 'kube-ovn', to: 'switch', kind: 'control', broken: false },
    ...facts.hosts.flatMap((h): readonly Link[] => {
      const kind = active(facts, h) ? 'main' : 'idle'
      return [
        { from: 'outside', to: `node:${h.name}`, kind, broken: false },
        { from: `node:${h.name}`, to: 'switch', kind, broken: false },
      ]
    }),
    { from: 'switch', to: 'router', kind: 'main', broken: false },
    ...pods.links,
    ...unreached(pods.cards, pods.links),
  ]
  const fitted = fitCards(cards, cut(links, cards))
  return { cards: fitted.cards.map(fitRows), links: fitted.links, elsewhere, unread: facts.unread }
}

/** Pods without any NAT row hang at the router, so that they are in the picture too. */
const unreached = (cards: readonly Card[], links: readonly Link[]): readonly Link[] =>
  cards.filter((c) => c.kind === 'pods' && !links.some((l) => l.to === c.id)).map((c) => ({ from: 'router', to: c.id, kind: 'idle' as const, broken: false }))

/** Between outside and router a link is broken where one of its ends is; at the pods one broken row says nothing of the others. */
function cut(links: readonly Link[], cards: readonly Card[]): readonly Link[] {
  const bad = new Set(cards.filter((c) => c.kind !== 'nat' && c.kind !== 'pods' && c.kind !== 'config' && isBroken(c)).map((c) => c.id))
  const inner = new Set(cards.filter((c) => c.kind === 'nat' || c.kind === 'pods').map((c) => c.id))
  return links.map((l) => (l.kind === 'control' ? l : { ...l, broken: bad.has(l.from) ? !inner.has(l.to) : bad.has(l.to) }))
}

function marked(bare: readonly Card[], findings: readonly Finding[], facts: TopologyFacts, groupOf: (id: string) => Group | undefined) {
  const known = new Set(bare.flatMap((c) => [c.id, ...c.rows.map((r) => r.id)]))
  const place = placing(facts)
  const at = Map.groupBy(findings, (f) => place(f, groupOf(f.id)).find((id) => known.has(id)))
  const withMarks = <T extends Card | Row>(part: T): T => {
    const marks = at.get(part.id)
    return marks === undefined ? part : { ...part, marks }
  }
  return { cards: bare.map((c) => withMarks({ ...c, rows: c.rows.map(withMarks) })), elsewhere: at.get(undefined) ?? [] }
}
