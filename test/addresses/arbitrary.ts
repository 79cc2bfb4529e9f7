/** Arbitrary inventories and pods of a small world: a dozen addresses, eight pods, two pools. */
import fc from 'fast-check'
import type { PodView } from '../../lib/gateway/pods.ts'
import type { Assignment, Pool } from '../../lib/inventory/site.ts'

type Some = Partial<PodView> & { readonly name: string }

/** An address for each name: two pods with one would be one machine. */
const inside = (name: string): string => {
  const n = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_536, 7)
  return `10.16.${n >> 8}.${n & 255}`
}

export const pod = ({ name, ...rest }: Some): PodView => ({
  namespace: 'shop',
  name,
  ip: inside(name),
  routed: true,
  phase: 'Running',
  deleting: false,
  hostNetwork: false,
  vpc: 'ovn-cluster',
  labels: {},
  uid: `uid-${name}`,
  created: '2026-01-01T00:00:00Z',
  foreign: [],
  ...rest,
})
const address = fc.integer({ min: 200, max: 212 }).map((n) => `172.56.0.${n}`)
export const pods = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      workload: fc.constantFrom(undefined, 'shop/deployment/api', 'shop/statefulset/db'),
      eip: fc.option(address, { nil: undefined }),
      snat: fc.option(address, { nil: undefined }),
      deleting: fc.boolean(),
      created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      labels: fc.constantFrom({}, { app: 'x' }),
    }),
    { selector: (p) => p.name, maxLength: 8 },
  )
  .map((all) => all.map(pod))
const assignment: fc.Arbitrary<Assignment> = fc
  .tuple(
    fc.constantFrom(
      { workload: 'shop/deployment/api' },
      { workload: 'shop/statefulset/db' },
      { select: { namespace: 'shop', labels: { app: 'x' } } },
      { pod: { namespace: 'shop', name: 'a' } },
      { pod: { namespace: 'shop', name: 'b' } },
    ),
    fc.oneof(
      fc.constantFrom({ eip: { pool: 'web' } }, { eip: { pool: 'tiny' } }),
      address.map((snat) => ({ snat })),
      address.map((eip) => ({ eip })),
    ),
  )
  .map(([target, what]) => ({ target, ...what }) as Assignment)
/** As the inventory's own rules allow: an EIP is named once and is no SNAT. */
export const assignments = fc.uniqueArray(assignment, {
  maxLength: 6,
  selector: (a) => ('snat' in a ? a.snat : typeof a.eip === 'string' ? a.eip : JSON.stringify(a)),
})
export const pools: readonly Pool[] = [
  { name: 'web', ranges: [{ first: '172.56.0.200', last: '172.56.0.206' }], reserved: { '172.56.0.203': 'VRRP' }, onLink: true },
  { name: 'tiny', ranges: [{ first: '172.56.0.207', last: '172.56.0.208' }], reserved: {}, onLink: true },
]
export const memory = fc.dictionary(address, fc.constantFrom('shop/pod/a', 'shop/pod/c', 'shop/deployment/api', 'shop/deployment/gone')).map((web) => ({ web }))
export const cases = fc.record({ assignments, pods, memory })
