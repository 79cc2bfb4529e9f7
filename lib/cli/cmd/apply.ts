/** `ovngw apply`: first the gateway, when it is not as the inventory says, then the pods; two runs, each planned, asked about and undone by itself. */
import { readGatewayFacts } from '../../gateway/facts.ts'
import { OvngwError } from '../../kernel/errors.ts'
import { type App, QUIET } from '../app.ts'
import { flagsOf } from '../flags.ts'
import type { Globals } from '../globals.ts'
import { pick } from '../registry.ts'
import { type Job, runFresh, type Shared } from '../run-runbook.ts'
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
  return withWorld(app, globals, site, (world, signal) => inTurn({ app, globals, job }, { world, signal, moment: {} }))
}

interface Asked {
  readonly app: App
  readonly globals: Globals
  readonly job: Job
}

async function inTurn(asked: Asked, shared: Shared): Promise<number> {
  const { app, globals, job } = asked
  // Asked for alone the gateway is proved, also when there is nothing to do.
  if (job.answers['only'] === 'gateway') return runGateway(asked, shared, (await runbookFor(shared)) ?? 'change')
  const name = shared.world.site.gateway === undefined ? undefined : await runbookFor(shared)
  if (name === undefined) return runFresh(app, globals, job, shared)
  const { exit, next } = await gatewayFirst(asked, shared, name)
  if (next === undefined) return exit
  const pods = await runFresh(app, globals, job, next)
  return pods === 0 ? exit : pods
}

interface First {
  readonly exit: number
  /** Where the pods can be looked at now. */
  readonly next?: Shared
}

async function gatewayFirst(asked: Asked, shared: Shared, name: 'install' | 'change'): Promise<First> {
  const { app, globals, job } = asked
  const exit = await runGateway(asked, shared, name)
  if (!job.planOnly && !globals.dryRun) {
    const now = { ...shared, moment: {} }
    return exit === 0 && (await runbookFor(now)) === undefined ? { exit, next: now } : { exit } // else it was declined
  }
  if (name === 'install' && globals.output === 'text') app.out.write('the addresses of pods can be planned once the gateway is there\n')
  return name === 'change' && (exit === 0 || exit === PENDING) ? { exit, next: shared } : { exit }
}

async function runGateway({ app, globals, job }: Asked, shared: Shared, name: string): Promise<number> {
  const runbook = pick('runbook', name, (await app.registry()).runbooks, (r) => r.name)
  const { planOnly } = job
  return runFresh(app, globals, { runbook, source: `runbook:${name}`, command: name, planOnly, flags: flagsOf(runbook.args), answers: {} }, shared)
}

/** What makes the gateway as the site says; undefined: it is so. */
async function runbookFor({ world, signal, moment }: Shared): Promise<'install' | 'change' | undefined> {
  const { compare, isAsWanted } = await import('../../../tasks/runbooks/parts.ts')
  const facts = await readGatewayFacts(world.context(signal, QUIET, moment).look(), 'none')
  if (facts.current === null) return 'install'
  return facts.wanted === null || isAsWanted(compare(facts.wanted, facts)) ? undefined : 'change'
}
