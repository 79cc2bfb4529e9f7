/** The IPv4 addresses of a pool as numbers: a /16 is walked in a millisecond, which strings and BigInts are not. */
import type { Pool } from '../inventory/site.ts'
import type { Ipv4 } from '../net/ip.ts'

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/
const textOf = (n: number): Ipv4 => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}` as Ipv4

/** Of four decimal numbers with dots. */
function numberOf(ip: string): number {
  let [whole, part] = [0, 0]
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i)
    if (code === DOT) [whole, part] = [whole * 256 + part, 0]
    else part = part * 10 + code - ZERO
  }
  return whole * 256 + part
}
const [DOT, ZERO] = ['.'.charCodeAt(0), '0'.charCodeAt(0)]

export interface Space {
  /** Addresses that may be given out: in a range, not reserved. */
  readonly size: number
  /** Anything that is no IPv4 address is not in it. */
  has(ip: string): boolean
  /** Ascending, each once, without those `skip` names. */
  free(skip: (ip: Ipv4) => boolean): Generator<Ipv4>
}

/** IPv6 ranges hold nothing that could be given out: the gateway translates IPv4 only (R15, R20). */
export function spaceOf({ ranges, reserved }: Pool): Space {
  const merged = merge(ranges.filter(({ first }) => !first.includes(':')).map(({ first, last }) => [numberOf(first), numberOf(last)] as const))
  const kept = new Set(Object.keys(reserved))
  const inside = (n: number): boolean => merged.some(([first, last]) => first <= n && n <= last)
  return {
    size: merged.reduce((sum, [first, last]) => sum + last - first + 1, 0) - [...kept].filter((ip) => inside(numberOf(ip))).length,
    has: (ip) => IPV4.test(ip) && inside(numberOf(ip)) && !kept.has(ip),
    *free(skip) {
      for (const [first, last] of merged)
        for (let n = first; n <= last; n++) {
          const ip = textOf(n)
          if (!kept.has(ip) && !skip(ip)) yield ip
        }
    },
  }
}

type Interval = readonly [first: number, last: number]

function merge(intervals: readonly Interval[]): readonly Interval[] {
  const out: [number, number][] = []
  for (const [first, last] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const before = out.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else out.push([first, last])
  }
  return out
}

/** Sort order of IPv4 addresses. */
export const byAddress = (a: string, b: string): number => numberOf(a) - numberOf(b)
