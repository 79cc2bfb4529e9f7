/** What `ovn-nbctl --format=json` prints of a northbound database with one NAT row and one reroute policy a pod. */
import { NB } from '../../lib/ovn/nb.ts'
import { NAT, type Nat } from '../../lib/ovn/tables.ts'
import { insideOf, outsideOf } from './synthetic.ts'

const NONE = ['set', []]
const EMPTY = ['map', []]
const uuid = (kind: number, i: number): readonly string[] => ['uuid', `00000000-0000-4000-800${kind}-${i.toString().padStart(12, '0')}`]
const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

type Cells = Readonly<Record<string, unknown>>

const nat = (i: number): Cells => ({
  _uuid: uuid(1, i),
  type: 'dnat_and_snat',
  external_ip: outsideOf(i),
  logical_ip: insideOf(i),
  external_mac: NONE,
  logical_port: NONE,
  external_port_range: '',
  allowed_ext_ips: NONE,
  exempted_ext_ips: NONE,
  options: EMPTY,
  external_ids: EMPTY,
})

const policy = (i: number): Cells => ({
  _uuid: uuid(2, i),
  priority: 29250,
  match: `ip4.src == ${insideOf(i)}`,
  action: 'reroute',
  nexthop: NONE,
  nexthops: '172.56.0.1',
  options: EMPTY,
  external_ids: [
    'map',
    [
      ['subnet', 'ovn-default'],
      ['vendor', 'kube-ovn'],
    ],
  ],
})

const router = (rows: number): Cells => ({
  _uuid: uuid(3, 0),
  name: 'ovn-cluster',
  ports: NONE,
  nat: ['set', count(rows).map((i) => uuid(1, i))],
  policies: ['set', count(rows).map((i) => uuid(2, i))],
  static_routes: NONE,
  enabled: NONE,
  options: EMPTY,
  external_ids: EMPTY,
})

/** NAT rows alone, parsed. */
export function natRows(rows: number): readonly Nat[] {
  const headings = Object.keys(nat(0))
  return count(rows).flatMap((i) => NAT.rows({ headings, data: [Object.values(nat(i))] }, 'bench'))
}

/** The answer to `listNb()`. */
export function nbText(rows: number): string {
  const made: Readonly<Record<string, readonly Cells[]>> = {
    NAT: count(rows).map(nat),
    Logical_Router_Policy: count(rows).map(policy),
    Logical_Router: [router(rows)],
  }
  return Object.values(NB.tables)
    .map(({ table, names }) => {
      const [first = Object.fromEntries(names.map((n) => [n, NONE])), ...more] = made[table] ?? []
      const data = made[table] === undefined ? [] : [first, ...more].map((cells) => Object.values(cells))
      return JSON.stringify({ headings: Object.keys(first), data })
    })
    .join('\n')
}
