/**
 * One run at a time on a cluster: a Lease that is renewed while the run works. Clocks of two machines are never compared: a holder
 * is gone when its renewTime has not changed for a whole duration of ours.
 */
import { isError, isTransport, OvngwError } from '../kernel/errors.ts'
import { DURATION_S, type Holder, held, holderOf, identity, lockedBy, MADE_BY, renewed, specOf } from './lease-object.ts'
import { type Kube, type KubeObject, LEASE } from './port.ts'

export interface Lease {
  /** Aborts (reason: OvngwError LOCKED) when the lock was lost: taken by someone, deleted, or not renewable in time. */
  readonly signal: AbortSignal
  /** Leaves the cluster as it was: deletes the object when ovngw made it, else puts back what it said. May reject; it expires anyway. */
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly namespace: string
  readonly name?: string
  readonly me: Holder
  /** True when that process is known to be gone (same host, pid dead): then a resume of the same run need not wait. */
  isDead(holder: Holder): boolean
  /** Ends waiting for an expired holder. */
  readonly signal: AbortSignal
  /** Told once when the lock is held and we watch whether its holder lives. */
  waiting?(text: string): void
  readonly clock?: LeaseClock
}

/** Time, for tests. `ticks` is monotonic, in milliseconds. */
export interface LeaseClock {
  date(): Date
  ticks(): number
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** Lost answers to our own writing of it after which we give up. */
const LOST = 3
const RENEW_MS = 5_000
const LOOK_MS = 1_000
/** We stop believing in our lock before others may take it. */
const TRUST_MS = (DURATION_S - 3) * 1_000

/** Takes the lock, or rejects with LOCKED naming the living holder. Takes it over from a holder that stopped renewing. */
export async function acquireLease(kube: Kube, options: LeaseOptions): Promise<Lease> {
  const clock = options.clock ?? realClock
  const ref = { name: options.name ?? 'ovngw', namespace: options.namespace }
  const watching: Watching = { renewTime: undefined, since: 0 }
  let lost = 0
  for (;;) {
    const started = clock.ticks()
    const current = await kube.find(LEASE, ref, { signal: options.signal })
    if (free(current, options) || expired(current, watching, started)) {
      const mine = await take(kube, current, held(current, ref, options.me, clock.date()), options.signal).catch((error: unknown) => {
        if (!isTransport(error) || ++lost > LOST) throw error
        return undefined // it may be ours by now
      })
      if (mine !== undefined) return keep(kube, mine, current, started, clock, options.me)
      continue // someone was faster, or the answer was lost: look again
    }
    if (watching.seen === 'changed') throw lockedBy(current)
    if (watching.since === started) options.waiting?.(`${lockedBy(current).why}: waiting up to ${DURATION_S} s for a sign of life`)
    await clock.pause(LOOK_MS, options.signal)
    if (options.signal.aborted) throw new OvngwError('CANCELLED', { what: 'cancelled', why: 'while waiting for the lock' })
  }
}

/** Nobody holds it, or this very run does whose process died on this host. */
function free(current: KubeObject | undefined, { me, isDead }: LeaseOptions): current is undefined {
  if (current === undefined) return true
  const { holderIdentity } = specOf(current)
  return holderIdentity === undefined || holderIdentity === '' || isOfRun(holderOf(holderIdentity), { me, isDead })
}

const isOfRun = (holder: Holder | undefined, { me, isDead }: Pick<LeaseOptions, 'me' | 'isDead'>): boolean =>
  holder !== undefined && holder.run === me.run && (identity(holder) === identity(me) || isDead(holder))

/** Gives back what is left of this run's lock: a dead process's, or one of ours whose answer was lost. Anybody else's is left alone. */
export async function dropLeft(kube: Kube, options: Omit<LeaseOptions, 'waiting' | 'clock'>): Promise<void> {
  const current = await kube.find(LEASE, { name: options.name ?? 'ovngw', namespace: options.namespace }, { signal: options.signal })
  const holder = current === undefined ? undefined : holderOf(specOf(current).holderIdentity ?? '')
  if (current !== undefined && holder !== undefined && isOfRun(holder, options)) await letGo(kube, current, current, holder)
}

interface Watching {
  renewTime: string | undefined
  holder?: string | undefined
  since: number
  seen?: 'changed'
}

/** True when what we watch has stood still for a whole duration; notes a sign of life. */
function expired(current: KubeObject, watching: Watching, now: number): boolean {
  const { renewTime, holderIdentity, leaseDurationSeconds = DURATION_S } = specOf(current)
  const first = watching.renewTime === undefined && watching.holder === undefined
  if (!first && renewTime === watching.renewTime && holderIdentity === watching.holder) return now - watching.since >= leaseDurationSeconds * 1_000
  if (!first) watching.seen = 'changed'
  watching.renewTime = renewTime
  watching.holder = holderIdentity
  watching.since = now
  return false
}

/** Writes it if nobody was faster. */
async function take(kube: Kube, current: KubeObject | undefined, wanted: KubeObject, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await (current === undefined ? kube.create(LEASE, wanted, { signal }) : kube.replace(LEASE, wanted, { signal }))
  } catch (error) {
    if (isError(error, 'CONFLICT', 'NOT_FOUND')) return undefined
    throw error
  }
}

