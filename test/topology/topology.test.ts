/** State → cards, links, marks: over recordings of the real Kube-OVN, and over more pods than anybody recorded. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../lib/kernel/check.ts'
import { place } from '../../lib/topology/layout.ts'
import { allMarks, type Card, isBroken, type Topology } from '../../lib/topology/model.ts'
import { svg } from '../../lib/topology/svg.ts'
import { text } from '../../lib/topology/text.ts'
import { expectGolden } from '../screen/golden.ts'
import { type Recording, recording } from '../tasks/checks/recorded-look.ts'
import { crowd, drawn, sound, typed } from './scenes.ts'

const dir = mkdtempSync(join(tmpdir(), 'ovngw-topology-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const card = (t: Topology, id: string): Card | undefined => t.cards.find((c) => c.id === id)
const rowOf = (t: Topology, id: string) => t.cards.flatMap((c) => c.rows).find((r) => r.id === id)
const markedBy = (t: Topology, id: string): readonly string[] => (rowOf(t, id) ?? card(t, id))?.marks.map((m) => m.id) ?? []
const broken = (t: Topology): readonly string[] => t.links.filter((l) => l.broken).map((l) => `${l.from} > ${l.to}`)
const main = (t: Topology): readonly string[] => t.links.filter((l) => l.kind === 'main').map((l) => `${l.from} > ${l.to}`)

describe('a recorded gateway', () => {
  test('healthy: the way from the outside to each pod, nothing marked', async () => {
    const t = await drawn(sound())
    expect(allMarks(t)).toEqual([])
    expect(main(t).toSorted()).toEqual(
      [
        'outside > node:node1',
        'node:node1 > switch',
        'switch > router',
        'router > nat:eip',
        'router > nat:snat',
        'nat:eip > pods:node1',
        'nat:snat > pods:node2',
      ].toSorted(),
    )
    expect(rowOf(t, 'nic:node1')?.value).toContain('eth1')
    expect(rowOf(t, 'bridge:node1')?.value).toContain('br-external')
    expect(rowOf(t, 'router-port')?.value).toBe('ovn-cluster-external')
    expect(rowOf(t, 'address')?.value).toBe('172.56.0.100/16')
    expect(rowOf(t, 'next-hop')?.value).toBe('172.56.0.1')
    expect(rowOf(t, 'nat:172.56.0.233')?.value).toBe('default/pod-eip')
    expect(rowOf(t, 'pod:default/pod-snat')?.value).toBe('snat 172.56.0.200')
    expect(card(t, 'node:node1')?.state).toBe('active')
  })

  test('two gateway nodes: traffic takes the active one (R5), the other is drawn idle', async () => {
    const t = await drawn(sound('s16'))
    expect([card(t, 'node:node1')?.state, card(t, 'node:node2')?.state]).toEqual(['standby', 'active'])
    expect(t.links.find((l) => l.to === 'node:node1')?.kind).toBe('idle')
    expect(main(t)).toContain('outside > node:node2')
    expect(markedBy(t, 'router-port')).toContain('gateway-chassis')
  })

  test('distributed (R21): every labelled node carries traffic', async () => {
    const t = await drawn(sound('s23'))
    expect(main(t)).toEqual(expect.arrayContaining(['outside > node:node1', 'outside > node:node2', 'node:node2 > switch']))
  })

  test('the NIC is missing (R9): its row is marked, the way through that node is cut, and nothing else', async () => {
    const t = await drawn(sound('s21'))
    expect(markedBy(t, 'nic:node1')).toContain('nic-exists')
    expect(broken(t)).toEqual(['outside > node:node1', 'node:node1 > switch'])
  })

  test('a patch port error (R11) is marked at the patch', async () => expect(markedBy(await drawn(recording('s03')), 'patch:node1')).toEqual(['gateway-patch']))

  test('rows nobody owns (R18) are a card of their own, marked row by row; the way of the others is not cut', async () => {
    const t = await drawn(sound('s13'))
    expect(
      card(t, 'nat:stray')
        ?.rows.map((r) => r.label)
        .toSorted(),
    ).toEqual(['172.56.0.221', '172.56.0.233'])
    expect(markedBy(t, 'nat:172.56.0.221')).toEqual(['nat-strays'])
    expect(markedBy(t, 'pod:default/pod-snat2')).toEqual(['pod-policy'])
    expect(broken(t)).toEqual([])
  })

  test('the gateway is off and all of it is still there (R7): everything is marked as left over', async () => {
    const t = await drawn(sound('s18'))
    expect(markedBy(t, 'node:node1')).toContain('gateway-leftovers')
    expect(markedBy(t, 'config')).toEqual(['gateway-enabled'])
  })

  test('no gateway: switch and router port are drawn as not there', async () => {
    const t = await drawn(sound('s01'))
    expect([card(t, 'switch')?.state, card(t, 'router')?.state]).toEqual(['absent', 'absent'])
  })

  test('a node whose OVS does not answer: its part says so, nothing is guessed', async () => {
    const made = sound()
    made.down.push('node1')
    const t = await drawn(made)
    expect(t.unread.join()).toContain('OVS of node1')
    expect(rowOf(t, 'bridge:node1')?.value).toBe('could not be read')
    expect(text(t, { width: 80, color: false })).toContain('not in the picture: OVS of node1')
  })

  test('Kube-OVN 1.11 is drawn too', async () => {
    const t = await drawn(recording('s03', '1.11.24'))
    expect(main(t)).toEqual(expect.arrayContaining(['node:node1 > switch', 'switch > router']))
  })

  test.concurrent.each(['s02', 's05', 's07', 's09', 's11', 's16', 's17', 's20', 's21', 's22', 's24', 's26'])(
    'no finding is lost: what %s finds is somewhere in the picture',
    async (scene) => {
      const [t, { out }] = await Promise.all([drawn(recording(scene)), typed(recording(scene), ['check', '-o', 'json'], { dir })])
      const found = out
        .trim()
        .split('\n')
        .map((l) => (JSON.parse(l) as { finding?: Finding }).finding)
      const wanted = new Set(found.flatMap((f) => (f !== undefined && ['fail', 'warn', 'unknown'].includes(f.outcome) ? [f.id] : [])))
      expect([...wanted].toSorted()).toEqual([...new Set(allMarks(t).map((m) => m.id))].toSorted())
      expect(wanted.size).toBeGreaterThan(0)
    },
  )
})

describe('10,000 pods on 100 nodes', async () => {
  const nodes = Array.from({ length: 100 }, (_, i) => `node${i + 1}`)
  const many = (change: (made: Recording) => void = () => undefined): Promise<Topology> => {
    const made = crowd(sound(), { pods: 10_000, nodes })
    change(made)
    return drawn(made)
  }
  const healthy = await many()

  test('are counted: few cards, few rows, every pod in some number', () => {
    expect(healthy.cards.length).toBeLessThanOrEqual(16)
    for (const c of healthy.cards) expect(c.rows.length).toBeLessThanOrEqual(7)
    const counts = healthy.cards.filter((c) => c.kind === 'pods').map((c) => Number.parseInt(c.note, 10))
    expect(counts.reduce((a, b) => a + b, 0)).toBe(10_002)
    expect(card(healthy, 'nat:eip')?.note).toBe('3335 addresses')
  })

  test('one of them broken: its node is among those shown, its name is told', async () => {
    const t = await many((made) => {
      const pod = made.pods.find(
        (p) => (p['spec'] as { nodeName?: string }).nodeName === 'node77' && p.metadata.annotations?.['ovn.kubernetes.io/eip'] !== undefined,
      )
      Object.assign(pod?.metadata.annotations ?? {}, { 'ovn.kubernetes.io/eip': '172.56.0.250' })
    })
    const node = card(t, 'pods:node77')
    expect(node !== undefined && isBroken(node)).toBe(true)
    expect(node?.rows[0]).toMatchObject({ value: '172.56.0.250', marks: expect.arrayContaining([expect.objectContaining({ id: 'pod-nat' })]) })
  })

  test('the SVG stays one screen wide, no card lies on another, every link has its way', () => {
    const placed = place(healthy, () => ({ width: 280, height: 150 }), 16)
    expect(placed.width).toBeLessThanOrEqual(1300)
    const boxes = [...placed.boxes.values()]
    const overlap = boxes.flatMap((a, i) =>
      boxes.slice(i + 1).filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height),
    )
    expect(overlap).toEqual([])
    for (const [i, l] of healthy.links.entries()) {
      const [first, last] = [placed.lines[i]?.at(0), placed.lines[i]?.at(-1)]
      const [from, to] = [placed.boxes.get(l.from), placed.boxes.get(l.to)]
      expect(first?.y).toBe((from?.y ?? 0) + (from?.height ?? 0))
      expect(last?.y).toBe(to?.y)
    }
  })

  test('the terminal draws it in 80 columns', () => {
    const lines = text(healthy, { width: 80, color: false }).split('\n')
    expect(Math.max(...lines.map((l) => [...l].length))).toBeLessThanOrEqual(80)
    expect(lines.length).toBeLessThan(80)
  })
})

describe('names of data', () => {
  const hostile = (): Recording => {
    const made = crowd(sound(), { pods: 4, namespaces: ['<script>alert(1)</script>'] })
    const last = made.pods.at(-1)
    Object.assign(last?.metadata ?? {}, { name: `"'><img src=x onerror=alert(2)>\u001b[31m\u0007` })
    Object.assign(last?.metadata.annotations ?? {}, { 'ovn.kubernetes.io/eip': '</text></svg><script>alert(3)</script>' })
    return made
  }

  test('are text in the SVG, never markup', async () => {
    const drawing = svg(await drawn(hostile()), '<b>site</b>')
    expect(drawing).toContain('&lt;script&gt;')
    expect(drawing).not.toMatch(/<(script|img|b)\b/)
    expect(drawing.match(/<\/svg>/g)).toHaveLength(1)
  })

  test('do no harm to a terminal', async () => {
    const { out } = await typed(hostile(), ['topology'], { dir, columns: 80 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('ovngw topology', () => {
  test.each([
    ['healthy', 's27', 80, false],
    ['broken', 's21', 80, false],
    ['broken-colour', 's21', 120, true],
  ] as const)('on a terminal: %s', async (name, scene, columns, color) => {
    const { out } = await typed(sound(scene), ['topology'], { dir, columns, color })
    await expectGolden(`topology-${name}`, columns, out, 'practice')
  })

  test('--out writes an SVG without any reference to another place', async () => {
    expect(await typed(sound(), ['topology', '--out', 'gateway.svg'], { dir })).toMatchObject({ exit: 0, out: '' })
    const file = readFileSync(join(dir, 'gateway.svg'), 'utf8')
    expect(file).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(file.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(|@import/)
    expect(file).toContain('prefers-color-scheme:dark')
  })

  test('colours only where they are wanted', async () => {
    const [plain, coloured] = await Promise.all([false, true].map((color) => typed(sound('s21'), ['topology'], { dir, columns: 80, color })))
    expect(plain?.out).not.toContain('\u001b')
    expect(coloured?.out).toContain('\u001b[31m')
  })

  test('a broken gateway: exit 0 (it was drawn), the finding and what to type are below', async () => {
    const { exit, out } = await typed(sound('s21'), ['topology'], { dir, columns: 80 })
    expect(exit).toBe(0)
    expect(out).toMatch(/✖ nic-exists/)
    expect(out).toMatch(/next: ovngw/)
  })

  test('-o json is the model', async () => {
    const { out } = await typed(sound(), ['topology', '-o', 'json'], { dir })
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(await drawn(sound()))))
  })

  test('a picture is no table', async () => expect(await typed(sound(), ['topology', '-o', 'junit'], { dir })).toMatchObject({ exit: 2 }))

  test('a file that cannot be written is said', async () => {
    const { exit, err } = await typed(sound(), ['topology', '--out', 'no/such/folder/x.svg'], { dir })
    expect(exit).toBe(2)
    expect(err).toContain('cannot write no/such/folder/x.svg')
  })
})
