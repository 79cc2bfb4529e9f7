/** How often a command asks: each list once, each database once, however many pods there are and checks that want to know. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { EIP } from '../../lib/gateway/names.ts'
import { POD } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { auditFrom, auditSize } from './audit.ts'
import { type Desk, sitDown } from './desk.ts'

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  await desk.lab.addPod({ name: 'web-0', node: 'node1', annotations: { [EIP]: '172.56.0.200' } })
  // A row whose pod is not routed yet may be a stray: it is looked at twice.
  expect(await desk.ovngw('check', '--wait', '60s')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

/** What a command asked the API server, one line a request: `list /api/v1/pods?limit=200`, `exec ovn-nbctl`; and what it said of itself. */
async function asks(...args: readonly string[]): Promise<{ readonly asked: readonly string[]; readonly err: string }> {
  const from = await auditSize(desk.lab)
  const { code, err } = await desk.ovngw(...args)
  expect([0, 7]).toContain(code)
  const { lines } = await auditFrom(desk.lab, from)
  const asked = lines
    .filter(({ user, stage }) => user.username === 'desk' && stage === 'ResponseComplete')
    .map(({ verb, requestURI, objectRef }) => {
      if (objectRef?.subresource !== 'exec') return `${verb} ${requestURI}`
      return `exec ${new URL(requestURI, 'https://api').searchParams.getAll('command').find((word) => /^(ov[ns]-|ip$)/.test(word))}`
    })
  return { asked, err }
}

test.each([['pods'], ['plan'], ['plan', 'apply', '--only', 'pods'], ['drift']])('%s %s', async (...args) => {
  const { asked } = await asks(...args)
  const pods = asked.filter((a) => /^list \/api\/v1\/pods\b/.test(a))
  const twice = [
    ...Map.groupBy(
      asked.filter((a) => /^(list|exec) /.test(a)),
      (a) => a,
    ),
  ]
    .filter(([, all]) => all.length > 1)
    .map(([what, all]) => `${what}: ${all.length}`)
  expect(twice).toEqual([])
  expect({ pods: pods.length, nb: asked.filter((a) => a === 'exec ovn-nbctl').length }, asked.join('\n')).toEqual({ pods: 1, nb: 1 })
})

/** The last line of `check -v`, and the API server’s own count. */
async function counts() {
  const { asked, err } = await asks('check', '-v')
  const said = /^asked: (\d+) API calls, (\d+) commands \((\d+) on nodes\)$/m.exec(err)
  const [calls = 0, commands = 0, onNodes = 0] = (said ?? []).slice(1).map(Number)
  return { calls, commands, onNodes, asked }
}

test('check: as many API calls as there are kinds and rights, as many commands as there are nodes and pods asked by packet', async () => {
  const { calls, commands, onNodes, asked } = await counts()
  const others = asked.filter((a) => !a.startsWith('exec '))
  expect(others.length, asked.join('\n')).toBe(calls)
  expect(asked.length - others.length).toBeLessThanOrEqual(commands) // those outside are no matter of the API server
  const kinds = new Set(others.map((a) => a.replace(/\?.*/, ''))).size
  const rights = others.filter((a) => a.startsWith('create ')).length
  // Each kind once; OVN's and OVS's tools are in pods that are looked for by label.
  expect(calls, others.join('\n')).toBeLessThanOrEqual(kinds + rights + desk.lab.nodes.length + 2)
  expect(onNodes).toBeLessThanOrEqual(3 * desk.lab.nodes.length)
  // NB, SB, progress twice; of outside hosts the router port and the neighbours; of the one pod with an EIP three.
  expect(commands).toBeLessThanOrEqual(onNodes + 4 + 2 + 3)
})

test('check: forty pods more are no call and no command more', async () => {
  const before = await counts()
  const spec = { nodeName: 'node2', tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] }
  const create = (i: number) => desk.world.kube.create(POD, { metadata: { namespace: 'default', name: `many-${i}` }, spec })
  await Promise.all(Array.from({ length: 40 }, (_, i) => create(i)))
  const after = await counts()
  expect([...after.asked].sort()).toEqual([...before.asked].sort())
  expect(after.commands).toBe(before.commands)
})