/** Renews until released or lost. */
function keep(kube: Kube, first: KubeObject, before: KubeObject | undefined, since: number, clock: LeaseClock, me: Holder): Lease {
  const [lost, stopped] = [new AbortController(), new AbortController()]
  let [mine, trusted] = [first, since]
  const ref = { name: first.metadata.name, namespace: first.metadata.namespace }
  const lose = (why: string): void =>
    lost.abort(new OvngwError('LOCKED', { what: 'the lock was lost', why, hint: `kubectl -n ${ref.namespace} get lease ${ref.name} -o yaml` }))

  /** No call may hang beyond the moment from which we must not believe in the lock any more. */
  const timeLeft = (): number => Math.max(1, Math.min(RENEW_MS, TRUST_MS - (clock.ticks() - trusted)))
  const renew = async (): Promise<void> => {
    const started = clock.ticks()
    try {
      mine = await kube.replace(LEASE, renewed(mine, clock.date()), { timeoutMs: timeLeft() })
      trusted = started
    } catch (error) {
      if (!isError(error, 'CONFLICT', 'NOT_FOUND')) return // not answered: tried again until it cannot be trusted any more
      const now = await kube.find(LEASE, ref, { timeoutMs: timeLeft() })
      if (now === undefined) lose('its Lease was deleted')
      else if (specOf(now).holderIdentity !== identity(me)) lose(lockedBy(now).why ?? 'someone took it')
      else mine = now
    }
  }
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      await clock.pause(clock.ticks() - trusted < RENEW_MS ? RENEW_MS : LOOK_MS, stopped.signal)
      if (stopped.signal.aborted) return
      await renew().catch(() => undefined)
      if (clock.ticks() - trusted >= TRUST_MS) lose(`it could not be renewed for ${TRUST_MS / 1_000} s`)
    }
  }
  const renewing = loop()

  return {
    signal: lost.signal,
    release: async () => {
      stopped.abort()
      await renewing
      if (!lost.signal.aborted) await letGo(kube, mine, before, me)
    },
  }
}

async function letGo(kube: Kube, mine: KubeObject, before: KubeObject | undefined, me: Holder): Promise<void> {
  const { name, namespace, resourceVersion, annotations } = mine.metadata
  try {
    if (annotations?.[MADE_BY] !== undefined) await kube.delete(LEASE, { name, namespace }, resourceVersion === undefined ? {} : { resourceVersion })
    else await kube.replace(LEASE, { ...mine, spec: wasFree(before) })
  } catch (error) {
    if (!isError(error, 'CONFLICT', 'NOT_FOUND')) throw error
    const now = await kube.find(LEASE, { name, namespace })
    if (now !== undefined && specOf(now).holderIdentity === identity(me)) await letGo(kube, now, before, me)
  }
}

/** What the object said before we took it, without a holder that is dead. */
function wasFree(before: KubeObject | undefined): object {
  const { holderIdentity: _dead, ...rest } = before === undefined ? {} : specOf(before)
  return rest
}

const realClock: LeaseClock = {
  date: () => new Date(),
  ticks: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
      if (signal.aborted) done()
    }),
}
