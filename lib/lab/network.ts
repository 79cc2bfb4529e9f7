/** The lab's network: wires, OVN central, a switch a node, the outside host. */
import { startCentral } from './central.ts'
import { startEcho } from './echo.ts'
import { must, runnerAt, until } from './exec.ts'
import { ovsEnv, startOvs } from './ovs.ts'
import { files, nodeNetns } from './paths.ts'
import { type Lifted, readState } from './state.ts'
import type { Tools } from './tools.ts'
import { buildWires } from './wires.ts'

export async function buildNetwork(lab: Lifted, tools: Tools, signal: AbortSignal): Promise<void> {
  const built = (await readState(lab.name))?.procs['central.nb'] !== undefined
  if (!built) await buildWires(lab, tools)
  await Promise.all([
    startCentral(lab, tools, signal),
    startEcho(lab, { id: 'outside.echo', netns: nodeNetns(lab.name, 'outside') }),
    ...lab.nodes.map((node, i) => startOvs(lab, tools, node, i + 1, signal)),
  ])
  await until('the chassis and node ports', () => bound(lab, signal), { signal, everyMs: 60 })
}

/** True when every node's ovn0 is claimed by its chassis and its flows are in place. */
async function bound(lab: Lifted, signal: AbortSignal): Promise<true | undefined> {
  const runner = runnerAt({ where: 'ovn-central', env: ovsEnv(files(lab.dir).central) })
  const up = await must(['ovn-nbctl', '--timeout=5', '--bare', '--columns=name', 'find', 'Logical_Switch_Port', 'up=true'], { runner, signal })
  const names = new Set(up.split('\n'))
  return lab.nodes.every((node) => names.has(`node-${node}`)) ? true : undefined
}
