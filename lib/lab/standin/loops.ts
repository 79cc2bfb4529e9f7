/** The two kinds of loop of one life, and what they share. */
import { setTimeout as pause } from 'node:timers/promises'
import { Bell } from './bell.ts'
import type { LabNode } from './config.ts'
import { type Context, EXTERNAL_GW, words } from './context.ts'
import { type Controller, controller } from './controller.ts'
import { type OvsDoor, syncNode } from './daemon.ts'
import { Feed } from './feed.ts'
import { newer, type Status, type Versions } from './status.ts'

const RESYNC_MS = 1_000
const DAEMON_MS = 3_000
/** Changes that come together are dealt with together. */
const GATHER_MS = 3

export interface Loops {
  readonly control: Controller
  /** Watches, resyncs and daemons, until the signal aborts. Rejects when a watch ends with an error. */
  run(nodes: readonly { readonly node: LabNode; readonly door: OvsDoor }[]): Promise<void>
}

/** @param written versions of what the stand-in itself wrote, by resource */
export function loops(
  context: Context,
  written: Readonly<Record<string, string>>,
  { signal, generation, status }: { signal: AbortSignal; generation: number; status: (status: Status) => void },
): Loops {
  const { log, settings } = context
  const bell = new Bell()
  const bells: Bell[] = []
  const daemons: Record<string, Status['daemons'][string]> = {}
  let daemonsWanted = false
  let processed: Versions = {}
  const feed = new Feed(settings, (wanted) => {
    daemonsWanted ||= wanted
    bell.ring()
  })
  const control = controller(context, feed)
  /** The first resync is part of the start: before it nothing is known to be right. */
  let resynced = false
  const settled = (): boolean => resynced && Object.entries(written).every(([resource, version]) => !newer(version, processed[resource]))
  const report = (): void =>
    status({ pid: process.pid, profile: settings.profile.version, generation, settled: settled(), processed, retrying: control.retrying(), daemons })

  const pass = async (tick: boolean): Promise<void> => {
    const seen = { ...feed.seen }
    try {
      await control.pass(tick)
      processed = seen
      resynced ||= tick
    } catch (error) {
      if (!signal.aborted) log.error('controller.go:1579', `"Unhandled Error" err="${words(error)}"`)
    }
    report()
    // The real daemons look every three seconds, as a rule after the labels have followed the ConfigMap: a new NIC must not meet an old label.
    if (!daemonsWanted || !settled()) return
    daemonsWanted = false
    for (const b of bells) b.ring()
  }

  const controlling = async (): Promise<void> => {
    let next = performance.now()
    while (!signal.aborted) {
      await bell.wait(Math.max(0, next - performance.now()), signal)
      await pause(GATHER_MS)
      const tick = performance.now() >= next
      if (tick) next = performance.now() + RESYNC_MS
      if (!signal.aborted) await pass(tick)
    }
  }

  const turn = async (node: LabNode, door: OvsDoor): Promise<string | undefined> => {
    const object = feed.nodes.get(node.name)
    try {
      if (object) await syncNode(context, door, object.metadata.labels?.[EXTERNAL_GW])
      return undefined
    } catch (error) {
      if (!signal.aborted) log.error('gateway_linux.go:1470', `${node.name}: ${words(error)}`)
      return words(error)
    }
  }

  const daemon = async (node: LabNode, door: OvsDoor): Promise<void> => {
    const own = new Bell()
    bells.push(own)
    for (let n = 1; !signal.aborted; n++) {
      await own.wait(DAEMON_MS, signal)
      if (!settled()) await own.wait(RESYNC_MS, signal)
      if (signal.aborted) return
      const seen = { ...feed.seen }
      const error = await turn(node, door)
      daemons[node.name] = { turn: n, processed: seen, ...(error === undefined ? {} : { error }) }
      report()
    }
  }

  return {
    control,
    run: async (nodes) => {
      await Promise.all([feed.run(context.kube, signal), controlling(), ...nodes.map(({ node, door }) => daemon(node, door))])
    },
  }
}
