/**
 * The stand-in for Kube-OVN's external gateway part: one controller, one daemon a node. It lives one life until it is told that the
 * databases were rewritten under it (a restored snapshot), then another one with nothing remembered.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { OvngwError } from '../../kernel/errors.ts'
import type { Runner } from '../../proc/command.ts'
import type { LabFile, LabNode, Settings } from './config.ts'
import { type Context, type KubeDoor, words } from './context.ts'
import type { Controller } from './controller.ts'
import type { Log } from './log.ts'
import { loops } from './loops.ts'
import { nbClient, readChassis } from './nb.ts'
import { newer, type Status } from './status.ts'

/** Before trying again what the cluster does not answer yet. */
const PAUSE_MS = 250

export interface Parts {
  readonly kube: KubeDoor
  readonly lab: Pick<LabFile, 'nodes' | 'nbSocket' | 'sbSocket'>
  readonly settings: Settings
  /** Where commands run: on this machine, or in a node's network namespace. */
  readonly runner: (node?: LabNode) => Runner
  readonly log: Omit<Log, 'close'>
  readonly status: (status: Status) => void
}

export interface StandIn {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** The databases were rewritten: forget and look again, without what a start of the controller does. */
  startOver(): void
}

export function standIn(parts: Parts): StandIn {
  let life = new AbortController()
  let started = false
  let generation = 0
  return {
    startOver: () => life.abort(),
    run: async (signal) => {
      while (!signal.aborted) {
        life = new AbortController()
        generation += 1
        await live(parts, {
          signal: AbortSignal.any([signal, life.signal]),
          end: () => life.abort(),
          generation,
          first: !started,
          onStart: () => (started = true),
        })
      }
    },
  }
}

interface Life {
  readonly signal: AbortSignal
  readonly end: () => void
  readonly generation: number
  readonly first: boolean
  readonly onStart: () => void
}

async function live(parts: Parts, life: Life): Promise<void> {
  const { lab, log, status } = parts
  const written: Record<string, string> = {}
  const context = guard(parts, life.signal, written)
  const { control, run } = loops(context, written, { signal: life.signal, generation: life.generation, status })
  if (!(await begin(control, life, log))) return
  const nodes = lab.nodes.map((node) => ({ node, door: { runner: parts.runner(node), db: `unix:${node.ovsRundir}/db.sock`, links: node.netns !== undefined } }))
  try {
    await run(nodes)
  } catch (error) {
    if (life.signal.aborted) return
    log.error('reflector.go:150', `a watch ended: ${words(error)}`)
    await pause(PAUSE_MS, undefined, { signal: life.signal }).catch(() => undefined)
    life.end()
  }
}

/** What comes before the first pass, tried until it works or the life ends. */
async function begin(control: Controller, life: Life, log: Parts['log']): Promise<boolean> {
  while (!life.signal.aborted) {
    try {
      await (life.first ? control.start() : control.startOver())
      life.onStart()
      return true
    } catch (error) {
      if (life.signal.aborted) return false
      log.error('controller.go:1210', `waiting for the cluster: ${words(error)}`)
      await pause(PAUSE_MS, undefined, { signal: life.signal }).catch(() => undefined)
    }
  }
  return false
}

/** The doors of one life: nothing is written through them once it has ended, and versions of what was written are noted. */
function guard({ kube, lab, settings, runner, log }: Parts, signal: AbortSignal, written: Record<string, string>): Context {
  const alive = (): void => {
    if (signal.aborted) throw new OvngwError('CANCELLED', { what: 'the stand-in starts over' })
  }
  const client = nbClient(runner(), lab.nbSocket)
  return {
    settings,
    log,
    chassis: () => readChassis(runner(), lab.sbSocket),
    nb: {
      read: client.read,
      commit: (tx) => {
        alive()
        return client.commit(tx)
      },
    },
    kube: {
      find: (resource, ref, options) => kube.find(resource, ref, options),
      list: (resource, options) => kube.list(resource, options),
      watch: (resource, options) => kube.watch(resource, options),
      patch: async (resource, ref, patch, options) => {
        alive()
        const object = await kube.patch(resource, ref, patch, { ...options, signal })
        const version = object.metadata.resourceVersion
        if (newer(version, written[resource.plural])) written[resource.plural] = version ?? '0'
        return object
      },
    },
  }
}
