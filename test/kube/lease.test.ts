import { describe, expect, it } from 'vitest'
import { type ErrorCode, OvngwError } from '../../lib/kernel/errors.ts'
import { acquireLease, type Lease, type LeaseClock, type LeaseOptions } from '../../lib/kube/lease.ts'
import { type Holder, holderOf, identity, microTime, specOf } from '../../lib/kube/lease-object.ts'
import { type Kube, type KubeObject, LEASE } from '../../lib/kube/port.ts'

/** An API server that knows one Lease, with resourceVersion conflicts as the real one has. */
class Server {
  lease: KubeObject | undefined
  version = 0
  /** Thrown by every call while set. */
  down: OvngwError | undefined
  readonly calls: string[] = []

  store(object: KubeObject): KubeObject {
    this.lease = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(++this.version) } })
    return structuredClone(this.lease)
  }

  #say(verb: string): void {
    this.calls.push(verb)
    if (this.down !== undefined) throw this.down
  }

  #mine(version: string | undefined): void {
    if (this.lease === undefined) throw new OvngwError('NOT_FOUND', { what: 'gone' })
    if (version !== undefined && version !== this.lease.metadata.resourceVersion) throw new OvngwError('CONFLICT', { what: 'changed' })
  }

  readonly kube = new Proxy({} as Kube, {
    get: (_t, verb: string) => {
      const verbs: Partial<Kube> = {
        find: async (resource, ref) => {
          this.#say('find')
          expect([resource, ref]).toEqual([LEASE, { name: 'ovngw', namespace: 'kube-system' }])
          return structuredClone(this.lease)
        },
        create: async (_r, object) => {
          this.#say('create')
          if (this.lease !== undefined) throw new OvngwError('CONFLICT', { what: 'already there' })
          return this.store(object)
        },
        replace: async (_r, object) => {
          this.#say('replace')
          this.#mine(object.metadata.resourceVersion ?? 'none')
          return this.store(object)
        },
        delete: async (_r, _ref, options) => {
          this.#say('delete')
          this.#mine(options?.resourceVersion)
          this.lease = undefined
        },
      }
      const found = verbs[verb as keyof Kube]
      if (found === undefined) throw new Error(`the lock is not expected to call ${verb}`)
      return found
    },
  })
}

/** Time that moves when somebody waits; `during` runs after each whole second of waiting. */
class Clock implements LeaseClock {
  now = 1_000
  during: ((second: number) => void) | undefined
  waits = 0
  date(): Date {
    return new Date(Date.UTC(2026, 10, 22, 10, 0, 0) + this.now)
  }
  ticks(): number {
    return this.now
  }
  /** A renewing holder stands still until `run` lets time pass. */
  #sleepers: { until: number; wake: () => void }[] = []
  pause(ms: number, signal: AbortSignal): Promise<void> {
    this.waits++
    return new Promise((resolve) => {
      this.#sleepers.push({ until: this.now + ms, wake: resolve })
      signal.addEventListener('abort', () => resolve())
      if (signal.aborted) resolve()
    })
  }
  async run(seconds: number): Promise<void> {
    for (let s = 1; s <= seconds; s++) {
      this.now += 1_000
      this.during?.(s)
      const due = this.#sleepers.filter((x) => x.until <= this.now)
      this.#sleepers = this.#sleepers.filter((x) => x.until > this.now)
      for (const x of due) x.wake()
      await new Promise((r) => setImmediate(r))
    }
  }
}

const me: Holder = { run: '2026-install', by: 'me@here', pid: 7, start: 99 }
const other: Holder = { run: '2026-other', by: 'you@there', pid: 8 }

function scene(more: Partial<LeaseOptions> = {}) {
  const [server, clock, said] = [new Server(), new Clock(), [] as string[]]
  const acquire = (): Promise<Lease> =>
    acquireLease(server.kube, {
      namespace: 'kube-system',
      me,
      isDead: () => false,
      signal: new AbortController().signal,
      waiting: (t) => said.push(t),
      clock,
      ...more,
    })
  const heldBy = (holder: Holder, extra: object = {}): KubeObject =>
    server.store({
      metadata: { name: 'ovngw', namespace: 'kube-system' },
      spec: {
        holderIdentity: identity(holder),
        leaseDurationSeconds: 15,
        acquireTime: '2020-01-01T00:00:00.000000Z',
        renewTime: '2020-01-01T00:00:00.000000Z',
        ...extra,
      },
    })
  const holder = (): string | undefined => (server.lease === undefined ? undefined : specOf(server.lease).holderIdentity)
  return { server, clock, said, acquire, heldBy, holder }
}

