/**
 * The stand-in for Kube-OVN's external gateway part: one controller, one daemon a node. It lives one life until it is told that the
 * databases were rewritten under it (a restored snapshot), then another one with nothing remembered.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { OvngwError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kube/port.ts'
import type { Runner } from '../../proc/command.ts'
import { Bell } from './bell.ts'
import type { LabFile, LabNode, Settings } from './config.ts'
import { type Context, EXTERNAL_GW, type KubeDoor, words } from './context.ts'
import { controller } from './controller.ts'
import { syncNode } from './daemon.ts'
import { Feed } from './feed.ts'
import type { Log } from './log.ts'
import { nbClient, readChassis } from './nb.ts'
import { newer, type Status, type Versions } from './status.ts'

const RESYNC_MS = 1_000
const DAEMON_MS = 3_000
/** Changes that come together are dealt with together. */
const GATHER_MS = 3

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
  const { settings, log } = parts
  const written: Record<string, string> = {}
  const context = guard(parts, life.signal, written)
  const bell = new Bell()
  const bells = new Map(parts.lab.nodes.map((node) => [node.name, new Bell()]))
  const feed = new Feed(settings, (nodes) => {
    bell.ring()
    if (nodes) for (const b of bells.values()) b.ring()
  })
  const control = controller(context, feed)
  const daemons: Record<string, Status['daemons'][string]> = {}
  let processed: Versions = {}
  const report = (): void => {
    const settled = Object.entries(written).every(([resource, version]) => !newer(version, processed[resource]))
    parts.status({
      pid: process.pid,
      profile: settings.profile.version,
      generation: life.generation,
      settled,
      processed,
      retrying: control.retrying(),
      daemons,
    })
  }
  if (!(await begin(control, life, log))) return
  const watching = feed.run(context.kube, life.signal).catch((error: unknown) => {
    if (life.signal.aborted) return
    log.error('reflector.go:150', `a watch ended: ${words(error)}`)
    return pause(RESYNC_MS, undefined, { signal: life.signal }).then(life.end, () => undefined)
  })
  const controlling = async (): Promise<void> => {
    let next = performance.now() + RESYNC_MS
    while (!life.signal.aborted) {
      await bell.wait(Math.max(0, next - performance.now()), life.signal)
      await pause(GATHER_MS)
      if (life.signal.aborted) return
      const tick = performance.now() >= next
      if (tick) next = performance.now() + RESYNC_MS
      const seen = { ...feed.seen }
      try {
        await control.pass(tick)
        processed = seen
      } catch (error) {
        if (!life.signal.aborted) log.error('controller.go:1579', `"Unhandled Error" err="${words(error)}"`)
      }
      report()
    }
  }
  const daemon = async (node: LabNode): Promise<void> => {
    const door = { runner: parts.runner(node), db: `unix:${node.ovsRundir}/db.sock`, links: node.netns !== undefined }
    for (let turn = 1; !life.signal.aborted; turn++) {
      const seen = { ...feed.seen }
      const object: KubeObject | undefined = feed.nodes.get(node.name)
      let error: string | undefined
      try {
        if (object) await syncNode(context, door, object.metadata.labels?.[EXTERNAL_GW])
      } catch (thrown) {
        if (life.signal.aborted) return
        error = words(thrown)
        log.error('gateway_linux.go:1470', `${node.name}: ${error}`)
      }
      daemons[node.name] = { turn, processed: seen, ...(error === undefined ? {} : { error }) }
      report()
      await bells.get(node.name)?.wait(DAEMON_MS, life.signal)
    }
  }
  await Promise.all([watching, controlling(), ...parts.lab.nodes.map(daemon)])
}

/** What comes before the first pass, tried until it works or the life ends. */
async function begin(control: ReturnType<typeof controller>, life: Life, log: Parts['log']): Promise<boolean> {
  while (!life.signal.aborted) {
    try {
      await (life.first ? control.start() : control.startOver())
      life.onStart()
      return true
    } catch (error) {
      if (life.signal.aborted) return false
      log.error('controller.go:1210', `waiting for the cluster: ${words(error)}`)
      await pause(250, undefined, { signal: life.signal }).catch(() => undefined)
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
