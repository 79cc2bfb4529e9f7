/**
 * Many calls side by side, as many as the server takes: one more after each round of good answers, half as many when it says 429 or takes long,
 * as TCP does. kube-apiserver says 429 when its priority and fairness has no room for us.
 */

/** What Kubernetes promises for 99 of 100 writes: an answer that takes longer is one of a server that has too much to do. */
const SLOW_MS = 1_000
/** So many good answers at least before one more at once is tried: where there is room for two, a third is not tried at every turn. */
const PATIENCE = 8

/**
 * Does `work` for every item, in order of beginning. The first that fails ends it: nothing new begins, and it rejects when nothing is under way
 * any more, so that an undo never meets a write of ours.
 * @param most calls under way at once at most
 * @param work is to call `busy` each time the server answers 429
 */
export async function inPace<T>(items: readonly T[], most: number, work: (item: T, busy: () => void) => Promise<void>): Promise<void> {
  const pace = createPace(most)
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  const one = async (item: T): Promise<void> => {
    const [round, began] = [pace.round(), performance.now()]
    let refused = false
    await work(item, () => {
      refused = true
      pace.slower(round)
    })
    if (performance.now() - began > SLOW_MS) pace.slower(round)
    else if (!refused) pace.good()
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
  /** Halvings so far. A call tells of the round it began in: many that are refused together halve once. */
  round(): number
  good(): void
  slower(round: number): void
}

function createPace(most: number): Pace {
  let limit = Math.ceil(most / 2)
  let good = 0
  let halvings = 0
  return {
    limit: () => limit,
    round: () => halvings,
    good: () => {
      good += 1
      if (good < Math.max(limit, PATIENCE)) return
      limit = Math.min(most, limit + 1)
      good = 0
    },
    slower: (round) => {
      if (round !== halvings) return
      limit = Math.max(1, Math.floor(limit / 2))
      good = 0
      halvings += 1
    },
  }
}
