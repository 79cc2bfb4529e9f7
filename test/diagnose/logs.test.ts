/** Logs over the API: what is asked, what is made of the answer, and of a refusal. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logFindings, readLogs } from '../../lib/diagnose/logs.ts'
import { connect } from '../../lib/kube/client.ts'
import type { Kube } from '../../lib/kube/port.ts'
import { contextOf, kubeOf, recording } from '../tasks/checks/recorded-look.ts'

const LINE = 'E1122 10:00:00.000000 7 pod.go:950] no available gateway nic address'

let server: Server
let dir: string
let kube: Kube
const asked: string[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url?.includes('/pods/denied/log') === true) {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'pods "denied" is forbidden', code: 403 }))
    } else response.writeHead(200, { 'content-type': 'text/plain' }).end(`{not json\n${LINE}\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  dir = await mkdtemp(join(tmpdir(), 'ovngw-logs-'))
  const kubeconfig = join(dir, 'kubeconfig')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  )
  kube = await connect({ kubeconfig })
})
afterAll(async () => {
  await kube.close()
  server.close()
  await rm(dir, { recursive: true })
})

test('the end of a log is asked for, bounded in lines, time and bytes, and comes as it is', async () => {
  const text = await kube.logs({ namespace: 'kube-system', pod: 'p', container: 'c' }, { tailLines: 5, sinceSeconds: 60 })
  expect(text).toBe(`{not json\n${LINE}\n`)
  const url = new URL(asked.at(-1) ?? '', 'http://x')
  expect(url.pathname).toBe('/api/v1/namespaces/kube-system/pods/p/log')
  expect(Object.fromEntries(url.searchParams)).toEqual({ container: 'c', tailLines: '5', sinceSeconds: '60', limitBytes: expect.stringMatching(/^\d+$/) })
})

test('who may not read logs is told which right is missing', async () => {
  const refused = kube.logs({ namespace: 'kube-system', pod: 'denied', container: 'c' }, { tailLines: 5 })
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', hint: expect.stringContaining('get pods/log') })
})

test('a known line is a finding with its cause and command; a log that cannot be read is unknown, and stops nothing', async () => {
  const base = kubeOf(recording('s02'))
  const ctx = contextOf(recording('s02'), { kube: { ...kube, list: base.list, find: base.find } })
  const logs = await readLogs(ctx, ['node1'])
  expect(logFindings(ctx, 'kube-system', logs)).toEqual([
    expect.objectContaining({
      outcome: 'warn',
      level: 'warning',
      object: expect.stringContaining('kube-ovn-controller'),
      detail: expect.stringContaining('(R1)'),
      hint: 'ovngw check config-next-hop',
    }),
    // The recording's node has no `tail`.
    expect.objectContaining({ outcome: 'unknown', level: 'warning', object: 'ovs-vswitchd node1' }),
  ])
})
