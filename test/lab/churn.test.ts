/** Pods that are deleted and made again while `apply` gives, changes and takes addresses: no address ever has two owners, by NB's own log. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { POD } from '../../lib/kube/port.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { until } from '../standin/world.ts'
import { type Desk, sitDown } from './desk.ts'

const MANY = 24

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await assign('172.56.3.0-172.56.3.40')
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  for (let i = 0; i < MANY; i++) await make(i)
  await until('all pods are routed', async () => ((await routed()) === MANY ? true : undefined), 60_000)
})
afterAll(async () => {
  await desk.lab.restore(bare)
  await desk.close()
})

/** Without a probe: these pods have no interface that could answer. */
const assign = (range: string): Promise<void> =>
  desk.site(
    {},
    { probe: undefined, pools: [{ name: 'churn', ranges: [range] }], assignments: [{ select: { labels: { app: 'churn' } }, eip: { pool: 'churn' } }] },
  )
const make = (i: number): Promise<unknown> =>
  desk.world.kube.create(POD, {
    metadata: { namespace: 'default', name: `churn-${i}`, labels: { app: 'churn' } },
    spec: { nodeName: `node${(i % 2) + 1}`, tolerations: [{ operator: 'Exists' }], containers: [{ name: 'c', image: 'none' }] },
  })
const routed = async (): Promise<number> =>
  (await desk.world.kube.list(POD, { labelSelector: 'app=churn' })).items.filter((p) => p.metadata.annotations?.['ovn.kubernetes.io/routed'] === 'true').length

/** Rows of table NAT as `ovsdb-client monitor` tells them, one block a transaction; an address of two owners after any of them is kept. */
function monitor(): { readonly twice: readonly string[]; readonly seen: () => number; stop(): Promise<void> } {
  const args = ['monitor', '--format=json', `unix:${desk.lab.dir}/central/ovnnb_db.sock`, 'OVN_Northbound', 'NAT', 'type,external_ip,logical_ip']
  const child = spawn('ovsdb-client', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise<void>((done) => child.on('close', () => done()))
  const rows = new Map<string, { readonly type: string; readonly external: string; readonly logical: string }>()
  const twice: string[] = []
  let seen = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { headings, data } = JSON.parse(line) as { headings: string[]; data: unknown[][] }
    const at = (row: unknown[], column: string): string => {
      const value = row[headings.indexOf(column)]
      return Array.isArray(value) ? String(value[1]) : String(value)
    }
    for (const row of data) {
      const id = at(row, 'row')
      if (at(row, 'action') === 'delete') rows.delete(id)
      if (['initial', 'insert', 'new'].includes(at(row, 'action'))) {
        seen++
        rows.set(id, { type: at(row, 'type'), external: at(row, 'external_ip'), logical: at(row, 'logical_ip') })
      }
    }
    const owners = Map.groupBy(rows.values(), (r) => r.external)
    for (const [external, all] of owners) if (new Set(all.map((r) => r.logical)).size > 1) twice.push(`${external}: ${all.map((r) => r.logical).join(', ')}`)
  })
  return {
    twice,
    seen: () => seen,
    stop: async () => {
      child.kill()
      await closed
    },
  }
}

/** Deletes pods and makes them again under their names, round and round, until told to stop. */
function churning(): { stop(): Promise<number> } {
  let on = true
  let n = 0
  const loop = async (): Promise<number> => {
    for (; on; n++) {
      const i = (n * 7) % MANY
      await desk.world.kube.delete(POD, { namespace: 'default', name: `churn-${i}` })
      await until(`churn-${i} is gone`, async () =>
        (await desk.world.kube.find(POD, { namespace: 'default', name: `churn-${i}` })) === undefined ? true : undefined,
      )
      await make(i)
    }
    return n
  }
  const over = loop()
  return {
    stop: () => {
      on = false
      return over
    },
  }
}

const whole = async (): Promise<true | undefined> => ((await routed()) === MANY ? true : undefined)

test('no address ever has two owners, and in the end every pod has its own', { timeout: 300_000 }, async () => {
  const log = monitor()
  const churn = churning()
  const told: string[] = []
  for (const range of ['172.56.3.0-172.56.3.40', '172.56.4.0-172.56.4.40']) {
    await assign(range)
    const { code, out, err } = await desk.ovngw('apply', '--yes', '--wave', '25%')
    told.push(`${range}: exit ${code}\n${out.slice(-600)}${err}`)
    // Pods that come and go may cut a run short: put back, nothing left over.
    expect([0, 3, 4], told.join('\n')).toContain(code)
  }
  const times = await churn.stop()
  await until('all pods are there and routed', whole, 60_000)
  const quiet = await desk.ovngw('apply', '--yes', '--wave', '100%')
  expect(quiet).toMatchObject({ code: 0, err: '' })
  await log.stop()
  expect({ twice: log.twice, churned: times > 5, seen: log.seen() >= MANY }, told.join('\n')).toEqual({ twice: [], churned: true, seen: true })
  const rows = await desk.pods()
  expect(rows.map((r) => r.verdict)).toEqual(rows.map(() => 'agrees'))
  expect(new Set(rows.map((r) => r.annotated)).size).toBe(MANY)
})

test('two at once: the second waits for nobody and ends with 6, the first is done', async () => {
  await assign('172.56.5.0-172.56.5.40')
  const first = desk.start('apply', '--yes', '--wave', '1')
  await until('the first has begun to write', async () => (first.out().includes('annotate-pods: done') ? true : undefined), 30_000)
  expect(await desk.ovngw('apply', '--yes', '--wave', '100%')).toMatchObject({ code: 6 })
  expect(await first.over).toMatchObject({ code: 0, err: '' })
})
