/** What an answer is worth, and what to type when it is none. */
import { hint, type Named } from '../gateway/judge-hints.ts'
import type { PodRef } from '../inventory/site.ts'
import { type Finding, fail, pass, unknown } from '../kernel/check.ts'
import type { Asked } from './packets.ts'

export function judge(site: Named, pod: PodRef, asked: Asked): Finding {
  const object = `${asked.way} ${asked.what} of ${asked.to}`
  const { way: _way, ...seen } = asked
  const next = { object, hint: hint.diagnose(site, pod), seen: { ...seen, ms: asked.ms ?? null, seen: asked.seen ?? null, why: asked.why ?? null } }
  return { ...judged(asked, next), id: 'probe', title: 'packets pass', level: 'fatal' }
}

type Next = NonNullable<Parameters<typeof pass>[1]>

function judged({ outcome, seen, expected, why, what, way }: Asked, next: Next): ReturnType<typeof pass> {
  const saw = seen === undefined ? '' : `, seen as ${seen}`
  if (outcome === 'not asked') return unknown(`could not be asked: ${why ?? 'no reason given'}`, next)
  if (outcome === 'refused') return fail('refused: packets pass both ways, but nobody listens there', { ...next, hint: undefined })
  if (outcome === 'answered') {
    const wrong = seen !== undefined && expected.length > 0 && !expected.includes(seen)
    return wrong ? fail(`answered, but seen as ${seen}: it should be ${expected.join(' or ')}`, next) : pass(`answered${saw}`, next)
  }
  const arrived = seen === undefined ? '' : `, though it arrived (from ${seen})`
  if (why !== undefined) return fail(`no answer: ${why}`, next)
  if (what.startsWith('udp') && way === 'from outside') return unknown(`no answer${arrived}: a UDP service need not answer a stranger`, next)
  return fail(`no answer${arrived}`, next)
}
