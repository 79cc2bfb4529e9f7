/** `lab up`: the two halves, Kubernetes and network, side by side; whatever runs already is left alone, so it also heals a broken lab. */
import { mkdir } from 'node:fs/promises'
import { isError, OvngwError } from '../kernel/errors.ts'
import { canonical } from '../kernel/json.ts'
import { openApi } from './api.ts'
import { type Binaries, ensureBinaries, type Say } from './binaries.ts'
import { makeCerts, writeKubeconfig } from './certs.ts'
import { buildCluster } from './cluster.ts'
import { freePorts, startApiServer, startEtcd } from './controlplane.ts'
import { takeAway } from './down.ts'
import { startKwok } from './kwok.ts'
import { type Lab, openLab } from './lab.ts'
import { lock } from './lock.ts'
import { buildNetwork } from './network.ts'
import { chassisOf, controllerArgs } from './objects.ts'
import { files, labDir, nodeNetns, serverOf } from './paths.ts'
import { startStandin } from './restart.ts'
import { netnsOf } from './spaces.ts'
import { type LabOptions, type LabState, type Lifted, lift, nodeNames, PROFILES, readState, writeJson } from './state.ts'
import { findTools, type Tools, writeDispatchers } from './tools.ts'

/** Options with defaults, or USAGE. */
export function labOptions(given: Partial<LabOptions>): LabOptions {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<LabOptions>
  const options: LabOptions = { name: 'lab', nodes: 2, profile: 'v1.16.2', controllerArgs: [], only: 'all', ...set }
  labDir(options.name)
  if (!Number.isInteger(options.nodes) || options.nodes < 1 || options.nodes > 9)
    throw new OvngwError('USAGE', { what: `a lab has 1 to 9 nodes, not ${options.nodes}` })
  if (!PROFILES.includes(options.profile)) throw new OvngwError('USAGE', { what: `no such profile: ${options.profile}`, hint: `one of ${PROFILES.join(', ')}` })
  return options
}

/**
 * Makes the lab `given.name`, or starts what is missing of it. Answers quickly when everything runs. When it fails or is cancelled, a
 * lab that did not exist before is taken away again.
 */
export async function labUp(given: Partial<LabOptions>, say: Say, signal: AbortSignal = new AbortController().signal): Promise<Lab> {
  const options = labOptions(given)
  const began = performance.now()
  const [binaries, tools] = [await ensureBinaries(say, signal), await findTools()]
  const unlock = await lock(options.name)
  let known: LabState | undefined
  try {
    known = await knownState(given, options.name)
    const lab = lift(known?.options ?? options, known?.ports ?? (await freePorts()))
    const started = await raise(lab, { binaries, tools, say, signal, complete: known !== undefined })
    await lab.save('up')
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    if (known === undefined) say(`lab ${lab.name} is up after ${seconds} s: KUBECONFIG=${files(lab.dir).kubeconfig}`)
    else say(started.length === 0 ? `lab ${lab.name} is up already` : `lab ${lab.name} is up again: started ${started.join(', ')}`)
    return await openLab(lab.name)
  } catch (error) {
    // A lab somebody was using is not thrown away because a repair failed.
    if (known === undefined && !isError(error, 'USAGE')) {
      say(`lab ${options.name} did not come up, taking it away`)
      await takeAway(options.name, () => undefined)
    }
    throw error
  } finally {
    await unlock()
  }
}

/** State of a lab that was up once. What a killed `up` left is taken away first. */
async function knownState(given: Partial<LabOptions>, name: string): Promise<LabState | undefined> {
  const state = await readState(name)
  if (state === undefined) return undefined
  if (state.phase === 'starting') {
    await takeAway(name, () => undefined)
    await mkdir(labDir(name), { recursive: true, mode: 0o700 })
    return undefined
  }
  const hint = `ovngw lab down --name ${name}`
  const other = (Object.keys(given) as (keyof LabOptions)[]).filter(
    (key) => given[key] !== undefined && canonical(given[key]) !== canonical(state.options[key]),
  )
  if (other.length > 0) throw new OvngwError('USAGE', { what: `lab ${name} is up with another ${other.join(', ')}`, why: JSON.stringify(state.options), hint })
  const spaces = await netnsOf(name)
  const gone =
    state.options.only === 'api' ? [] : ['wire', 'outside', ...nodeNames(state.options)].map((n) => nodeNetns(name, n)).filter((n) => !spaces.includes(n))
  if (gone.length > 0) throw new OvngwError('USAGE', { what: `lab ${name} has lost its namespaces`, why: `gone: ${gone.join(', ')}`, hint, exit: 3 })
  return state
}

