/** The stand-in for Kube-OVN's controller and daemons: another process, reached through DIR/lab.json only. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Say } from './binaries.ts'
import { stopAll } from './daemons.ts'
import { type Lifted, readState } from './state.ts'

const ID = 'standin'

/** From a clone the TypeScript itself; from the published bundle the CLI's own hidden command. */
function standinArgv(lab: Lifted): string[] | undefined {
  const main = fileURLToPath(new URL('./standin/main.ts', import.meta.url))
  if (existsSync(main)) return [process.execPath, '--import', import.meta.resolve('tsx'), main, '--dir', lab.dir]
  const [, entry] = process.argv
  return entry !== undefined && import.meta.url.endsWith('.mjs')
    ? [process.execPath, ...process.execArgv, entry, 'lab', 'standin', '--name', lab.name]
    : undefined
}

export async function startStandin(lab: Lifted, say: Say): Promise<void> {
  if (lab.options.only === 'api') return
  const argv = standinArgv(lab)
  if (!argv) return say('no stand-in for the controller here: nobody answers ConfigMaps and pod annotations')
  await lab.daemon({ id: ID, argv })
}

/** What a `kubectl rollout restart` of the controller does to the network (reality.md R31). */
export async function restartStandin(lab: Lifted, say: Say): Promise<void> {
  const proc = (await readState(lab.name))?.procs[ID]
  if (proc) await stopAll([proc])
  await startStandin(lab, say)
}
