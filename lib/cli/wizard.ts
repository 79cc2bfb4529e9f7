/**
 * `ovngw install` at a terminal without an inventory: finds nodes and NICs, asks what only a person knows, writes inventory/NAME.yaml.
 * Every question can go back and be quit; nothing is written to the cluster here.
 */
import type { Site } from '../inventory/site.ts'
import { siteYaml } from '../inventory/write.ts'
import type { Kube } from '../kube/port.ts'
import { wrap } from '../report/style.ts'
import { type App, QUIET } from './app.ts'
import { BACK } from './ask.ts'
import type { Globals } from './globals.ts'
import { labAt } from './labs.ts'
import { bareSite } from './site.ts'
import { writeSite } from './site-file.ts'
import { withWorld } from './with-world.ts'
import { type Draft, gatewayOf, probeOf, QUESTIONS, type Wizard } from './wizard-questions.ts'

const ABOUT = 'Made by `ovngw install`. More can be said: pools, assignments, more nodes\n(inventory/example.yaml in the repository of ovngw).'

/** Asks and writes the inventory; the site, or BACK when the person went back from the first question. @throws OvngwError CANCELLED (Ctrl-C) */
export async function wizard(app: App, globals: Globals): Promise<Site | typeof BACK> {
  return withWorld(app, globals, bareSite(globals), async (world, signal) => {
    const ctx = world.context(signal, QUIET)
    const cluster = clusterOf(world.kube, globals)
    const lab = await labAt(world.kube.where.server)
    const yaml = (draft: Draft): string => siteYaml({ cluster, gateway: gatewayOf(draft), assignments: [], probe: probeOf(draft, lab) }, ABOUT)
    intro(app, world.kube, lab)
    return await questions({ ctx, ask: await app.ask(), out: app.out, cwd: app.cwd, cluster, lab, yaml })
  })
}

const clusterOf = ({ where: { context } }: Kube, { kubeconfig, namespace }: Globals): Site['cluster'] => ({
  context,
  ...(kubeconfig !== undefined && { kubeconfig }),
  ...(namespace !== undefined && { namespace }),
})

function intro({ out }: App, { where: { context, server } }: Kube, lab: string | undefined): void {
  const which = `${lab === undefined ? 'Cluster' : 'Practice cluster'} ${context}, ${server}.`
  const what = 'There is no inventory yet: a few questions make one. Nothing is changed on the cluster before you have seen the plan and said yes.'
  out.write(`${[...wrap(which, out.columns ?? 80), ...wrap(what, out.columns ?? 80)].join('\n')}\n\n`)
}

async function questions(all: Wizard): Promise<Site | typeof BACK> {
  let draft: Draft = {}
  let way = 1
  for (let at = 0; at < QUESTIONS.length; at += way) {
    if (at < 0) return BACK
    const answer = await QUESTIONS[at]?.(all, draft)
    if (answer === BACK) way = -1
    // a question that has nothing to ask is passed in the direction one is going
    else if (answer !== undefined && (Object.keys(answer).length > 0 || at === QUESTIONS.length - 1)) {
      draft = { ...draft, ...answer }
      way = 1
    }
  }
  const site = await writeSite(all.cwd, draft.name ?? '', all.yaml(draft))
  all.out.write(`wrote inventory/${site.name}.yaml\n\n`)
  return site
}
