/** `ovngw topology`: the gateway as it is, drawn here or as SVG; what is broken is marked by the check that says so. Exit 0: drawn. */

import type { Look } from '../../gateway/look.ts'
import { redact } from '../../journal/redact.ts'
import type { Finding } from '../../kernel/check.ts'
import { OvngwError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/json.ts'
import type { Topology } from '../../topology/model.ts'
import { readTopology } from '../../topology/read.ts'
import { topologyOf } from '../../topology/topology.ts'
import { type App, QUIET } from '../app.ts'
import type { Globals } from '../globals.ts'
import type { AnyCheck } from '../registry.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'
import { writeNamed } from '../write-file.ts'
import { look } from './check.ts'

/** What the picture shows is read from tables; packets and rights are other questions. */
const SHOWN: ReadonlySet<AnyCheck['group']> = new Set(['node', 'config', 'gateway', 'pod'])
const TERMINAL = 80

export async function topology(app: App, globals: Globals, out?: string): Promise<number> {
  if (globals.output === 'junit' || globals.output === 'markdown')
    throw new OvngwError('USAGE', { what: `a picture is no ${globals.output}`, hint: 'ovngw topology --out FILE.svg, or -o json' })
  const all = (await app.registry()).checks.map((c) => c.check)
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const moment = {}
    const wanted = all.filter((c) => SHOWN.has(c.group))
    const findings = await look(world, wanted, signal, moment)
    const seen = world.context(signal, QUIET, moment).look()
    const made = await pictureOf(seen, withoutSecrets(findings), all)
    await show(app, globals, made, world.site.name, out)
    return 0
  })
}

/** What a tool said may hold what nobody should see. */
export const withoutSecrets = (findings: readonly Finding[]): readonly Finding[] => redact(findings as unknown as Json).value as unknown as readonly Finding[]

export async function pictureOf(seen: Look, findings: readonly Finding[], checks: readonly AnyCheck[]): Promise<Topology> {
  const groups = new Map(checks.map((c) => [c.id, c.group]))
  return topologyOf(await readTopology(seen), findings, (id) => groups.get(id))
}

async function show(app: App, { output }: Globals, made: Topology, site: string, out: string | undefined): Promise<void> {
  if (output === 'json') app.out.write(`${JSON.stringify(made)}\n`)
  if (out !== undefined) {
    const { svg } = await import('../../topology/svg.ts')
    await writeNamed(app.cwd, out, svg(made, site))
    app.err.write(`${out} is written\n`)
  } else if (output === 'text') {
    const { text } = await import('../../topology/text.ts')
    app.out.write(text(made, { width: app.out.columns ?? TERMINAL, color: app.out.color }))
  }
}
