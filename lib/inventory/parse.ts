/** Site files: text → Site, or every problem of the text at once with its place. Pure. */
import { OvngwError } from '../kernel/errors.ts'
import { readYaml } from './document.ts'
import { problemsOf } from './issues.ts'
import { readLoose } from './loose.ts'
import type { Placed } from './problem.ts'
import { crossProblems } from './rules.ts'
import { type SiteInput, siteSchema } from './schema.ts'
import type { Assignment, GatewayWanted, Site, Vantage } from './site.ts'

/** What a text holds: a site, or its problems in the order of their lines. */
export type Read = { readonly site: Site; readonly problems: readonly [] } | { readonly site: undefined; readonly problems: readonly Placed[] }

/** @param name how the site is called. @param file absolute path it came from. */
export function readSite(text: string, name: string, file?: string): Read {
  const source = readYaml(text)
  if (source.broken.length > 0) return { site: undefined, problems: source.broken }
  if (source.data === null || source.data === undefined) {
    return { site: undefined, problems: [{ line: 1, column: 1, text: 'site: is empty; begin with a copy of inventory/example.yaml' }] }
  }
  const parsed = siteSchema.safeParse(source.data)
  const problems = [...problemsOf(parsed.error?.issues ?? [], source.data, source.written), ...crossProblems(readLoose(source.data))]
  if (parsed.success && problems.length === 0) return { site: siteOf(parsed.data, name, file), problems: [] }
  return { site: undefined, problems: problems.map(source.place).sort((a, b) => a.line - b.line || a.column - b.column) }
}

/**
 * The site a text describes. @throws OvngwError INVENTORY with a line `FILE:LINE:COLUMN: what: why; fix` for every problem.
 * @param file absolute path, kept in the site; @param shown how messages call it.
 */
export function parseSite(text: string, file: string, shown: string = file): Site {
  const { site, problems } = readSite(text, nameOf(file), file)
  if (site !== undefined) return site
  const lines = problems.map((p) => `${shown}:${p.line}:${p.column}: ${p.text}`)
  throw new OvngwError('INVENTORY', {
    what: `${shown} has ${lines.length} problem${lines.length === 1 ? '' : 's'}`,
    why: `\n${lines.join('\n')}`,
    hint: `edit ${shown}; every member is explained in inventory/example.yaml`,
  })
}

/** `lab` of `/x/inventory/lab.yaml`. */
export const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '')

function siteOf(input: SiteInput, name: string, file: string | undefined): Site {
  return {
    name,
    ...(file === undefined ? {} : { file }),
    cluster: input.cluster,
    ...(input.gateway === undefined ? {} : { gateway: gatewayOf(input.gateway) }),
    pools: input.pools,
    assignments: input.assignments.map(assignmentOf),
    accept: input.accept,
    ...(input.probe === undefined ? {} : { probe: { outside: input.probe.outside.map(vantageOf), target: input.probe.target } }),
  }
}

const gatewayOf = ({ nodes, ...rest }: NonNullable<SiteInput['gateway']>): GatewayWanted => ({
  ...rest,
  nodes: nodes.map((n) => (typeof n === 'string' ? { name: n } : n)),
})

function assignmentOf({ pod, workload, select, eip, snat, prove, note }: SiteInput['assignments'][number]): Assignment {
  const [namespace = '', name = ''] = (pod ?? '').split('/')
  const [protocol, port] = (prove ?? '').split('/')
  return {
    target: select !== undefined ? { select } : workload !== undefined ? { workload } : { pod: { namespace, name } },
    ...(eip === undefined ? { snat: snat ?? '' } : { eip }),
    ...(port === undefined ? {} : { prove: { protocol: protocol === 'udp' ? 'udp' : 'tcp', port: Number(port) } }),
    ...(note === undefined ? {} : { note }),
  } as Assignment
}

type AnyVantage = { readonly exec?: readonly string[] | undefined; readonly ssh?: string | undefined; readonly http?: string | undefined }
const vantageOf = ({ exec, ssh, http }: AnyVantage): Vantage => (exec !== undefined ? { exec } : http !== undefined ? { http } : { ssh: ssh ?? '' })