interface Raise {
  readonly binaries: Binaries
  readonly tools: Tools
  readonly say: Say
  readonly signal: AbortSignal
  /** It was up once: objects and links are there, only processes can be missing. */
  readonly complete: boolean
}

/** Answers which daemons it had to start. */
async function raise(target: Lifted, { binaries, tools, say, signal: outer, complete }: Raise): Promise<readonly string[]> {
  const at = files(target.dir)
  const began = performance.now()
  const lap = (what: string): void => say(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${what}`)
  const started: string[] = []
  const lab: Lifted = {
    ...target,
    daemon: async (spec) => {
      const known = (await readState(target.name))?.procs[spec.id]
      const proc = await target.daemon(spec)
      if (known?.start !== proc.start) started.push(spec.id)
      return proc
    },
  }
  // One half that fails ends the other at once.
  const failed = new AbortController()
  const signal = AbortSignal.any([outer, failed.signal])
  const orFail = <T>(half: Promise<T>): Promise<T> =>
    half.catch((error: unknown) => {
      failed.abort()
      throw error
    })
  await mkdir(at.logs, { recursive: true })
  if (!complete) await lab.save('starting')
  await writeLabJson(lab)
  const kubernetes = async (): Promise<void> => {
    if (!complete) await Promise.all([makeCerts(at.certs, signal), writeDispatchers(lab.dir, tools), startEtcd(lab, binaries, signal)])
    else await startEtcd(lab, binaries, signal)
    const server = serverOf(lab.ports.api)
    if (!complete) await writeKubeconfig(at.kubeconfig, { certs: at.certs, server, context: lab.name, user: 'admin' })
    const api = await openApi(server, at.certs)
    try {
      await startApiServer(lab, binaries, api, signal)
      if (!complete) {
        lap('kube-apiserver answers')
        await buildCluster(lab, api, signal, () => startKwok(lab, binaries, signal))
        lap('nodes, CRDs and system pods are there')
      } else await startKwok(lab, binaries, signal)
    } finally {
      api.close()
    }
  }
  const network = async (): Promise<void> => {
    if (lab.options.only === 'api') return
    await buildNetwork(lab, tools, signal)
    if (!complete) lap('OVN, OVS and the wires are there')
  }
  const halves = await Promise.allSettled([orFail(kubernetes()), orFail(network())])
  const errors = halves.filter((h) => h.status === 'rejected').map((h) => h.reason as unknown)
  const [error] = [...errors.filter((e) => !(e instanceof OvngwError && e.code === 'CANCELLED')), ...errors]
  if (error !== undefined) throw error
  await startStandin(lab, say, signal)
  return started
}

/** What the stand-in for Kube-OVN's controller reads. */
async function writeLabJson(lab: Lifted): Promise<void> {
  const at = files(lab.dir)
  await writeJson(at.lab, {
    name: lab.name,
    dir: lab.dir,
    kubeconfig: at.kubeconfig,
    profile: lab.options.profile,
    nodes: nodeNames(lab.options).map((name) => ({ name, netns: nodeNetns(lab.name, name), ovsRundir: at.node(name), chassis: chassisOf(name) })),
    outside: nodeNetns(lab.name, 'outside'),
    nbSocket: `${at.central}/ovnnb_db.sock`,
    sbSocket: `${at.central}/ovnsb_db.sock`,
    controllerArgs: controllerArgs(lab.options),
  })
}
