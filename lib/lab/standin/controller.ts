/** The controller's loop: what the feed says changed, once a second everything that is not right yet. One pass at a time, in the real one's order. */
import { type KubeObject, POD } from '../../kube/port.ts'
import { type Context, requeued, words } from './context.ts'
import type { Feed, Work } from './feed.ts'
import { type Memory, NOTHING, remembered, resync } from './gateway.ts'
import { startGc } from './gc.ts'
import { allocate } from './ipam.ts'
import * as p from './pod.ts'
import { forgetPods, routePods } from './pods.ts'
import { syncVpc } from './vpc.ts'

export interface Controller {
  /** What a start does before the first pass (R23, R31). */
  start(): Promise<void>
  /** What a restored snapshot asks for: forget everything, remember what is there, change nothing. */
  startOver(): Promise<void>
  /** One pass. `tick`: the once-a-second resync, which also tries again what failed. */
  pass(tick: boolean): Promise<void>
  /** What fails and is tried again. */
  retrying(): readonly string[]
}

export function controller(context: Context, feed: Feed): Controller {
  const { log, settings } = context
  let memory: Memory = { ...NOTHING }
  let vpcWanted = false
  const failed = new Set<string>()
  const released = new Set<string>()
  const pool = {
    released,
    *inUse() {
      for (const pod of feed.pods.values()) yield* p.annotation(pod, p.IP).split(',')
    },
  }

  const gone = async (pods: readonly KubeObject[]): Promise<void> => {
    for (const pod of pods) failed.delete(p.podKey(pod))
    for (const some of batches(pods)) await forgetPods(context, some, memory.enabled === 'true')
    for (const pod of pods) for (const ip of p.annotation(pod, p.IP).split(',')) released.add(ip)
  }

  const pods = async (keys: ReadonlySet<string>): Promise<void> => {
    const ours = [...keys].flatMap((key) => feed.pods.get(key) ?? []).filter(p.isOurs)
    for (const pod of ours) failed.delete(p.podKey(pod))
    const fresh = ours.filter((pod) => p.annotation(pod, p.ALLOCATED) !== 'true')
    for (const some of batches(fresh)) {
      for (const pod of some) failed.add(p.podKey(pod))
      for (const pod of await allocate(context, feed.subnets, some, pool)) {
        failed.delete(p.podKey(pod))
        feed.wrote(pod)
      }
    }
    const now = ours.flatMap((pod) => feed.pods.get(p.podKey(pod)) ?? [])
    const waiting = now.filter((pod) => p.annotation(pod, p.ALLOCATED) === 'true' && p.annotation(pod, p.ROUTED) !== 'true')
    for (const some of batches(waiting)) {
      const { routed, refused } = await routePods(context, feed.subnets, some, memory.type)
      for (const pod of routed) feed.wrote(pod)
      for (const pod of refused) failed.add(p.podKey(pod))
    }
  }

  const vpc = async (): Promise<void> => {
    if (!vpcWanted || !settings.profile.vpcSync || !feed.vpc) return
    try {
      await syncVpc(context, feed.vpc)
      vpcWanted = false
    } catch (error) {
      log.error('vpc.go:431', words(error))
      log.error('controller.go:1579', requeued(`add/update vpc \\"${settings.router}\\"`, error))
    }
  }

  /** Work of a pass that failed as a whole goes back, so that nothing seen is lost. */
  const putBack = (work: Work): void => {
    feed.work.gone.unshift(...work.gone)
    for (const key of work.pods) feed.work.pods.add(key)
    feed.work.gateway ||= work.gateway
  }

  return {
    start: async () => {
      await startGc(context, (await context.kube.list(POD)).items)
      vpcWanted = true
    },
    startOver: async () => {
      failed.clear()
      released.clear()
      memory = await remembered(context)
      // A sync of the VPC that could not be done for want of a next hop is still waiting after the restore.
      vpcWanted = memory.enabled === 'true' && memory.last?.['external-gw-addr'] === undefined
    },
    pass: async (tick) => {
      const work = feed.take()
      vpcWanted ||= work.vpc
      try {
        await gone(work.gone)
        work.gone = []
        if (tick || work.gateway) await resync(context, memory)
        if (tick || work.retry) for (const key of failed) work.pods.add(key)
        await pods(work.pods)
        work.pods.clear()
        // A change of the VPC made by this very pass arrives as an event of its own.
        if (tick || work.vpc || work.retry) await vpc()
      } catch (error) {
        putBack(work)
        throw error
      }
    },
    retrying: () => [...failed, ...(vpcWanted && settings.profile.vpcSync ? [`vpc ${settings.router}`] : [])],
  }
}

/** One transaction is one command line, which must not grow without bounds. */
const BATCH = 500

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH)
}
