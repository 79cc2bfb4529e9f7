/** Another server comes to lead the northbound while ovngw works: two real servers in a Raft cluster, and labels that follow late. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { POD } from '../../lib/kube/port.ts'
import { breakLab, broken, mendLab } from '../../lib/lab/faults/index.ts'
import type { LabSnapshot } from '../../lib/lab/index.ts'
import { until } from '../standin/world.ts'
import { auditFrom, auditSize } from './audit.ts'
import { type Desk, sitDown } from './desk.ts'

let desk: Desk
let bare: LabSnapshot
beforeAll(async () => {
  desk = await sitDown(inject('lab'))
  bare = await desk.lab.snapshot()
  await desk.site()
  await desk.lab.addPod({ name: 'web', node: 'node2' })
  expect(await desk.ovngw('install', '--yes')).toMatchObject({ code: 0, err: '' })
  await breakLab(desk.lab.name, 'leader-moved')
}, 60_000)
afterAll(async () => {
  try {
    await label('ovn-central-0', 'true')
    if ((await broken(desk.lab.name)).includes('leader-moved')) await mendLab(desk.lab.name, 'leader-moved')
  } finally {
    await desk.lab.restore(bare)
    await desk.close()
  }
})

const label = (name: string, leads: 'true' | null): Promise<unknown> =>
  desk.world.kube.patch(POD, { namespace: 'kube-system', name }, { metadata: { labels: { 'ovn-nb-leader': leads } } })

/** Was ovn-nbctl run in this pod since then? */
async function asked(pod: string, from: number): Promise<boolean> {
  const { lines } = await auditFrom(desk.lab, from)
  return lines.some(({ requestURI }) => requestURI.includes(`/pods/${pod}/exec?`) && requestURI.includes('command=ovn-nbctl'))
}

test('a look in the middle of an election goes on at the new leader, and so does the work after it', async () => {
  const from = await auditSize(desk.lab)
  const looking = desk.start('pods')
  await until('the old leader was asked', async () => ((await asked('ovn-central-0', from)) ? true : undefined))
  await label('ovn-central-0', null)
  await label('ovn-central-1', 'true')
  expect(await looking.over).toMatchObject({ code: 0, err: '' })
  expect(await asked('ovn-central-1', from)).toBe(true)
  expect(await desk.ovngw('assign', 'default/web', '--eip', '172.56.0.233', '--yes')).toMatchObject({ code: 0, err: '' })
  expect(await desk.answers('172.56.0.233')).toBe(true)
})
