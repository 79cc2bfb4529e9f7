/**
 * The northbound gets a second server, ovn-central-1, which then leads: what happens when ovn-central is scaled or its node restarted. Its
 * label stays with ovn-central-0, as it does for seconds after an election (reality.md, "Reaching the pieces").
 */
import { mkdir, rm } from 'node:fs/promises'
import { POD } from '../../kube/port.ts'
import { serveDatabase } from '../central.ts'
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

export const leaderMoved: Deed = {
  break: async (place) => {
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
    await must(['ovs-appctl', '-t', `${first.dir}/ovnnb_db.ctl`, 'cluster/failure-test', 'transfer-leadership'])
    await Promise.all([plays(second.dir, 'leader'), plays(first.dir, 'follower')])
    const pod = centralPod(lab.options.profile, other, SECOND)
    await api.apply(EXEC, execObject('kube-system', SECOND, { netns: nodeNetns(lab.name, other), rundir: second.dir }))
    await api.apply(pod.resource, pod.object)
    await until(`pod ${SECOND} to run`, async () => ((await phase(place)) === 'Running' ? true : undefined))
    return null
  },
  mend: async (place) => {
    const { lab, api } = place
    const { first, raft, second } = serversOf(place)
    await api.remove(POD, SECOND, 'kube-system')
    await api.remove(EXEC, SECOND, 'kube-system')
    await stop(place, first.id, second.id)
    await rm(first.db)
    await must(['ovsdb-tool', 'cluster-to-standalone', first.db, second.db]) // the leader's: it has everything
    await Promise.all([rm(raft), rm(second.dir, { recursive: true })])
    await serveDatabase(lab, await findTools(), first)
    await place.sync()
  },
}

const phase = async ({ api }: Place): Promise<unknown> => ((await api.get(POD, SECOND, 'kube-system'))?.['status'] as { phase?: unknown } | undefined)?.phase
