/** The stand-in for Kube-OVN's controller and daemons: another process, reached through DIR/lab.json, its signals and its status file only. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Say } from './binaries.ts'
import { alive } from './controlplane.ts'
import { type DaemonSpec, isAlive, type Proc, stopAll } from './daemons.ts'
import { until } from './exec.ts'
import { type Lifted, readState } from './state.ts'

const ID = 'standin'

interface Status {
  readonly pid: number
  readonly generation: number
  readonly settled: boolean
}

const statusOf = async (lab: Lifted): Promise<Status | undefined> => {
  const text = await readFile(`${lab.dir}/controller.status.json`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Status)
}

/** From a clone the TypeScript itself; from the published bundle the CLI's own hidden command. */
function standin(lab: Lifted): DaemonSpec | undefined {
  const main = fileURLToPath(new URL('./standin/main.ts', import.meta.url))
  if (existsSync(main)) return { id: ID, argv: [process.execPath, '--import', 'tsx', main, '--dir', lab.dir], cwd: dirname(main) } // tsx is found from there
  const [, entry] = process.argv
  if (entry === undefined || !import.meta.url.endsWith('.mjs')) return undefined
  return { id: ID, argv: [process.execPath, ...process.execArgv, entry, 'lab', 'standin', '--name', lab.name] }
}

/** Starts it unless it runs, and waits until it has dealt with what is there. */
export async function startStandin(lab: Lifted, say: Say, signal?: AbortSignal): Promise<void> {
  if (lab.options.only === 'api') return
  const spec = standin(lab)
  if (!spec) return say('no stand-in for the controller here: nobody answers ConfigMaps and pod annotations')
  const proc = await lab.daemon(spec)
  await until('the stand-in', () => alive(lab, ID, proc, () => settled(lab, proc, 0)), { signal })
}

async function settled(lab: Lifted, proc: Proc, generation: number): Promise<true | undefined> {
  const status = await statusOf(lab)
  return status?.pid === proc.pid && status.settled && status.generation >= generation ? true : undefined
}

const running = async (lab: Lifted): Promise<Proc | undefined> => {
  const proc = (await readState(lab.name))?.procs[ID]
  return (await isAlive(proc)) ? proc : undefined
}

/** What `kubectl rollout restart` of the controller does: its start-up clean-up deletes reroute policies (reality.md R31). */
export async function restartStandin(lab: Lifted, say: Say): Promise<void> {
  const proc = await running(lab)
  if (proc) await stopAll([proc])
  await startStandin(lab, say)
}

/**
 * Holds the stand-in still while state is put back under it. The answer lets it go on: it forgets what it saw (SIGUSR1), without the
 * clean-up of a real restart, and we wait until it is at peace with what it finds.
 */
export async function pauseStandin(lab: Lifted): Promise<() => Promise<void>> {
  const proc = await running(lab)
  if (!proc) return () => Promise.resolve()
  await until('the stand-in at rest', () => settled(lab, proc, 0), { timeoutMs: 3_000 }).catch(() => undefined) // what it retries for ever never settles
  const before = (await statusOf(lab))?.generation ?? 0
  process.kill(proc.pid, 'SIGSTOP')
  return async () => {
    process.kill(proc.pid, 'SIGUSR1')
    process.kill(proc.pid, 'SIGCONT')
    await until('the stand-in after a restore', () => alive(lab, ID, proc, () => settled(lab, proc, before + 1)), { timeoutMs: 10_000 })
  }
}
