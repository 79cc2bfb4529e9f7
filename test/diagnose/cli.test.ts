/** `ovngw diagnose` as it is typed: what a person and a program read, and the exit code. */
import { expect, test } from 'vitest'
import { recording } from '../tasks/checks/recorded-look.ts'
import { atTerminal, contextWithTools } from './recorded.ts'

/** `scene` as seen from an 80 column terminal. */
async function typed(scene: string, ...argv: readonly string[]) {
  const made = recording(scene)
  const ctx = await contextWithTools(made, {})
  return atTerminal(made, ctx, ['diagnose', ...argv, '--context', 'lab'])
}

test('text: the cause once more at the end, the command whole, nothing wider than the terminal but it', async () => {
  const { exit, out } = await typed('s26', 'pod', 'default/pod-eip')
  const lines = out.trimEnd().split('\n')
  expect(exit).toBe(3)
  expect(lines.at(-1)).toBe(' next        → ovngw repair')
  expect(out).toMatch(/^ result {6}✖ broken at path: /m)
  expect(out).toMatch(/^ not judged {2}· router, chassis, flows, tunnel, bridge, nic, next-hop, back, size$/m)
  expect(lines.filter((l) => [...l].length > 80)).toEqual([])
})

test('JSON: one object a link, then the result', async () => {
  const { exit, out } = await typed('s26', 'pod', 'default/pod-eip', '-o', 'json')
  const lines = out
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l) as Record<string, unknown>)
  expect(exit).toBe(3)
  expect(lines.slice(0, -1).map((l) => [l['link'], l['state']])).toContainEqual(['path', 'broken'])
  expect(lines.at(-1)).toMatchObject({ about: 'pod default/pod-eip', state: 'broken', broken: 'path', next: 'ovngw repair' })
})

test('JUnit and Markdown hold the links as groups', async () => {
  expect(await typed('s26', 'pod', 'default/pod-eip', '-o', 'junit')).toMatchObject({
    exit: 3,
    out: expect.stringContaining('classname="ovngw.path" name="pod-policy default/pod-eip"'),
  })
  expect((await typed('s26', 'pod', 'default/pod-eip', '-o', 'markdown')).out).toContain('## path')
})

test('what is healthy ends with 0', async () => {
  expect(await typed('s27', 'gateway')).toMatchObject({ exit: 0, out: expect.stringContaining('all 9 links are whole') })
})

test('an address of a NAT row: whose it is, and how to free it', async () => {
  const { exit, out } = await typed('s27', 'address', '172.56.0.233')
  expect(exit).toBe(0)
  expect(out.replaceAll(/\s+/g, ' ')).toContain('EIP of pod default/pod-eip; free it: ovngw release default/pod-eip')
})

test('a NAT row that outlived its pod (R18) is told, and how to remove it', async () => {
  const { exit, out } = await typed('s13', 'address', '172.56.0.221')
  expect({ exit, out: out.replaceAll(/\s+/g, ' ') }).toEqual({ exit: 0, out: expect.stringMatching(/no pod has 10\.16\.0\.3, .*next: ovngw sweep/) })
})

test('an EIP two pods ask for is broken at its owners', async () => {
  const { exit, out } = await typed('s07', 'address', '172.56.0.222')
  expect(exit).toBe(3)
  expect(out).toMatch(/broken at owners: asked for by .*pod-dup/)
})

test.each([
  [['address', 'nonsense'], 'nonsense is no IPv4 address'],
  [['address', '::1'], '::1 is no IPv4 address'],
  [['address'], 'diagnose address wants an IPv4 address'],
  [['pod'], 'diagnose pod wants NAMESPACE/POD'],
  [['pod', 'a/b/c'], 'a/b/c is no NAMESPACE/POD'],
  [['gateway', 'x'], 'takes nothing more'],
  [['frob'], 'nothing to diagnose called frob'],
])('%j is a usage error', async (argv, what) => {
  const { exit, out } = await typed('s27', ...argv)
  expect(exit).toMatchObject({ code: 'USAGE', exit: 2, what: expect.stringContaining(what), hint: expect.stringContaining('ovngw diagnose pod') })
  expect(out).toBe('')
})