const failure = async (run: Promise<unknown>): Promise<OvngwError> => {
  const e = await run.then(
    () => undefined,
    (x: unknown) => x,
  )
  if (e instanceof OvngwError) return e
  throw new Error(`no OvngwError: ${String(e)}`)
}

describe('taking the lock', () => {
  it('makes the Lease, and releasing leaves none', async () => {
    const { server, acquire } = scene()
    const lease = await acquire()
    expect(server.lease).toMatchObject({
      kind: 'Lease',
      metadata: { name: 'ovngw', namespace: 'kube-system' },
      spec: { holderIdentity: '2026-install/me@here/7.99', leaseDurationSeconds: 15, leaseTransitions: 0, renewTime: '2026-11-22T10:00:01.000000Z' },
    })
    await lease.release()
    expect(server.lease).toBeUndefined()
    expect(server.calls).toEqual(['find', 'create', 'delete'])
    expect(lease.signal.aborted).toBe(false)
  })

  it('uses an empty one that an administrator made, and leaves it as it was', async () => {
    const { server, acquire, holder } = scene()
    server.store({ metadata: { name: 'ovngw', namespace: 'kube-system', labels: { team: 'net' } }, spec: { leaseDurationSeconds: 30 } })
    const lease = await acquire()
    expect(holder()).toBe(identity(me))
    await lease.release()
    expect(server.lease).toMatchObject({ metadata: { labels: { team: 'net' } }, spec: { leaseDurationSeconds: 30 } })
    expect(specOf(server.lease ?? { metadata: { name: '' } })).toEqual({ leaseDurationSeconds: 30 })
  })

  it('looks again when someone was faster', async () => {
    const { server, acquire, clock, heldBy } = scene()
    const create = server.kube.create
    const found: Promise<OvngwError> = failure(
      acquireLease(
        {
          ...bare(server),
          create: (r, o) => {
            heldBy(other)
            return create(r, o)
          },
        },
        { namespace: 'kube-system', me, isDead: () => false, signal: new AbortController().signal, clock },
      ),
    )
    clock.during = () => heldBy(other, { renewTime: `2020-01-01T00:00:0${server.version % 10}.000000Z` })
    await new Promise((r) => setImmediate(r))
    await clock.run(3)
    expect((await found).code).toBe('LOCKED')
    expect(acquire).toBeDefined()
  })

  it('refuses a living holder within seconds, and says who, which run, since when, and how to look', async () => {
    const { acquire, clock, heldBy, said } = scene()
    heldBy(other)
    const refused = failure(acquire())
    clock.during = (s) => heldBy(other, { renewTime: `2020-01-01T00:00:0${s}.000000Z` })
    await clock.run(2)
    const e = await refused
    expect([e.code, e.exit]).toEqual(['LOCKED', 6])
    expect(e.why).toBe('run 2026-other of you@there (process 8), since 2020-01-01T00:00:00Z')
    expect(e.hint).toContain('kubectl -n kube-system get lease ovngw -o yaml')
    expect(said).toHaveLength(1)
  })

  it('waits a whole duration of its own clock before it believes that a holder is gone, whatever the holder’s clock said', async () => {
    const { acquire, clock, heldBy, holder, server } = scene()
    heldBy(other, { renewTime: '2099-01-01T00:00:00.000000Z', leaseTransitions: 4 })
    const lease = acquire()
    await clock.run(14)
    expect(holder()).toBe(identity(other))
    await clock.run(2)
    expect(holder()).toBe(identity(me))
    expect(server.lease).toMatchObject({ spec: { leaseTransitions: 5 } })
    await (await lease).release()
  })

  it('takes it at once from a dead process of the same run (resume), not of another', async () => {
    const same = scene({ isDead: () => true })
    same.heldBy({ ...me, pid: 6 })
    const lease = await same.acquire()
    expect(same.holder()).toBe(identity(me))
    await lease.release()
    const another = scene({ isDead: () => true })
    another.heldBy(other)
    const waiting = another.acquire()
    await another.clock.run(3)
    expect(another.holder()).toBe(identity(other))
    await another.clock.run(15)
    await (await waiting).release()
  })

  it('stops waiting on Ctrl-C', async () => {
    const abort = new AbortController()
    const { acquire, heldBy } = scene({ signal: abort.signal })
    heldBy(other)
    const refused = failure(acquire())
    await new Promise((r) => setImmediate(r))
    abort.abort()
    expect((await refused).code).toBe('CANCELLED')
  })

  it.each<ErrorCode>(['FORBIDDEN', 'UNREACHABLE'])('passes on %s', async (code) => {
    const { acquire, server } = scene()
    server.down = new OvngwError(code, { what: 'no' })
    expect((await failure(acquire())).code).toBe(code)
  })
})

