/** What a lab remembers about itself in DIR/state.json and tells its stand-in in DIR/lab.json. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import type { Ports } from './controlplane.ts'
import { type DaemonSpec, isAlive, type Proc, startDaemon } from './daemons.ts'
import { files, labDir } from './paths.ts'

export type Profile = 'v1.16.2' | 'v1.11.24' | 'v1.5'
export const PROFILES: readonly Profile[] = ['v1.16.2', 'v1.11.24', 'v1.5']

export interface LabOptions {
  /** Default `lab`; at most 16 of a-z 0-9, a letter first. */
  readonly name: string
  /** 1 to 9, default 2: node1, node2 … */
  readonly nodes: number
  /** Which Kube-OVN the stand-in behaves like. */
  readonly profile: Profile
  /** More arguments of the controller's Deployment; a later one wins. */
  readonly controllerArgs: readonly string[]
  /** `api`: only etcd, kube-apiserver and KWOK, for tests of the API client. */
  readonly only: 'all' | 'api'
}

export interface LabState {
  readonly options: LabOptions
  readonly ports: Ports
  readonly phase: 'starting' | 'up'
  readonly procs: Readonly<Record<string, Proc>>
}

/** A lab being lifted: knows its state and starts daemons that are not running yet. */
export interface Lifted {
  readonly name: string
  readonly dir: string
  readonly options: LabOptions
  readonly ports: Ports
  readonly nodes: readonly string[]
  /** Starts it unless the one in state.json still runs; remembers it before it answers. */
  daemon(spec: DaemonSpec): Promise<Proc>
  save(phase: LabState['phase']): Promise<void>
}

export const nodeNames = (options: Pick<LabOptions, 'nodes'>): string[] => Array.from({ length: options.nodes }, (_, i) => `node${i + 1}`)

export async function readState(name: string): Promise<LabState | undefined> {
  const path = files(labDir(name)).state
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as LabState
  } catch (cause) {
    throw new OvngwError('PARSE', { what: `${path} is damaged`, hint: `ovngw lab down --name ${name}`, cause })
  }
}

/** Written beside and renamed, so that a reader never sees half of it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const beside = `${path}.${process.pid}.${Math.round(performance.now() * 1000)}`
  await writeFile(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(beside, path)
}

/**
 * Reads state.json before every write, since another process (a test that adds a pod, an `up` that heals) may have written meanwhile.
 * Servers of pods that are gone are dropped from it.
 */
export function lift(options: LabOptions, ports: Ports): Lifted {
  const { name } = options
  const dir = labDir(name)
  const at = files(dir)
  let writing = Promise.resolve()
  const save = (change: Partial<Pick<LabState, 'phase' | 'procs'>>): Promise<void> => {
    writing = writing.then(async () => {
      const now = (await readState(name)) ?? { options, ports, phase: 'starting' as const, procs: {} }
      const dead = await Promise.all(Object.entries(now.procs).map(async ([id, proc]) => (id.startsWith('pod.') && !(await isAlive(proc)) ? id : undefined)))
      const kept = Object.fromEntries(Object.entries(now.procs).filter(([id]) => !dead.includes(id)))
      await writeJson(at.state, { ...now, ...change, procs: { ...kept, ...change.procs } } satisfies LabState)
    })
    return writing
  }
  return {
    name,
    dir,
    options,
    ports,
    nodes: nodeNames(options),
    daemon: async (spec) => {
      const running = (await readState(name))?.procs[spec.id]
      if (running && (await isAlive(running))) return running
      const proc = await startDaemon(name, at.logs, spec)
      await save({ procs: { [spec.id]: proc } })
      return proc
    },
    save: (phase) => save({ phase }),
  }
}
