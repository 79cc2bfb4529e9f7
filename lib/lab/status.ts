/** `lab status` and `lab shell`. */
import { spawn } from 'node:child_process'
import { OvngwError } from '../kernel/errors.ts'
import { isAlive } from './daemons.ts'
import { ovsEnv } from './ovs.ts'
import { files, labDir, nodeNetns, serverOf } from './paths.ts'
import { netnsOf } from './spaces.ts'
import { type LabState, nodeNames, readState } from './state.ts'

export interface LabStatus {
  readonly name: string
  /** up: everything runs; broken: something ended (`lab up` starts it again); starting: an `up` is at work or was killed; down: not there. */
  readonly phase: 'up' | 'broken' | 'starting' | 'down'
  readonly dir: string
  readonly kubeconfig: string
  readonly server: string | undefined
  readonly options: LabState['options'] | undefined
  readonly processes: readonly { readonly id: string; readonly pid: number; readonly alive: boolean }[]
  readonly namespaces: readonly string[]
}

export async function labStatus(name: string): Promise<LabStatus> {
  const dir = labDir(name)
  const [state, namespaces] = await Promise.all([readState(name), netnsOf(name)])
  const known = await Promise.all(Object.entries(state?.procs ?? {}).map(async ([id, proc]) => ({ id, pid: proc.pid, alive: await isAlive(proc) })))
  const processes = known.filter(({ id, alive }) => alive || !id.startsWith('pod.')) // a pod's server goes with its pod
  const spaces = state?.options.only === 'api' ? [] : nodeNames(state?.options ?? { nodes: 0 }).map((node) => nodeNetns(name, node))
  const whole = processes.every(({ alive }) => alive) && spaces.every((ns) => namespaces.includes(ns))
  const phase = !state ? 'down' : state.phase === 'starting' ? 'starting' : whole ? 'up' : 'broken'
  const server = state && serverOf(state.ports.api)
  return { name, phase, dir, kubeconfig: files(dir).kubeconfig, server, options: state?.options, processes, namespaces }
}

/** An interactive shell (`$SHELL`, else sh) on a node, `outside` or `central`: unmodified `ovs-vsctl show`, `ovn-nbctl show` work in it. Answers its exit code. */
export async function labShell(name: string, where: string, argv: readonly string[] = [process.env['SHELL'] || '/bin/sh']): Promise<number> {
  const state = await readState(name)
  if (!state) throw new OvngwError('NOT_FOUND', { what: `there is no lab ${name}`, hint: `ovngw lab up --name ${name}`, exit: 2 })
  const nodes = nodeNames(state.options)
  const places = [...nodes, 'central', 'outside']
  if (!places.includes(where)) throw new OvngwError('USAGE', { what: `no ${where} in lab ${name}`, hint: `one of ${places.join(', ')}` })
  const at = files(labDir(name))
  const netns = nodeNetns(name, where === 'central' ? (nodes[0] ?? 'node1') : where)
  const env = {
    ...process.env,
    KUBECONFIG: at.kubeconfig,
    PS1: `${name}:${where}# `,
    ...(where === 'outside' ? {} : ovsEnv(where === 'central' ? at.central : at.node(where))),
  }
  const child = spawn('ip', ['netns', 'exec', netns, ...argv], { stdio: 'inherit', env })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('close', (code) => resolve(code ?? 1))
  return promise
}
