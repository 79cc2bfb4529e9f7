/** What the commands get from the process: places to write, who can be asked, the clock, the registry, the cluster. Tests give their own. */
import type { Ctx } from '../define.ts'
import type { Site } from '../inventory/site.ts'
import type { Finding } from '../kernel/check.ts'
import type { Lease } from '../kube/lease.ts'
import type { Kube } from '../kube/port.ts'
import type { Asked } from '../proc/asked.ts'
import type { Out } from '../report/out.ts'
import type { Ask } from './ask.ts'
import type { Globals } from './globals.ts'
import type { Registry } from './registry.ts'

export interface App {
  readonly out: Out
  readonly err: Out
  /** A person sits at both ends: questions may be asked. */
  readonly interactive: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  now(): Date
  registry(): Promise<Registry>
  /** Connects to the site's cluster; nothing is sent yet. */
  world(site: Site, globals: Globals): Promise<World>
  ask(): Promise<Ask>
}

/** Where findings and notes of a context go. */
export interface Hooks {
  found(finding: Finding): void
  note(title: string, text: string): void
}

/** Of who asks and shows what it likes by itself. */
export const QUIET: Hooks = { found: () => undefined, note: () => undefined }

export interface World {
  readonly site: Site
  readonly kube: Kube
  /** Said in every plan that writes: what this world cannot protect from. */
  readonly warning?: string
  /** How much was asked so far. */
  readonly asked: Asked
  accepted(finding: Finding): string | undefined
  /** One context for the steps that run under `signal`; those of one `moment` share a look. */
  context(signal: AbortSignal, hooks: Hooks, moment?: object): Ctx
  /** uid of namespace kube-system: what a cluster is called in the journal. */
  clusterUid(signal: AbortSignal): Promise<string>
  /** The cluster's lock for this run; `waiting` is told when a holder may be dead. @throws OvngwError LOCKED */
  lease(run: string, signal: AbortSignal, waiting: (text: string) => void): Promise<Lease>
  /** Gives back what is left of this run's lock: an earlier process died with it, or our answer was lost. Another run's is left alone. */
  dropLease(run: string, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
