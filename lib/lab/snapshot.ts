/** A lab's whole state put back in about a second, so that every test starts from the same cluster. */

import { type Keys, readKeys, restoreKeys } from './etcd.ts'
import { must, runnerAt } from './exec.ts'
import { addresses, ovsEnv } from './ovs.ts'
import { NORTHBOUND, type Rows, readRows, restoreRows, type Scope, SWITCH, SWITCH_VOLATILE } from './ovsdb.ts'
import { files, nodeNetns } from './paths.ts'
import { attachedPods, type Host, type LabPod, plug, serve, servedPort, unplug } from './pods.ts'
import { pauseStandin } from './restart.ts'
import type { Lifted } from './state.ts'

interface SavedPod extends LabPod {
  /** Port of its own server. */
  readonly port: number | undefined
}

export interface LabSnapshot {
  readonly keys: Keys
  readonly northbound: Rows
  /** One a node, in the lab's order. */
  readonly switches: readonly Rows[]
  readonly pods: readonly SavedPod[]
}

export const northbound = (lab: Lifted): Scope => ({ socket: `${files(lab.dir).central}/ovnnb_db.sock`, database: 'OVN_Northbound', tables: NORTHBOUND })
export const switchOf = (lab: Lifted, node: string): Scope => ({
  socket: `${files(lab.dir).node(node)}/db.sock`,
  database: 'Open_vSwitch',
  tables: SWITCH,
  volatileIds: SWITCH_VOLATILE,
})

export async function snapshot(host: Host): Promise<LabSnapshot> {
  const { lab } = host
  const [keys, nb, switches, pods] = await Promise.all([
    readKeys(lab.ports.etcd),
    readRows(northbound(lab)),
    Promise.all(lab.nodes.map((node) => readRows(switchOf(lab, node)))),
    attachedPods(host),
  ])
  return { keys, northbound: nb, switches, pods: await Promise.all(pods.map(async (pod) => ({ ...pod, port: await servedPort(host, pod) }))) }
}

/**
 * API objects, Northbound, every node's bridges and the pods' namespaces as they were. What was learned since (ARP, conntrack, MAC
 * bindings) is forgotten. The stand-in stands still meanwhile and begins anew after, without the clean-up of a real restart.
 */
export async function restore(host: Host, saved: LabSnapshot): Promise<void> {
  const { lab } = host
  const resume = await pauseStandin(lab)
  try {
    const same = (a: LabPod) => (b: LabPod) => a.netns === b.netns && a.ip === b.ip && a.mac === b.mac && a.node === b.node
    const now = await attachedPods(host)
    await Promise.all(now.filter((pod) => !saved.pods.some(same(pod))).map((pod) => unplug(host, pod)))
    await Promise.all([restoreKeys(lab.ports.etcd, saved.keys), restoreRows(northbound(lab), saved.northbound)])
    const missing = saved.pods.filter((pod) => !now.some(same(pod)))
    await Promise.all(
      missing.map(async (pod) => {
        await plug(host, pod)
        if (pod.port !== undefined) await serve(host, pod, pod.port)
      }),
    )
    await Promise.all(lab.nodes.map((node, i) => restoreSwitch(host, node, i + 1, saved.switches[i] ?? {})))
    await forget(host)
  } finally {
    await resume()
  }
}

async function restoreSwitch({ lab, tools }: Host, node: string, i: number, rows: Rows): Promise<void> {
  const touched = await restoreRows(switchOf(lab, node), rows)
  if (touched === 0) return
  await addresses(nodeNetns(lab.name, node), tools, i) // br-phy may have been deleted and made again (R10)
}

async function forget({ lab }: Host): Promise<void> {
  const central = runnerAt({ where: 'ovn-central', env: ovsEnv(files(lab.dir).central) })
  await Promise.all([
    must(['ovn-sbctl', '--timeout=5', '--all', 'destroy', 'MAC_Binding', '--', '--all', 'destroy', 'FDB'], { runner: central }),
    ...[...lab.nodes, 'outside'].map((node) => must(['ip', '-n', nodeNetns(lab.name, node), 'neigh', 'flush', 'all'])),
    ...lab.nodes.map((node) =>
      must(['ovs-appctl', '-t', 'ovs-vswitchd', 'dpctl/flush-conntrack'], { runner: runnerAt({ where: node, env: ovsEnv(files(lab.dir).node(node)) }) }),
    ),
  ])
  await must(['ovn-nbctl', '--timeout=10', '--wait=hv', 'sync'], { runner: central })
}
