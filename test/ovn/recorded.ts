/** Slim copies of the recordings of the real Kube-OVN (shared/recordings), as the tools printed them. */
import { readFileSync } from 'node:fs'
import { parseTables, type ReadSpec, type Tables } from '../../lib/ovn/call.ts'
import { NB, type NbTables } from '../../lib/ovn/nb.ts'
import { SB, type SbTables } from '../../lib/ovn/sb.ts'
import { OVS, type OvsTables, parseOvs } from '../../lib/ovs/vsctl.ts'

export const SCENES = [
  'kube-ovn-v1.16.2-ovn-25.03-s01',
  'kube-ovn-v1.16.2-ovn-25.03-s04',
  'kube-ovn-v1.16.2-ovn-25.03-s16',
  'kube-ovn-v1.16.2-ovn-25.03-s21',
  'kube-ovn-v1.16.2-ovn-25.03-s23',
  'kube-ovn-v1.11.24-ovn-23.03-s03',
  'kube-ovn-v1.11.24-ovn-23.03-s18',
] as const
export type Scene = (typeof SCENES)[number]

interface Recorded {
  readonly nb: NbTables
  readonly sb: SbTables
  ovs(node: 'node1' | 'node2'): OvsTables
}

/** Not recorded: Port_Group, Load_Balancer, BFD, Encap. An empty listing with the columns the parser wants stands for them. */
function text<T extends Tables>(spec: ReadSpec<T>, scene: Scene, part: string): string {
  const all = JSON.parse(readFileSync(new URL(`../fixtures/ovn/${scene}.json`, import.meta.url), 'utf8')) as Record<string, Record<string, unknown>>
  return Object.values(spec.tables)
    .map(({ table, names }) => `${JSON.stringify(all[part]?.[table] ?? { headings: names, data: [] })}\n`)
    .join('')
}

export const recorded = (scene: Scene): Recorded => ({
  nb: parseTables(NB, text(NB, scene, 'nb')),
  sb: parseTables(SB, text(SB, scene, 'sb')),
  ovs: (node) => parseOvs(text(OVS, scene, `ovs.${node}`)),
})
