/** A site as the YAML a person edits: what `adopt` and the wizard write. */
import { Document, isScalar, visit } from 'yaml'
import type { Assignment, GatewayWanted, Site } from './site.ts'

const node = ({ name, priority }: GatewayWanted['nodes'][number]): unknown => (priority === undefined ? name : { name, priority })

const gateway = (g: GatewayWanted): Record<string, unknown> => ({ ...g, nodes: g.nodes.map(node) })

function assignment(a: Assignment): Record<string, unknown> {
  const { target, prove, ...rest } = a
  const whom = 'pod' in target ? { pod: `${target.pod.namespace}/${target.pod.name}` } : target
  return { ...whom, ...rest, ...(prove === undefined ? {} : { prove: `${prove.protocol}/${prove.port}` }) }
}

/** YAML of cluster, gateway, assignments and probe, with the schema line editors need. `about` becomes a comment. */
export function siteYaml(site: Pick<Site, 'cluster' | 'gateway' | 'assignments' | 'probe'>, about: string): string {
  const document = {
    cluster: site.cluster,
    ...(site.gateway === undefined ? {} : { gateway: gateway(site.gateway) }),
    ...(site.assignments.length === 0 ? {} : { assignments: site.assignments.map(assignment) }),
    ...(site.probe === undefined ? {} : { probe: site.probe }),
  }
  const comment = about.split('\n').map((l) => `# ${l}`)
  return `# yaml-language-server: $schema=./site.schema.json\n${comment.join('\n')}\n${shown(document)}`
}

/** Lists of plain values on one line, as a person writes them. */
function shown(value: unknown): string {
  const document = new Document(value)
  visit(document, {
    Seq: (_key, list) => {
      if (list.items.every((item) => isScalar(item))) list.flow = true
    },
  })
  return document.toString({ lineWidth: 120, flowCollectionPadding: false })
}
