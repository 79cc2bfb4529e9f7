/**
 * Many calls side by side, as many as the server takes: one more while answers stay quick, one fewer when they only wait longer, half as many
 * when it says 429 or takes a second, as TCP does. kube-apiserver says 429 when its priority and fairness has no room for us.
 */

/** What Kubernetes promises for 99 of 100 writes: an answer that takes longer is one of a server that has too much to do. */
const SLOW_MS = 1_000
/** So many times the quickest round's time an answer may take on average before more at once is only more waiting. */
const WAITING = 1.5
/** So many good answers at least are a round: where there is room for two, a third is not tried at every turn. */
const ROUND = 8

/**
 * Does `work` for every item, in order of beginning. The first that fails ends it: nothing new begins, and it rejects when nothing is under way
 * any more, so that an undo never meets a write of ours.
 * @param most calls under way at once at most
 * @param work is to call `busy` each time the server answers 429
 * @param now milliseconds
 */
export async function inPace<T>(
  items: readonly T[],
  most: number,
  work: (item: T, busy: () => void) => Promise<void>,
  now: () => number = () => performance.now(),
): Promise<void> {
  const pace = createPace(most)
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  const one = async (item: T): Promise<void> => {
    const [halvings, began] = [pace.halvings(), now()]
    let refused = false
    await work(item, () => {
      refused = true
      pace.half(halvings)
    })
    const took = now() - began
    if (took > SLOW_MS) pace.half(halvings)
    else if (!refused) pace.good(took)
  }
  for (const item of items) {
    while (underWay.size >= pace.limit()) await Promise.race(underWay)
    if (failures.length > 0) break
    const call: Promise<void> = one(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(call))
    underWay.add(call)
  }
  await Promise.all(underWay)
  if (failures.length > 0) throw failures[0]
}

interface Pace {
  limit(): number
  /** So far. A call tells of the state it began in: many that are refused together halve once. */
  halvings(): number
  good(took: number): void
  half(halvings: number): void
}

function createPace(most: number): Pace {
  const first = Math.ceil(most / 4)
  let [limit, halvings, quickest] = [first, 0, Number.POSITIVE_INFINITY]
  let [good, spent] = [0, 0]
  return {
    limit: () => limit,
    halvings: () => halvings,
    good: (took) => {
      ;[good, spent] = [good + 1, spent + took]
      if (good < Math.max(limit, ROUND)) return
      const mean = spent / good
      quickest = Math.min(quickest, mean)
      if (mean <= quickest * WAITING) limit = Math.min(most, limit + 1)
      else if (limit > first) limit -= 1
      ;[good, spent] = [0, 0]
    },
    half: (known) => {
      if (known !== halvings) return
      limit = Math.max(1, Math.floor(limit / 2))
      ;[good, spent] = [0, 0]
      halvings += 1
    },
  }
}
