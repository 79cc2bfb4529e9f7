/** Cards of the NAT rows, by what they are for, and of the pods, by node. Every row is made; `fit` (fit.ts) groups what is too much to show. */
import { isAlive, natsOf, strayRows } from '../gateway/judge.ts'
import { isAnnotated, type PodView, podName } from '../gateway/pods.ts'
import type { Nat } from '../ovn/tables.ts'
import { row } from './gateway-cards.ts'
import type { Card, Link } from './model.ts'
import type { TopologyFacts } from './read.ts'

type NatKind = 'eip' | 'snat' | 'other' | 'stray'
const TITLE: Readonly<Record<NatKind, string>> = { eip: 'EIP', snat: 'SNAT', other: 'others’ NAT', stray: 'nobody’s NAT' }

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`

export interface PodCards {
  readonly cards: readonly Card[]
  readonly links: readonly Link[]
}

/** `named`: pods that findings speak of; they get a row of their own. */
export function podCards(facts: TopologyFacts, named: ReadonlySet<string>): PodCards {
  const pods = facts.pods.filter((p) => isAlive(p) && !p.hostNetwork && !p.deleting)
  const byIp = new Map(pods.flatMap((p) => (p.ip ?? '').split(',').map((ip): [string, PodView] => [ip, p])))
  const kinds = Map.groupBy(natsOf(facts.scene.nb, facts.scene.settings.router), kindOf(facts, pods))
  const nats = (['eip', 'snat', 'other', 'stray'] as const).flatMap((kind) => {
    const rows = kinds.get(kind)
    return rows === undefined ? [] : [{ kind, rows, card: natCard(kind, rows, byIp) }]
  })
  const nodes = Map.groupBy(pods, (p) => p.node ?? '')
  const cards = [...nodes].map(([node, some]) => podsCard(node, some, named))
  const links = nats.flatMap(({ card, rows }): readonly Link[] => {
    const reached = new Set(rows.flatMap((n) => byIp.get(n.logical_ip)?.node ?? []))
    return [
      { from: 'router', to: card.id, kind: 'main', broken: false },
      ...[...reached].map((node): Link => ({ from: card.id, to: `pods:${node}`, kind: 'main', broken: false })),
    ]
  })
  return { cards: [...nats.map((n) => n.card), ...cards], links }
}

function kindOf({ scene, claims, wanted }: TopologyFacts, pods: readonly PodView[]): (row: Nat) => NatKind {
  const type = wanted?.type ?? 'centralized'
  const strays = new Set(strayRows({ nb: scene.nb, pods, claims, gateway: { type }, router: scene.settings.router }))
  return (n) => (strays.has(n) ? 'stray' : claims.has(n) || n.type === 'dnat' || n.logical_ip.includes('/') ? 'other' : n.type === 'snat' ? 'snat' : 'eip')
}

/** One row an external address: `172.56.0.233 · shop/web-0`, `172.56.0.200 · 12 pods`. */
function natCard(kind: NatKind, nats: readonly Nat[], byIp: ReadonlyMap<string, PodView>): Card {
  const addresses = [...Map.groupBy(nats, (n) => n.external_ip)]
  const inside = (rows: readonly Nat[]): string => {
    const [first] = rows
    if (first === undefined || rows.length > 1) return plural(rows.length, 'pod')
    const pod = byIp.get(first.logical_ip)
    return pod === undefined ? first.logical_ip : podName(pod)
  }
  return {
    id: `nat:${kind}`,
    kind: 'nat',
    title: TITLE[kind],
    note: addresses.length === nats.length ? plural(nats.length, 'address') : `${plural(addresses.length, 'address')}, ${plural(nats.length, 'row')}`,
    marks: [],
    rows: addresses.map(([ip, rows]) => row(`nat:${ip}`, ip, inside(rows))),
  }
}

/** One row an annotated pod, and one for all the others. */
function podsCard(node: string, pods: readonly PodView[], named: ReadonlySet<string>): Card {
  const own = pods.filter((p) => isAnnotated(p) || named.has(podName(p))).toSorted((a, b) => (podName(a) < podName(b) ? -1 : 1))
  const plain = pods.length - own.length
  return {
    id: `pods:${node}`,
    kind: 'pods',
    title: node === '' ? 'pods on no node yet' : `pods on ${node}`,
    note: plural(pods.length, 'pod'),
    marks: [],
    rows: [
      ...own.map((p) =>
        row(
          `pod:${podName(p)}`,
          podName(p),
          [p.eip, p.snat === undefined ? undefined : `snat ${p.snat}`].filter((x) => x !== undefined).join(', ') || 'not annotated',
        ),
      ),
      ...(plain === 0 ? [] : [row(`plain:${node}`, plural(plain, own.length === 0 ? 'pod' : 'other pod'), 'without EIP or SNAT')]),
    ],
  }
}
