import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Judged, withoutFollowers } from '../../lib/kernel/causes.ts'
import { type Need, stops } from '../../lib/kernel/check.ts'

type NeedsOf = Readonly<Record<string, Readonly<Record<string, Need>>>>

const finding = (id: string, outcome: Judged['outcome'], rest: Partial<Judged> = {}): Judged => ({
  id,
  title: id,
  level: 'fatal',
  outcome,
  detail: `${id} ${outcome}`,
  ...rest,
})
/** `pod: skip because bridge` of each finding. */
const judged = (needs: NeedsOf, ...findings: readonly Judged[]): readonly string[] =>
  withoutFollowers(findings, (id) => needs[id]).map((f) => `${f.id}: ${f.outcome}${f.because === undefined ? '' : ` because ${f.because}`}`)

describe('what follows from another failure', () => {
  const needs: NeedsOf = { packet: { bridge: 'all' }, bridge: { label: 'all' } }

  it('is skipped with the name of the first cause, whatever stands between, and what was seen is kept', () => {
    const label = finding('label', 'fail', { object: 'gw-1' })
    const packet = finding('packet', 'fail', { hint: 'ping', seen: { sent: 3 } })
    expect(judged(needs, packet, finding('bridge', 'fail'), label)).toEqual(['packet: skip because label', 'bridge: skip because label', 'label: fail'])
    const [skipped] = withoutFollowers([packet, label], (id) => (id === 'packet' ? { label: 'all' } : undefined))
    expect(skipped).toMatchObject({ detail: 'not judged while label (gw-1) fails; seen: packet fail', seen: { sent: 3 } })
    expect(skipped?.hint).toBeUndefined()
  })
  it('stays where the cause passes, warns, is unknown, accepted, or not asked', () => {
    for (const cause of [
      finding('bridge', 'pass'),
      finding('bridge', 'warn'),
      finding('bridge', 'unknown'),
      finding('bridge', 'fail', { accepted: 'known' }),
      finding('bridge', 'fail', { level: 'warning' }),
      finding('other', 'fail'),
    ])
      expect(judged(needs, finding('packet', 'fail'), cause).at(0)).toBe('packet: fail')
  })
  it('may be a warning, then a warning can be its cause; what could not be looked at needs a cause that stops', () => {
    const mtu = { large: { mtu: 'all' } } as const
    expect(judged(mtu, finding('large', 'fail', { level: 'warning' }), finding('mtu', 'warn')).at(0)).toBe('large: skip because mtu')
    expect(judged(mtu, finding('large', 'unknown', { level: 'warning' }), finding('mtu', 'warn')).at(0)).toBe('large: unknown')
    expect(judged(mtu, finding('large', 'unknown', { level: 'warning' }), finding('mtu', 'fail')).at(0)).toBe('large: skip because mtu')
  })
  it('stays as it is when it passes, is skipped already, or is accepted by name', () => {
    const cause = finding('bridge', 'fail')
    for (const f of [finding('packet', 'pass'), finding('packet', 'skip'), finding('packet', 'fail', { accepted: 'known' })])
      expect(withoutFollowers([f, cause], (id) => needs[id]).at(0)).toEqual(f)
  })
  it('is whatever could not be looked at, where a door is shut; what was seen to fail stays', () => {
    const shut = [finding('nb', 'fail'), finding('nat', 'unknown'), finding('nic', 'fail'), finding('nic', 'pass')]
    expect(withoutFollowers(shut, () => undefined, ['api', 'nb']).map((f) => f.because)).toEqual([undefined, 'nb', undefined, undefined])
    const both = [finding('api', 'fail'), finding('nb', 'unknown')]
    expect(withoutFollowers(both, (id) => (id === 'nb' ? { api: 'all' } : undefined), ['api', 'nb']).at(1)?.because).toBe('api')
  })
  it('stays where its check says that nothing else explains it', () => {
    expect(judged(needs, finding('packet', 'fail', { own: true }), finding('bridge', 'fail')).at(0)).toBe('packet: fail')
    expect(withoutFollowers([finding('packet', 'fail', { own: true, via: ['n1'] })], () => undefined).at(0)).toEqual(finding('packet', 'fail'))
  })
  it('of a right that is missing is only what could not be looked at', () => {
    const rights = { strays: { rights: 'unseen' } } as const
    expect(judged(rights, finding('strays', 'unknown'), finding('rights', 'fail')).at(0)).toBe('strays: skip because rights')
    expect(judged(rights, finding('strays', 'fail'), finding('rights', 'fail')).at(0)).toBe('strays: fail')
  })
})