describe('keeping the lock', () => {
  const renewTime = (server: Server): string | undefined => specOf(server.lease ?? { metadata: { name: '' } }).renewTime

  it('renews every five seconds until released', async () => {
    const { acquire, clock, server } = scene()
    const lease = await acquire()
    const seen = new Set<string | undefined>()
    clock.during = () => seen.add(renewTime(server))
    await clock.run(31)
    expect(seen.size).toBe(7) // the first, and those of seconds 5, 10 … 30
    expect(lease.signal.aborted).toBe(false)
    await lease.release()
    const calls = server.calls.length
    await clock.run(20)
    expect(server.calls.length).toBe(calls)
  })

  it('goes on through a short outage, and through a change of labels by someone else', async () => {
    const { acquire, clock, server } = scene()
    const lease = await acquire()
    server.down = new OvngwError('UNREACHABLE', { what: 'no answer' })
    await clock.run(9)
    server.down = undefined
    await clock.run(2)
    if (server.lease !== undefined) server.store({ ...server.lease, metadata: { ...server.lease.metadata, labels: { a: 'b' } } })
    await clock.run(20)
    expect(lease.signal.aborted).toBe(false)
    await lease.release()
    expect(server.lease).toBeUndefined()
  })

  it('is lost before others may take it when it cannot be renewed', async () => {
    const { acquire, clock, server } = scene()
    const lease = await acquire()
    server.down = new OvngwError('UNREACHABLE', { what: 'no answer' })
    let lostAt = 0
    clock.during = (s) => {
      if (lease.signal.aborted && lostAt === 0) lostAt = s
    }
    await clock.run(16)
    expect(lostAt).toBeGreaterThan(0)
    expect(lostAt).toBeLessThan(15)
    expect(lease.signal.reason).toMatchObject({ code: 'LOCKED', what: 'the lock was lost' })
  })

  it.each<[string, (s: Server, heldBy: (h: Holder) => unknown) => void]>([
    [
      'deleted',
      (s) => {
        s.lease = undefined
      },
    ],
    ['taken by another', (_s, heldBy) => void heldBy(other)],
  ])('is lost when %s, and then left alone', async (_name, happen) => {
    const { acquire, clock, server, heldBy } = scene()
    const lease = await acquire()
    happen(server, heldBy)
    await clock.run(6)
    expect(lease.signal.aborted).toBe(true)
    const now = structuredClone(server.lease)
    await lease.release()
    expect(server.lease).toEqual(now)
  })
})

describe('the object', () => {
  it('names its holder so that it can be read back', () => {
    for (const h of [me, other]) expect(holderOf(identity(h))).toEqual({ start: undefined, ...h })
    for (const t of ['', 'kube-controller-manager_1234', 'a/b/c', 'run/x@y/']) expect(holderOf(t)).toBeUndefined()
  })
  it('writes MicroTime with six decimals', () => {
    expect(microTime(new Date('2026-11-22T10:00:03.007Z'))).toBe('2026-11-22T10:00:03.007000Z')
  })
})

const bare = ({ kube }: Server): Kube => ({ find: kube.find, create: kube.create, replace: kube.replace, delete: kube.delete }) as Kube
