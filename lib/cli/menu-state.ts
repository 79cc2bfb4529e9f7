/** What the menu knows of the cluster before it asks: one look, and two lines that say it. */
import type { Ctx } from '../define.ts'
import { isAnnotated, type PodView } from '../gateway/pods.ts'
import { isEnabled, wantedFromConfig } from '../gateway/wanted.ts'
import type { GatewayWanted, Site } from '../inventory/site.ts'
import { listRuns, type RunSummary } from '../journal/store.ts'
import { asError, type OvngwError } from '../kernel/errors.ts'

import { harmless, paintFor, wrap } from '../report/style.ts'
import { count } from '../report/words.ts'
import { type App, QUIET, type World } from './app.ts'
import { standing } from './cmd/history.ts'
import type { Globals } from './globals.ts'
import { type LabHere, labsHere } from './labs.ts'
import { siteOf } from './site.ts'
import { stateDir } from './state-dir.ts'

export interface Cluster {
  readonly context: string
  readonly server: string
  /** The practice cluster it is, if it is one. */
  readonly lab: LabHere | undefined
  readonly ctx: Ctx
  /** Undefined: there is none. */
  readonly gateway: GatewayWanted | undefined
  readonly pods: readonly PodView[]
}

export interface State {
  readonly site: Site | undefined
  readonly labs: readonly LabHere[]
  /** The cluster, or why it cannot be seen. */
  readonly cluster: Cluster | OvngwError
  readonly runs: readonly RunSummary[]
  close(): Promise<void>
}

/** A menu must not hang on a cluster that is silent. */
const PATIENCE = 15_000

/** Never rejects for what the cluster or the site has wrong: that is part of the state. */
export async function readState(app: App, globals: Globals, signal: AbortSignal): Promise<State> {
  const labs = await labsHere()
  let world: World | undefined
  let site: Site | undefined
  const look = async (): Promise<Cluster> => {
    site = await siteOf(globals, app.cwd)
    world = await app.world(site, globals)
    const ctx = world.context(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]), QUIET)
    const [configMap, pods] = await Promise.all([ctx.look().configMap(), ctx.look().pods()])
    const { context, server } = world.kube.where
    const gateway = isEnabled(configMap) ? wantedFromConfig(configMap) : undefined
    // questions come later than that: they get the person's patience
    const calm = world.context(signal, QUIET)
    return { context, server, lab: labs.find((l) => l.server === server), ctx: calm, gateway, pods }
  }
  const cluster = await look().catch((thrown: unknown) => asError(thrown))
  signal.throwIfAborted()
  const uid = 'ctx' in cluster ? await world?.clusterUid(signal).catch(() => undefined) : undefined
  const runs = await listRuns(stateDir(app, globals), uid)
  return { site, labs, cluster, runs, close: async () => world?.close() }
}

export const isSeen = (cluster: State['cluster']): cluster is Cluster => 'ctx' in cluster

const ago = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 90) return `${minutes} min ago`
  return minutes < 36 * 60 ? `${Math.round(minutes / 60)} h ago` : `${Math.round(minutes / 60 / 24)} days ago`
}

function lastRun([run]: readonly RunSummary[], now: Date): readonly string[] {
  if (run === undefined) return []
  const started = run.state === undefined ? undefined : Date.parse(run.state.started)
  return [`last run: ${run.state?.header.runbook ?? run.run} ${standing(run)}${started === undefined ? '' : `, ${ago(now.getTime() - started)}`}`]
}

/** Where one is and how it stands there. */
export function heading({ cluster, site, runs }: State, { out, now }: App): string {
  const { bold, red } = paintFor(out.color)
  const width = (out.columns ?? 80) - 1
  if (!isSeen(cluster)) {
    const why = cluster.why === undefined ? cluster.what : `${cluster.what}: ${cluster.why}`
    return `${[bold('No cluster to work on'), ...wrap(harmless(why), width).map(red)].join('\n')}\n\n`
  }
  const file = site?.file === undefined ? 'no inventory yet' : `site ${site.name}`
  const where = `${cluster.lab === undefined ? 'Cluster' : 'Practice cluster'} ${cluster.context} · ${file}`
  const { gateway } = cluster
  const pods = cluster.pods.filter(isAnnotated).length
  const parts =
    gateway === undefined
      ? ['no gateway yet']
      : [
          `gateway on ${gateway.nodes.map((n) => n.name).join(', ') || 'labelled nodes'} ${gateway.nic}, ${gateway.address}`,
          pods === 0 ? 'no pod has an address' : `${count(pods, 'pod')} with an address`,
        ]
  return `${[bold(harmless(where)), ...[parts.join(' · '), ...lastRun(runs, now())].flatMap((l) => wrap(harmless(l), width))].join('\n')}\n\n`
}
