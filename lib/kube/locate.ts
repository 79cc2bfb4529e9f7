/**
 * Where the tools are: ovn-nbctl and ovn-sbctl in the pod of the database's leader, a node's OVS in the node's OVS pod, found the way
 * `kubectl ko` does (reality.md, "Reaching the pieces"). Leader labels lag elections, so zero or two leaders is normal for seconds.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { asError, isError, OvngwError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, type RunOptions, show } from '../proc/command.ts'
import { Found } from './found.ts'
import type { Kube, KubeObject, ListOptions } from './port.ts'
import { POD } from './port.ts'

export interface LocateOptions {
  /** How long a read, and the search before a write, goes on over elections and restarts. Default 45 000. */
  readonly deadlineMs?: number
  /** Pause between two looks. Default 300. */
  readonly retryMs?: number
}

/** What to look for. */
interface Place {
  /** For messages: `the leader of the northbound database`. */
  readonly what: string
  readonly select: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>
  readonly container: string
  /** A database's leader, which others may become. */
  readonly leads?: true
}

/** ovn-nbctl at the leader of the northbound database. */
export const nbRunner = (kube: Kube, namespace: string, options?: LocateOptions): Runner =>
  located(
    kube,
    { what: 'the leader of the northbound database', select: { namespace, labelSelector: 'ovn-nb-leader=true' }, container: 'ovn-central', leads: true },
    options,
  )

/** ovn-sbctl at the leader of the southbound database. */
export const sbRunner = (kube: Kube, namespace: string, options?: LocateOptions): Runner =>
  located(
    kube,
    { what: 'the leader of the southbound database', select: { namespace, labelSelector: 'ovn-sb-leader=true' }, container: 'ovn-central', leads: true },
    options,
  )

/** ovs-vsctl, ip, ethtool, arping in the OVS pod of one node. */
export const ovsRunner = (kube: Kube, namespace: string, node: string, options?: LocateOptions): Runner =>
  located(
    kube,
    { what: `the OVS pod of ${node}`, select: { namespace, labelSelector: 'app=ovs', fieldSelector: `spec.nodeName=${node}` }, container: 'openvswitch' },
    options,
  )

/**
 * ovn-nbctl ends like this at a server that leads no more: in words where it may try others, with an empty reason where it has that one
 * socket. (Empty, too, where the server does not have the database: that is told after the deadline.)
 */
const NOT_LEADER = /not cluster leader|is not leader|not allowed when server is not leader|database connection failed \(\)/i

/** Attempts at a tool that could not be started: it may be the wrong pod, but a missing program stays missing. */
const START_TRIES = 3

/**
 * A Runner that finds its pod when first used, keeps it, and looks again when it is gone or leads no more. Reads are tried again until
 * the deadline. A write goes out once: unless it certainly did not run, a lost answer rejects with NOT_RUN, and the caller reads back.
 */
function located(kube: Kube, place: Place, { deadlineMs = 45_000, retryMs = 300 }: LocateOptions = {}): Runner {
  const found = new Found<Runner>()
  const run = async (command: Command, options: RunOptions = {}): Promise<Output> => {
    const deadline = Date.now() + deadlineMs
    for (let tries = 1; ; tries++) {
      const tried = await attempt(command, options)
      if ('output' in tried) return tried.output
      found.forget()
      const wait = tried.again && Date.now() < deadline && (tries < START_TRIES || !isError(tried.error, 'NOT_RUN'))
      if (!wait) throw tried.error
      await pause(retryMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => Promise.reject(cancelled(place, options)))
    }
  }
  const attempt = async (command: Command, options: RunOptions): Promise<Tried> => {
    let runner: Runner
    try {
      runner = await found.get(() => find(kube, place, options))
    } catch (error) {
      // Nothing was sent yet, so a write may look again too.
      return { error: asError(error), again: isError(error, 'NOT_FOUND', 'AMBIGUOUS', 'UNREACHABLE', 'TIMED_OUT') }
    }
    try {
      const output = await runner.run(command, options)
      return place.leads === true && output.code !== 0 && NOT_LEADER.test(output.stderr) ? lost(place, command, notLeader(place, runner, output)) : { output }
    } catch (error) {
      // The pod is gone: the request was refused before anything ran.
      if (isError(error, 'NOT_FOUND')) return { error, again: true }
      return isError(error, 'UNREACHABLE', 'NOT_RUN', 'TIMED_OUT') ? lost(place, command, error) : Promise.reject(error)
    }
  }
  return {
    get where() {
      return found.kept === undefined ? place.what : `${place.what} (${found.kept.where})`
    },
    run,
  }
}

type Tried = { readonly output: Output } | { readonly error: OvngwError; readonly again: boolean }

function lost(place: Place, command: Command, error: OvngwError): Tried {
  if (command.effect === 'read') return { error, again: true }
  const what = `the answer to a change at ${place.what} was lost`
  const why = `${error.message}; it is not known whether \`${show(command).slice(0, 200)}\` took effect`
  return { error: new OvngwError('NOT_RUN', { what, why, hint: 'the state is read back before anything is tried again', cause: error }), again: false }
}

const notLeader = (place: Place, at: Runner, { stderr }: Output): OvngwError =>
  new OvngwError('UNREACHABLE', {
    what: `${at.where} is not ${place.what}`,
    why: stderr.trim().slice(-300),
    hint: 'an election is going on, or the leader label is wrong',
  })

async function find(kube: Kube, { what, select, container }: Place, { signal }: RunOptions): Promise<Runner> {
  const { items } = await kube.list(POD, { ...select, signal })
  const alive = items.filter((p) => p.metadata.deletionTimestamp === undefined && phaseOf(p) === 'Running')
  const [pod, ...more] = alive
  const selector = [select.labelSelector, select.fieldSelector].filter((s) => s !== undefined).join(', ')
  if (pod === undefined) {
    const why = `no running pod with ${selector} in namespace ${select.namespace}`
    throw new OvngwError('NOT_FOUND', { what: `cannot find ${what}`, why, hint: `kubectl -n ${select.namespace} get pods -l ${select.labelSelector} -o wide` })
  }
  if (more.length > 0) {
    const why = `${alive.length} pods have ${selector}: ${alive.map((p) => p.metadata.name).join(', ')}`
    throw new OvngwError('AMBIGUOUS', { what: `cannot tell which is ${what}`, why, hint: 'an election that does not end: look at the logs of ovn-central' })
  }
  return kube.exec({ namespace: pod.metadata.namespace ?? select.namespace ?? '', pod: pod.metadata.name, container })
}

const phaseOf = (pod: KubeObject): string | undefined => (pod['status'] as { readonly phase?: string } | undefined)?.phase

const cancelled = (place: Place, { signal }: RunOptions): OvngwError =>
  new OvngwError('CANCELLED', { what: `stopped while looking for ${place.what}`, cause: signal?.reason })
