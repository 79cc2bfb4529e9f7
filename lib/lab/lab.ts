/** A lab that is up, as tests and commands use it. */
import { readdir } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import type { Runner } from '../proc/command.ts'
import { openApi } from './api.ts'
import { makeUser, type User, writeKubeconfig } from './certs.ts'
import { replaceControllerPod } from './cluster.ts'
import { runnerAt } from './exec.ts'
import { ovsEnv } from './ovs.ts'
import { files, labDir, nodeNetns, podNetns, ROOT, serverOf } from './paths.ts'
import { addPod, attachedPods, attachPod, deletePod, type LabPod, type PodSpec } from './pods.ts'
import { restartStandin } from './restart.ts'
import { type LabSnapshot, restore, snapshot } from './snapshot.ts'
import { type LabOptions, lift, readState } from './state.ts'
import { findTools, type Tools } from './tools.ts'

export interface Lab {
  readonly name: string
  /** /run/ovngw-lab/NAME */
  readonly dir: string
  readonly options: LabOptions
  /** Of the admin; its context is the lab's name. */
  readonly kubeconfig: string
  readonly server: string
  readonly nodes: readonly string[]
  /** One JSON object a line: verb, user, resource, code of every request. */
  readonly auditLog: string
  /** Network namespace of the outside host, 172.56.0.1. */
  readonly outside: string
  /** Network namespace of a node. */
  netns(node: string): string
  /** Runs inside a node's namespace, with OVS_RUNDIR and OVN_RUNDIR set. */
  nodeRunner(node: string): Runner
  /** ovn-nbctl, ovn-sbctl and friends, without any flag. */
  centralRunner(): Runner
  outsideRunner(): Runner
  podRunner(namespace: string, pod: string): Runner
  /** Path of a kubeconfig with a client certificate for this user, for tests of rights. */
  userKubeconfig(user: string, groups?: readonly string[]): Promise<string>
  /** Makes the pod and attaches it as soon as the stand-in gave it an address. */
  addPod(spec: PodSpec): Promise<LabPod>
  /** The CNI's work for a pod somebody else made. */
  attachPod(namespace: string, name: string): Promise<LabPod>
  deletePod(namespace: string, name: string): Promise<void>
  pods(): Promise<LabPod[]>
  snapshot(): Promise<LabSnapshot>
  restore(saved: LabSnapshot): Promise<void>
  /** As `kubectl rollout restart`: a new pod, and the stand-in starts again with what a start does to the network (R31). */
  restartController(): Promise<void>
  /** Ends the connections of this object; the lab stays up. */
  close(): void
}

/** The lab `name`. Rejects with NOT_FOUND when it is not up. */
export async function openLab(name: string): Promise<Lab> {
  const state = await readState(name)
  if (!state) throw new OvngwError('NOT_FOUND', { what: `there is no lab ${name}`, hint: `ovngw lab up --name ${name}`, exit: 2 })
  const at = files(labDir(name))
  const lab = lift(state.options, state.ports)
  const [api, tools] = await Promise.all([openApi(serverOf(state.ports.api), at.certs), findTools()])
  const host = { lab, api, tools }
  return {
    name,
    dir: lab.dir,
    options: state.options,
    kubeconfig: at.kubeconfig,
    server: api.server,
    nodes: lab.nodes,
    auditLog: at.audit,
    outside: nodeNetns(name, 'outside'),
    netns: (node) => nodeNetns(name, known(lab.nodes, node)),
    ...runners(name, lab.nodes, tools),
    userKubeconfig: async (user, groups = []) => {
      const path = `${lab.dir}/kubeconfig-${user}`
      await makeUser(at.certs, { name: user, groups } satisfies User)
      await writeKubeconfig(path, { certs: at.certs, server: api.server, context: name, user })
      return path
    },
    addPod: (spec) => addPod(host, spec),
    attachPod: (namespace, pod) => attachPod(host, namespace, pod),
    deletePod: (namespace, pod) => deletePod(host, namespace, pod),
    pods: () => attachedPods(host),
    snapshot: () => snapshot(host),
    restore: (saved) => restore(host, saved),
    restartController: () => Promise.all([restartStandin(lab, () => undefined), replaceControllerPod(lab, api)]).then(() => undefined),
    close: () => api.close(),
  }
}

const known = (nodes: readonly string[], node: string): string => {
  if (nodes.includes(node)) return node
  throw new OvngwError('USAGE', { what: `no node ${node} in this lab`, hint: `one of ${nodes.join(', ')}` })
}

function runners(name: string, nodes: readonly string[], tools: Tools): Pick<Lab, 'nodeRunner' | 'centralRunner' | 'outsideRunner' | 'podRunner'> {
  const at = files(labDir(name))
  const enter = (netns: string): string[] => [tools.get('ip') ?? 'ip', 'netns', 'exec', netns]
  // The mark makes `lab down` find what is still running in there.
  const place = (where: string, netns: string, rundir?: string): Runner =>
    runnerAt({ where, prefix: enter(netns), env: { OVNGW_LAB: name, ...(rundir === undefined ? {} : ovsEnv(rundir)) } })
  return {
    nodeRunner: (node) => place(`lab node ${node}`, nodeNetns(name, known(nodes, node)), at.node(node)),
    centralRunner: () => place('lab ovn-central', nodeNetns(name, nodes[0] ?? 'node1'), at.central),
    outsideRunner: () => place('lab outside host', nodeNetns(name, 'outside')),
    podRunner: (namespace, pod) => place(`lab pod ${namespace}/${pod}`, podNetns(name, namespace, pod)),
  }
}

/** Names of all labs on this machine. */
export const listLabs = async (): Promise<string[]> => (await readdir(ROOT).catch((): string[] => [])).sort()
