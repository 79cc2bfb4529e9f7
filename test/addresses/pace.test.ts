import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Asked, annotateAll } from '../../lib/addresses/annotations.ts'
import { inPace } from '../../lib/addresses/pace.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Kube } from '../../lib/kube/port.ts'

const items = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Where all answers take as long. */
const still = (): number => 0

/** A server with room for so many calls: one more is refused, and let in by its client's next try. */
function server(room: number) {
  const seen = { most: 0, atOnce: [] as number[], refused: [] as number[], done: [] as number[] }
  let here = 0
  const work = async (item: number, busy: () => void): Promise<void> => {
    here += 1
    seen.most = Math.max(seen.most, here)
    seen.atOnce.push(here)
    if (here > room) {
      seen.refused.push(item)
      busy()
    }
    await turn()
    here -= 1
    seen.done.push(item)
  }
  return { seen, work, under: () => here }
}

describe('calls side by side', () => {
  it('grow to the limit where nothing is refused, and not over it', async () => {
    const { seen, work } = server(1_000)
    await inPace(items(500), 16, work, still)
    expect(seen.done.toSorted((a, b) => a - b)).toEqual(items(500))
    expect(seen.most).toBe(16)
    expect(seen.atOnce.slice(0, 6)).toEqual([1, 2, 3, 4, 4, 4])
  })

  it.each([1, 3, 5, 11])('stay about a server with room for %i', async (room) => {
    const { seen, work } = server(room)
    await inPace(items(1_000), 16, work, still)
    expect(seen.done).toHaveLength(1_000)
    // Having found the room it asks for one more now and then, where 16 at once would be refused most times.
    expect(Math.max(...seen.atOnce.slice(100))).toBeLessThanOrEqual(room + 1)
    expect(seen.refused.filter((i) => i >= 100).length).toBeLessThan(120)
    if (room > 1) expect(seen.atOnce.slice(100).filter((n) => n > room / 2).length).toBeGreaterThan(600)
  })

  it('halve once for all that were refused together', async () => {
    const atOnce: number[] = []
    let here = 0
    const work = async (item: number, busy: () => void): Promise<void> => {
      atOnce.push(++here)
      await turn()
      if (item < 8) busy()
      await turn()
      here -= 1
    }
    await inPace(items(16), 32, work, still)
    expect(Math.max(...atOnce.slice(0, 8))).toBe(8)
    expect(Math.max(...atOnce.slice(8))).toBe(4)
  })

  it('end at the first failure, when nothing is under way any more', async () => {
    const { seen, work, under } = server(1_000)
    const failing = inPace(items(100), 16, async (item, busy) => {
      await work(item, busy)
      if (item === 20) throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(under()).toBe(0)
    expect(seen.done.length).toBeLessThan(40)
  })
})

describe('calls to a server of so many processors', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** @returns calls under way at each beginning, and milliseconds in all */
  async function against(processors: number, calls: number, each = 10) {
    const free = Array.from({ length: processors }, () => 0)
    const atOnce: number[] = []
    let here = 0
    const work = async (): Promise<void> => {
      atOnce.push(++here)
      const next = free.indexOf(Math.min(...free))
      const end = Math.max(free[next] ?? 0, performance.now()) + each
      free[next] = end
      await new Promise((done) => setTimeout(done, end - performance.now()))
      here -= 1
    }
    const began = performance.now()
    const all = inPace(items(calls), 16, work)
    await vi.advanceTimersByTimeAsync(1_000_000)
    await all
    return { atOnce, took: Math.max(...free) - began }
  }

  it('keep its processors at work and do not queue up beyond', async () => {
    const { atOnce, took } = await against(4, 2_000)
    expect(took).toBeLessThan(5_100)
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(8)
  })

  it('use the whole pool where there are enough', async () => {
    const { atOnce } = await against(100, 2_000)
    expect(Math.max(...atOnce)).toBe(16)
  })

  it('are half as many where an answer takes more than a second', async () => {
    const { atOnce } = await against(4, 200, 1_500)
    expect(Math.max(...atOnce.slice(0, 8))).toBe(4)
    expect(Math.max(...atOnce.slice(20))).toBe(1)
  })
})

describe('annotating many pods', () => {
  const pods: Asked[] = items(200).map((i) => ({ namespace: 'shop', name: `p${i}`, eip: `172.56.1.${i}` }))
  const never = new AbortController().signal

  it('patches each once, passes over those that are gone, and tells rate and time left', async () => {
    const patched: unknown[] = []
    const told: string[] = []
    const patch: Kube['patch'] = async (_resource, { name }, body) => {
      await turn()
      if (name === 'p7') throw new OvngwError('NOT_FOUND', { what: 'gone' })
      patched.push(body)
      return { metadata: { name } }
    }
    await annotateAll(pods, { kube: { patch }, signal: never, progress: (text) => void told.push(text) })
    expect(patched).toHaveLength(199)
    expect(patched[3]).toEqual({
      metadata: { annotations: { 'ovn.kubernetes.io/eip': '172.56.1.3', 'ovn.kubernetes.io/routed': null } },
    })
    expect(told).toHaveLength(20)
    expect(told[0]).toMatch(/^10 of 200 pods annotated, \d+\/s, \d+ s left$/)
    expect(told.at(-1)).toMatch(/^200 of 200 pods annotated, \d+\/s$/)
  })

  it('rejects with what the server says else', async () => {
    const patch: Kube['patch'] = async () => {
      throw new OvngwError('FORBIDDEN', { what: 'cannot patch pods' })
    }
    await expect(annotateAll(pods, { kube: { patch }, signal: never, progress: () => undefined })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
