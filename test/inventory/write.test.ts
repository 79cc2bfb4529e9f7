import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSite } from '../../lib/inventory/parse.ts'
import type { Assignment, GatewayWanted, Site } from '../../lib/inventory/site.ts'
import { siteYaml } from '../../lib/inventory/write.ts'

/** Names that YAML is tempted to read as something else. */
const name = fc.oneof(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/), fc.constantFrom('010', 'true', 'null', '1e3', '0x10', 'no', '7'))
const optional = <T>(key: string, arb: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(arb).map((v): Record<string, T> => (v === null ? {} : { [key]: v }))
const mac = fc.constantFrom('16:52:f3:13:6a:25', '10:20:30:40:50:59', '00:00:00:00:00:01')

const gateway: fc.Arbitrary<GatewayWanted> = fc
  .tuple(
    fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    fc.nat(32767),
    name,
    fc.constantFrom('auto', '10.1.0.100/16'),
    optional('mac', mac),
    optional('nextHop', fc.constantFrom('10.1.0.1', '10.1.200.7')),
  )
  .map(([nodes, priority, nic, address, m, hop]) => ({
    type: 'centralized',
    nodes: nodes.map((n, i) => (i === 0 ? { name: n, priority } : { name: n })),
    nic,
    address,
    ...m,
    ...hop,
  }))

const assignments: fc.Arbitrary<readonly Assignment[]> = fc
  .uniqueArray(fc.tuple(name, name, fc.boolean(), optional('note', fc.stringMatching(/^\S.{0,20}$/))), {
    maxLength: 4,
    selector: ([ns, pod]) => `${ns}/${pod}`,
  })
  .map((list) =>
    list.map(([namespace, pod, eip, note], i): Assignment => {
      const address = `10.1.2.${i + 1}`
      const target = { pod: { namespace, name: pod } }
      return eip ? { target, eip: address, prove: { protocol: 'tcp', port: 443 + i }, ...note } : { target, snat: address, ...note }
    }),
  )

it('what is written is read back as the same site, whatever the names', () => {
  const context = fc.oneof(fc.stringMatching(/^\S.{0,30}$/), fc.constantFrom('arn:aws:eks:x:1:cluster/y', '# x', "a'b", 'x: y', '*a', '@b', '12'))
  fc.assert(
    fc.property(gateway, assignments, context, (g, list, c) => {
      const site: Pick<Site, 'cluster' | 'gateway' | 'assignments'> = { cluster: { context: c }, gateway: g, assignments: list }
      const { cluster, gateway: read, assignments: back } = parseSite(siteYaml(site, 'made by a test\nin two lines'), '/x/s.yaml')
      expect({ cluster, gateway: read, assignments: back }).toEqual(site)
    }),
  )
})
