/** How often a command asks: each list once, each database once, however many pods there are and checks that want to know. */
import { readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { type Desk, sitDown } from './desk.ts'

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  await desk.lab.addPod({ name: 'web-0', node: 'node1' })
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

interface Asked {
  readonly stage: string
  readonly user: { readonly username: string }
  readonly verb: string
  readonly requestURI: string
  readonly objectRef?: { readonly subresource?: string }
}

/** What a command asked the API server, one line a request: `list /api/v1/pods?limit=200`, `exec ovn-nbctl`. */
async function asks(...args: readonly string[]): Promise<readonly string[]> {
  const from = (await stat(desk.lab.auditLog)).size
  expect([0, 7]).toContain((await desk.ovngw(...args)).code)
  const lines = (await readFile(desk.lab.auditLog)).subarray(from).toString('utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Asked)
    .filter(({ user, stage }) => user.username === 'desk' && stage === 'ResponseComplete')
    .map(({ verb, requestURI, objectRef }) => {
      if (objectRef?.subresource !== 'exec') return `${verb} ${requestURI}`
      return `exec ${new URL(requestURI, 'https://api').searchParams.getAll('command').find((word) => /^(ov[ns]-|ip$)/.test(word))}`
    })
}

test.each([['pods'], ['plan', 'apply'], ['drift']])('%s %s', async (...args) => {
  const asked = await asks(...args)
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
