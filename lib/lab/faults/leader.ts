/**
 * The northbound gets a second server, ovn-central-1, which then leads: what happens when ovn-central is scaled or its node restarted. Its
 * label stays with ovn-central-0, as it does for seconds after an election (reality.md, "Reaching the pieces").
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { POD } from '../../kube/port.ts'
import { serveDatabase } from '../central.ts'
import { startPod } from '../cluster.ts'
import { EXEC } from '../crds.ts'
import { stopAll } from '../daemons.ts'
import { must, until } from '../exec.ts'
import { execObject } from '../kwok.ts'
import { centralPod } from '../objects.ts'
import { files, nodeNetns, UNDERLAY } from '../paths.ts'
import { readState } from '../state.ts'
import { findTools } from '../tools.ts'
import type { Deed } from './fault.ts'
import type { Place } from './place.ts'

const SECOND = 'ovn-central-1'
const [FIRST_RAFT, SECOND_RAFT] = [6643, 6645].map((port) => `tcp:${UNDERLAY.gateway}:${port}`) as [string, string]

const serversOf = ({ lab }: Place) => {
  const { central, central1 } = files(lab.dir)
  return {
    first: { id: 'central.nb', which: 'nb', dir: central, db: `${central}/ovnnb_db.db`, port: 6641 },
    raft: `${central}/ovnnb_raft.db`,
    second: { id: `pod.kube-system.${SECOND}.nb`, which: 'nb', dir: central1, db: `${central1}/ovnnb_raft.db`, port: 6646 },
  } as const
}

async function stop({ lab }: Place, ...ids: readonly string[]): Promise<void> {
  const procs = (await readState(lab.name))?.procs ?? {}
  await stopAll(ids.flatMap((id) => procs[id] ?? []))
}

/** Until this server of the cluster plays the part. */
const plays = (dir: string, role: 'leader' | 'follower'): Promise<true> =>
  until(`${dir} to be ${role}`, async () => {
    const status = await must(['ovs-appctl', '-t', `${dir}/ovnnb_db.ctl`, 'cluster/status', 'OVN_Northbound'])
    return status.includes(`Role: ${role}`) && status.includes('Status: cluster member') ? true : undefined
  })

/** Two busy processors are no reason for another election: the timer may be doubled at most, so in steps. */
async function calm(dir: string): Promise<void> {
  const change = (ms: number): Promise<string> =>
    must(['ovs-appctl', '-t', `${dir}/ovnnb_db.ctl`, 'cluster/change-election-timer', 'OVN_Northbound', String(ms)])
  for (const ms of [2000, 4000, 8000, 16_000]) await until(`an election timer of ${ms} ms`, () => change(ms)) // refused while the one before is under way
}

/** One server again, with what was committed: of two servers both have that. May be done again, from wherever the last time ended. */
async function alone(place: Place): Promise<void> {
  const { lab, api } = place
  const { first, raft, second } = serversOf(place)
  await api.remove(POD, SECOND, 'kube-system')
  await api.remove(EXEC, SECOND, 'kube-system')
  await stop(place, first.id, second.id)
  if (existsSync(raft)) {
    await rm(`${first.db}.new`, { force: true })
    await must(['ovsdb-tool', 'cluster-to-standalone', `${first.db}.new`, raft])
    await rename(`${first.db}.new`, first.db)
  }
  await rm(raft, { force: true })
  await rm(second.dir, { recursive: true, force: true })
  await serveDatabase(lab, await findTools(), first)
  await until('northd and every node to follow', () => place.sync().then(() => true as const))
}

export const leaderMoved: Deed = {
  break: (place) =>
    moved(place).catch(async (error: unknown) => {
      await alone(place)
      throw error
    }),
  mend: alone,
}

async function moved(place: Place): Promise<null> {
  const { lab, api, other } = place
  const { first, raft, second } = serversOf(place)
  const tools = await findTools()
  await mkdir(second.dir, { recursive: true })
  await stop(place, first.id)
  await must(['ovsdb-tool', 'create-cluster', raft, first.db, FIRST_RAFT])
  await serveDatabase(lab, tools, { ...first, db: raft })
  await must(['ovsdb-tool', 'join-cluster', second.db, 'OVN_Northbound', SECOND_RAFT, FIRST_RAFT])
  await serveDatabase(lab, tools, second)
  await plays(second.dir, 'follower')
  await calm(first.dir)
  await must(['ovs-appctl', '-t', `${first.dir}/ovnnb_db.ctl`, 'cluster/failure-test', 'transfer-leadership'])
  await Promise.all([plays(second.dir, 'leader'), plays(first.dir, 'follower')])
  await api.apply(EXEC, execObject('kube-system', SECOND, { netns: nodeNetns(lab.name, other), rundir: second.dir }))
  await startPod(api, centralPod(lab.options.profile, other, SECOND))
  return null
}
