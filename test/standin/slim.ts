/** What the conformance tests need of shared/recordings, one small file a step. */
import { readdirSync, readFileSync } from 'node:fs'
import { gatewayLines, NB_COLUMNS, OVS_COLUMNS, type RawState } from './facts.ts'

type Any = Record<string, unknown>
interface Recorded {
  readonly table: string
  readonly rows: { readonly headings: string[]; readonly data: unknown[][] }
}

/** OVN and OVS the recordings were made with (reality.md). */
const VERSIONS = { 'kube-ovn-v1.16.2': 'ovn-25.03', 'kube-ovn-v1.11.24': 'ovn-23.03' }

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const items = (path: string): Any[] => (json(path) as { items: Any[] }).items

function listings(path: string, columns: Readonly<Record<string, readonly string[]>>): RawState['nb'] {
  const all = json(path) as Recorded[]
  return Object.fromEntries(
    Object.entries(columns).map(([table, names]) => {
      const rows = all.find((t) => t.table === table)?.rows ?? { headings: [], data: [] }
      const kept = ['_uuid', ...names].filter((c) => rows.headings.includes(c))
      return [table, { headings: kept, data: rows.data.map((row) => kept.map((c) => row[rows.headings.indexOf(c)])) }]
    }),
  )
}

function slim(folder: string): RawState & { gatewayLog: readonly string[] } {
  const own = (annotations: unknown): Any => Object.fromEntries(Object.entries((annotations ?? {}) as Any).filter(([k]) => k.startsWith('ovn.kubernetes.io/')))
  const object = ({ metadata }: Any): RawState['nodes'][number] => {
    const { name, labels, annotations } = metadata as Any
    return { name: String(name), labels: own(labels) as Record<string, string>, annotations: own(annotations) as Record<string, string> }
  }
  const vpc = items(`${folder}/kubeovn.json`).find((o) => o['kind'] === 'Vpc') ?? {}
  const config = json(`${folder}/configmap.json`) as Any | null
  const pods = items(`${folder}/pods.json`).filter((pod) => (pod['metadata'] as Any)['namespace'] === 'default')
  return {
    nb: listings(`${folder}/nb.json`, NB_COLUMNS),
    config: config && (config['data'] as Record<string, string>),
    nodes: items(`${folder}/nodes.json`).map(object),
    pods: pods.map(object),
    vpc: { spec: enable(vpc['spec']), status: enable(vpc['status']) },
    gatewayLog: gatewayLines(readFileSync(`${folder}/controller.log`, 'utf8').split('\n')),
    ovs: Object.fromEntries(['node1', 'node2'].map((n) => [n, listings(`${folder}/${n}-ovs.json`, OVS_COLUMNS)])),
  }
}

const enable = (value: unknown): { enableExternal: boolean } => ({ enableExternal: (value as Any | undefined)?.['enableExternal'] === true })

/** Texts by path below test/fixtures/recordings. */
export function slimRecordings(from: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const [version, ovn] of Object.entries(VERSIONS)) {
    const out = `${version}-${ovn}`
    files.set(`${out}/actions.json`, `${JSON.stringify(json(`${from}/${version}/actions.json`), null, 1)}\n`)
    for (const step of readdirSync(`${from}/${version}`, { withFileTypes: true }).filter((d) => d.isDirectory()))
      files.set(`${out}/${step.name}.json`, `${JSON.stringify(slim(`${from}/${version}/${step.name}`))}\n`)
  }
  return files
}
