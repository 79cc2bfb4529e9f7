/** `ovngw apply`: first the gateway, when it is not as the inventory says, then the pods; two runs, each planned, asked about and undone by itself. */
import { readGatewayFacts } from '../../gateway/facts.ts'
import type { Site } from '../../inventory/site.ts'
import { OvngwError } from '../../kernel/errors.ts'
import { type App, QUIET } from '../app.ts'
import { flagsOf } from '../flags.ts'
import type { Globals } from '../globals.ts'
import { pick } from '../registry.ts'
import { type Job, runFresh } from '../run-runbook.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'

/** `plan`: 7 when either half has something to do. */
const PENDING = 7

export async function apply(app: App, globals: Globals, job: Job): Promise<number> {
  const { only, plan, pod } = job.answers
  const namesPods = plan !== undefined || (Array.isArray(pod) && pod.length > 0)
  if (only === 'gateway' && namesPods)
    throw new OvngwError('USAGE', { what: '--only gateway and pods that are named do not go together', hint: 'ovngw apply --help' })
  if (only === 'pods' || namesPods) return runFresh(app, globals, job)
  const site = await siteOf(globals, app.cwd)
  // Asked for alone the gateway is proved, also when there is nothing to do.
  if (only === 'gateway') return runGateway(app, globals, job, (await runbookFor(app, globals, site)) ?? 'change')
  const { exit, goOn } = site.gateway === undefined ? { exit: 0, goOn: true } : await gatewayFirst(app, globals, job, site)
  if (!goOn) return exit
  const pods = await runFresh(app, globals, job)
  return pods === 0 ? exit : pods
}

/** `goOn`: the pods can be looked at now. */
async function gatewayFirst(app: App, globals: Globals, job: Job, site: Site): Promise<{ readonly exit: number; readonly goOn: boolean }> {
  const name = await runbookFor(app, globals, site)
  if (name === undefined) return { exit: 0, goOn: true }
  const exit = await runGateway(app, globals, job, name)
  const planned = job.planOnly || globals.dryRun
  if (!planned) return { exit, goOn: exit === 0 && (await runbookFor(app, globals, site)) === undefined } // else it was declined
  if (name === 'install' && globals.output === 'text') app.out.write('the addresses of pods can be planned once the gateway is there\n')
  return { exit, goOn: name === 'change' && (exit === 0 || exit === PENDING) }
}

async function runGateway(app: App, globals: Globals, { planOnly }: Job, name: string): Promise<number> {
  const runbook = pick('runbook', name, (await app.registry()).runbooks, (r) => r.name)
  return runFresh(app, globals, { runbook, source: `runbook:${name}`, command: name, planOnly, flags: flagsOf(runbook.args), answers: {} })
}

/** What makes the gateway as the site says; undefined: it is so. */
function runbookFor(app: App, globals: Globals, site: Site): Promise<'install' | 'change' | undefined> {
  return withWorld(app, globals, site, async (world, signal) => {
    const { compare, isAsWanted } = await import('../../../tasks/runbooks/parts.ts')
    const facts = await readGatewayFacts(world.context(signal, QUIET).look(), 'none')
    if (facts.current === null) return 'install'
    return facts.wanted === null || isAsWanted(compare(facts.wanted, facts)) ? undefined : 'change'
  })
}
