/** In which order changes are made, a few first: each wave is proved before the next begins. Pure. */
import type { PodChange } from './agreement.ts'

/** `25`, or `10%` of all; the last one repeats until all are served. */
export type WaveSize = { readonly pods: number } | { readonly percent: number }

/** @throws RangeError with what is wrong */
export function parseWaves(text: string): readonly WaveSize[] {
  return text.split(',').map((part) => {
    const found = /^(\d+)(%?)$/.exec(part.trim())
    const n = Number(found?.[1] ?? Number.NaN)
    if (found === null || n < 1 || (found[2] === '%' && n > 100))
      throw new RangeError(`${JSON.stringify(part)} is no size of a wave: write pods or percent, like 1,5%,25%`)
    return found[2] === '%' ? { percent: n } : { pods: n }
  })
}

export interface Ordered {
  readonly waves: readonly (readonly PodChange[])[]
  /** Changes that wait for each other's address in a circle: none of them can go first. */
  readonly circle: readonly PodChange[]
}

/** An address is given on in a later wave than the one that takes it away, so that no moment has two owners. */
export function wavesOf(changes: readonly PodChange[], sizes: readonly WaveSize[]): Ordered {
  const layers: PodChange[][] = []
  let left = changes
  while (left.length > 0) {
    const given = (kind: 'eip' | 'snat'): Map<string | null, PodChange[]> =>
      Map.groupBy(
        left.filter((c) => c.from[kind] !== c.to[kind]),
        (c) => c.from[kind],
      )
    const [eips, snats] = [given('eip'), given('snat')]
    /** Another pod still has it: as EIP, or as the SNAT an EIP cannot be beside (R19). */
    const held = (c: PodChange, ip: string | null, by: readonly Map<string | null, PodChange[]>[]): boolean =>
      ip !== null && by.some((had) => (had.get(ip) ?? []).some((other) => other !== c))
    const ready = left.filter((c) => !held(c, c.to.eip, [eips, snats]) && !held(c, c.to.snat, [eips]))
    if (ready.length === 0) break
    layers.push(ready)
    const done = new Set(ready)
    left = left.filter((c) => !done.has(c))
  }
  return { waves: cut(layers, sizes, changes.length), circle: left }
}

function cut(layers: readonly (readonly PodChange[])[], sizes: readonly WaveSize[], total: number): readonly (readonly PodChange[])[] {
  const waves: PodChange[][] = []
  for (const layer of layers) {
    for (let from = 0; from < layer.length; ) {
      const size = sizeOf(sizes[Math.min(waves.length, sizes.length - 1)] ?? { percent: 100 }, total)
      waves.push(layer.slice(from, from + size))
      from += size
    }
  }
  return waves
}

const sizeOf = (size: WaveSize, total: number): number => ('pods' in size ? size.pods : Math.max(1, Math.ceil((total * size.percent) / 100)))