describe('a failure of the same thing', () => {
  const needs: NeedsOf = { packet: { nat: 'same', bridge: 'same' }, patch: { bridge: 'same' } }
  const web = (via: readonly string[] = []) => finding('packet', 'fail', { object: 'default/web', via })

  it('is a cause, that of another pod of the namespace is none', () => {
    expect(judged(needs, web(), finding('nat', 'fail', { object: 'default/web' })).at(0)).toBe('packet: skip because nat')
    expect(judged(needs, web(), finding('nat', 'fail', { object: 'default/db' })).at(0)).toBe('packet: fail')
  })
  it('is one on the node it goes by, not on another', () => {
    const on = (node: string) => finding('bridge', 'fail', { object: `${node}/eth1` })
    expect(judged(needs, web(['gw-1']), on('gw-1')).at(0)).toBe('packet: skip because bridge')
    expect(judged(needs, web(['gw-1']), on('gw-2')).at(0)).toBe('packet: fail')
    expect(judged(needs, web(['gw-1']), on('gw-2'), on('gw-1')).at(0)).toBe('packet: skip because bridge')
    expect(judged(needs, finding('patch', 'fail', { object: 'gw-1/eth1' }), on('gw-1')).at(0)).toBe('patch: skip because bridge')
    expect(judged(needs, finding('patch', 'fail', { object: 'gw-1/eth1' }), finding('bridge', 'fail', { object: 'gw-1/eth2' })).at(0)).toBe('patch: fail')
  })
  it('is any where one of both says nothing of whom it is about', () => {
    expect(judged(needs, web(), finding('nat', 'fail')).at(0)).toBe('packet: skip because nat')
    expect(judged(needs, finding('packet', 'fail'), finding('nat', 'fail', { object: 'default/db' })).at(0)).toBe('packet: skip because nat')
  })
})

it('no failure is ever lost: every skip leads to one that stays; what stopped a run before stops it after', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'] as const
  const need = fc.constantFrom<Need>('all', 'same', 'unseen')
  // A check needs only those before it: no cycles.
  const catalogue = fc.tuple(...ids.map((_, i) => fc.dictionary(fc.constantFrom(...ids.slice(0, i), ids[0]), need)))
  const found = fc.record({
    id: fc.constantFrom(...ids),
    level: fc.constantFrom('fatal' as const, 'warning' as const),
    outcome: fc.constantFrom<Judged['outcome']>('pass', 'warn', 'fail', 'skip', 'unknown'),
    object: fc.constantFrom(undefined, 'n1', 'n1/eth1', 'ns/p1', 'ns/p2'),
    via: fc.constantFrom(undefined, ['n1'], ['n2', 'ns/p2']),
    own: fc.constantFrom(undefined, true),
    accepted: fc.constantFrom(undefined, undefined, 'known'),
  })
  fc.assert(
    fc.property(catalogue, fc.array(found, { maxLength: 12 }), (lists, results) => {
      const needs = Object.fromEntries(ids.map((id, i) => [id, Object.fromEntries(Object.entries(lists[i] ?? {}).filter(([k]) => k < id))]))
      const before = results.map((r) => finding(r.id, r.outcome, r))
      const after = withoutFollowers(before, (id) => needs[id], ['c', 'a'])
      expect(after.some(stops)).toBe(before.some(stops))
      for (const f of after)
        if (f.because !== undefined) expect(after.some((c) => c.id === f.because && (c.outcome === 'fail' || c.outcome === 'warn'))).toBe(true)
    }),
  )
})

it('checks that need each other are a bug, said aloud', () => {
  const needs: NeedsOf = { a: { b: 'all' }, b: { a: 'all' } }
  expect(() => judged(needs, finding('a', 'fail'), finding('b', 'fail'))).toThrow('a needs b needs a')
})

it('ten thousand pods without NAT, each with what follows, are told apart at once', () => {
  const pods = Array.from({ length: 10_000 }, (_, i) => `ns/p${i}`)
  const all = pods.flatMap((object) => [finding('nat', 'fail', { object }), finding('packet', 'fail', { object })])
  const after = withoutFollowers(all, (id) => (id === 'packet' ? { nat: 'same' } : undefined))
  expect(after.filter((f) => f.because === 'nat')).toHaveLength(pods.length)
})
