/** What is done to the lab before a fault, and the command the fault meets. */
import { type Lab, type LabSnapshot, openLab } from '../../lib/lab/index.ts'
import { type Cli, openCli } from './cli.ts'
import { type World, worldState } from './state.ts'

export const POD = 'default/web'
export const EIP = '172.56.0.233'
export const OTHER = '172.56.0.234'

export interface Scene {
  readonly name: string
  /** Commands that lead there, from a lab with one pod and no gateway. */
  readonly first: readonly (readonly string[])[]
  readonly command: readonly string[]
}

const INSTALL = ['install', '--site', 'lab']
const assign = (eip: string): readonly string[] => ['assign', POD, '--eip', eip, '--site', 'lab']

export const SCENES = {
  install: { name: 'install', first: [], command: INSTALL },
  assign: { name: 'assign an EIP to a running pod', first: [INSTALL], command: assign(EIP) },
  reassign: { name: 'assign another EIP', first: [INSTALL, assign(EIP)], command: assign(OTHER) },
} as const satisfies Record<string, Scene>

/** A scene that is set: every test starts from `reset`. */
export interface Stage {
  readonly lab: Lab
  readonly cli: Cli
  readonly command: readonly string[]
  readonly before: World
  /** The lab as `before`, no journals. */
  reset(): Promise<void>
}

/** The lab with its pod; `lab` and `cli` are shared by all stages of a file. */
export interface Theatre {
  readonly lab: Lab
  readonly cli: Cli
  set(scene: Scene): Promise<Stage>
  /** Leaves the lab as it was found. */
  close(): Promise<void>
}

export async function openTheatre(name: string): Promise<Theatre> {
  const lab = await openLab(name)
  const bare = await lab.snapshot()
  const cli = openCli(lab)
  await lab.addPod({ name: 'web', node: 'node2' })
  const known = new Map<string, LabSnapshot>([['', await lab.snapshot()]])
  const key = (done: readonly (readonly string[])[]): string => done.map((args) => args.join(' ')).join('; ')
  const lead = async (first: readonly (readonly string[])[]): Promise<LabSnapshot> => {
    const there = known.get(key(first))
    if (there !== undefined) return there
    await lab.restore(await lead(first.slice(0, -1)))
    cli.forget()
    const { exit, said } = await cli.run(first.at(-1) ?? [])
    if (exit !== 0) throw new Error(`the scene cannot be set: ${said}`)
    const made = await lab.snapshot()
    known.set(key(first), made)
    return made
  }
  return {
    lab,
    cli,
    set: async ({ first, command }) => {
      const snapshot = await lead(first)
      const reset = async (): Promise<void> => {
        cli.forget()
        await lab.restore(snapshot)
      }
      await reset()
      return { lab, cli, command, before: await worldState(lab), reset }
    },
    close: async () => {
      cli.close()
      await lab.restore(bare)
      lab.close()
    },
  }
}
