/** At a terminal: which of several sites, and for `install` where there is none the wizard. A pipeline names its site. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { listSites, loadSite } from '../inventory/load.ts'
import type { Site } from '../inventory/site.ts'
import { mayAsk } from './answers.ts'
import type { App } from './app.ts'
import { BACK, type Choice } from './ask.ts'
import type { Globals } from './globals.ts'
import { orLab } from './labs.ts'

export interface SiteHere {
  readonly name: string
  /** Undefined: the file has mistakes. */
  readonly site: Site | undefined
}

/**
 * The sites under `cwd` that can be meant: a site whose kubeconfig is not on this machine (the practice cluster's, while that is down)
 * cannot. One with mistakes can: its mistakes are told when it is used.
 */
export async function sitesHere(cwd: string): Promise<readonly SiteHere[]> {
  const names = await listSites(cwd)
  const all = await Promise.all(names.map(async (name): Promise<SiteHere> => ({ name, site: await loadSite(name, { cwd }).catch(() => undefined) })))
  return all.filter(({ site }) => reachable(site, cwd))
}

function reachable(site: Site | undefined, cwd: string): boolean {
  const file = site?.cluster.kubeconfig
  return file === undefined || existsSync(resolve(cwd, file.replace(/^~(?=\/|$)/, homedir())))
}

const NEW: unique symbol = Symbol('new')

/** Globals with the site named, where a person can be asked and has not said; undefined when they turned back. */
export async function withSite(app: App, globals: Globals, runbook: string): Promise<Globals | undefined> {
  if (globals.site !== undefined || !mayAsk(app, globals)) return globals
  const sites = await sitesHere(app.cwd)
  const [only] = sites
  const isNamed = globals.context !== undefined || globals.kubeconfig !== undefined
  if (only !== undefined && (isNamed || sites.length === 1)) return isNamed ? globals : { ...globals, site: only.name }
  if (only === undefined) return runbook === 'install' ? fromWizard(app, globals) : globals
  const choices: Choice<string | typeof NEW>[] = sites.map(({ name, site }) => ({ value: name, label: name, hint: aboutSite(site) }))
  if (runbook === 'install') choices.push({ value: NEW, label: 'another one', hint: 'a few questions make its inventory' })
  const chosen = await (await app.ask()).select('Which site?', choices, { back: true })
  if (chosen === BACK) return undefined
  return chosen === NEW ? fromWizard(app, globals) : { ...globals, site: chosen }
}

export function aboutSite(site: Site | undefined): string {
  if (site === undefined) return 'has mistakes'
  const { gateway, cluster } = site
  const where = gateway === undefined ? 'assignments only' : `${gateway.nodes.map((n) => n.name).join(', ')} ${gateway.nic}, ${gateway.address}`
  return cluster.context === undefined ? where : `cluster ${cluster.context}: ${where}`
}

async function fromWizard(app: App, globals: Globals): Promise<Globals | undefined> {
  const site = await (await import('./wizard.ts')).wizard(app, await orLab(app, globals))
  return site === BACK ? undefined : { ...globals, site: site.name }
}
